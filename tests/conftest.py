"""Shared by all tests. Two workers on two cores: each gets one thread, before JAX is loaded."""

import os
import signal

os.environ.setdefault("NPROC", "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

# What is begun in the background ignores Ctrl-C, and so would the commands that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

from collections.abc import Iterator

import jax
import pytest

# Commands in this process would use the cache, and XLA warn of what it reads; bench.mutants asks for one of its own.
jax.config.update("jax_enable_compilation_cache", "JAX_COMPILATION_CACHE_DIR" in os.environ)


@pytest.fixture(scope="module")
def float64() -> Iterator[None]:
    """Compute in float64 for a whole module: what gradients are refereed in."""
    with jax.enable_x64(True):
        yield
