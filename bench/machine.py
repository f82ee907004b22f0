"""On what a benchmark was measured, and what that machine can do."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["PRODUCT_OPERATIONS", "MatrixProducts", "machine_facts"]

LIBRARIES = ("gradus-dl", "jax", "numpy", "torch", "keras", "flax", "scikit-learn")
SIZE, PRODUCTS = 2048, 4
PRODUCT_OPERATIONS = 2 * PRODUCTS * SIZE**3  # multiplications and additions of one call


class MatrixProducts:
    """The ceiling: products of matrices so large that they keep all cores busy, in JAX and float32."""

    def __init__(self) -> None:
        import jax
        import jax.numpy as jnp

        self.matrix = jax.random.normal(jax.random.key(0), (SIZE, SIZE)) / SIZE**0.5
        self.product = jax.jit(jnp.matmul)

    def epoch(self) -> None:
        result = self.matrix
        for _ in range(PRODUCTS):
            result = self.product(result, self.matrix)
        result.block_until_ready()


def machine_facts() -> str:
    """The processor, how busy it is already, and the versions, in two lines."""
    busy = f", load average {os.getloadavg()[0]:.1f} before the start" if hasattr(os, "getloadavg") else ""
    versions = ", ".join(f"{name} {installed(name)}" for name in LIBRARIES)
    return f"{processor()}, {cores()} cores{busy}\nPython {platform.python_version()}, {versions}"


def processor() -> str:
    """The processor's name; Linux has it in a file, which lists each core."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def installed(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "(none)"
