"""Shared by all tests. Two workers on two cores: each gets one thread, before JAX is loaded."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

os.environ.setdefault("NPROC", "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

# What is begun in the background ignores Ctrl-C, and so would the commands that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

from collections.abc import Iterator

import jax
import pytest

# Commands in this process would use the cache, and XLA warn of what it reads; bench.mutants asks for one of its own.
jax.config.update("jax_enable_compilation_cache", "JAX_COMPILATION_CACHE_DIR" in os.environ)


def pytest_configure(config: pytest.Config) -> None:
    """One cache of compiled programs for all commands that this session starts, in place of the user's."""
    if hasattr(config, "workerinput"):
        return  # a worker inherits it
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    os.environ.setdefault("MPLCONFIGDIR", str(caches / "matplotlib"))  # its list of fonts takes seconds to make
    folder = tempfile.mkdtemp(prefix="gradus-tests-")
    os.environ["XDG_CACHE_HOME"] = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


AS_USERS_RUN_THEM = ("cli", "figures", "search")  # commands and experiments


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Compile the other tests with few optimisations: their programs run too seldom for these to save time."""
    is_quick = item.path.parent.name not in AS_USERS_RUN_THEM and "slow" not in item.keywords
    if jax.config.read("jax_disable_most_optimizations") != is_quick:
        jax.config.update("jax_disable_most_optimizations", is_quick)
        jax.clear_caches()  # a program compiled in the other way rounds otherwise


@pytest.fixture(scope="module")
def float64() -> Iterator[None]:
    """Compute in float64 for a whole module: what gradients are refereed in."""
    with jax.enable_x64(True):
        yield
