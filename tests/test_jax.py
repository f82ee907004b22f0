"""The JAX that is installed computes what it says (some releases do not: see pyproject.toml)."""

import os
import subprocess
import sys

PROGRAM = """
import jax, jax.numpy as jnp
total = jax.jit(lambda a: jnp.sum(jnp.broadcast_to(a, (8, 256, 256))))
print(*(float(total(jnp.ones((256, 1)))) for _ in range(30)))
"""


def test_a_reduced_broadcast_is_right_on_two_threads() -> None:
    """JAX 0.10.2 and 0.11 silently got this sum wrong in about half of 30 calls on two threads.

    In a process of its own: this one is limited to one thread, where all releases are right.
    """
    environment = {**os.environ, "NPROC": "2", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(float(8 * 256 * 256))] * 30
