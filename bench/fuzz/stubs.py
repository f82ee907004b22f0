"""Everything that takes long, in short: no training, no compiling and no network, so that only the checks are left."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any
from unittest import mock

import jax
import numpy as np

from gradus.errors import GradusError
from gradus.network import Network

__all__ = ["EnoughError", "stubs"]

MOST_PARAMETERS = 100_000

# What would begin to work once all checks are passed.
LAST = (
    "gradus.runs.folder.RunFolder.create", "gradus.runs.folder.RunFolder.write_settings",
    "gradus.worked.step.explain_passes", "gradus.language.sampling.sample_chunks", "gradus.models.Model.probabilities",
    "gradus.models.model.evaluate", "gradus.language.evaluate_text", "gradus.cli.commands.augment.augmented_versions",
    "gradus.cli.commands.figure.prepare_sources", "gradus.cli.commands.figures.prepare_sources",
)  # fmt: skip


class EnoughError(GradusError):
    """All checks are passed."""


def enough(*arguments: Any, **settings: Any) -> Any:
    raise EnoughError("enough")


def create_network(chain: Any, cost: Any, in_shape: tuple[int, ...], seed: int = 0) -> Network:
    """A network of zeros, where it is small."""
    abstract = Network.abstract(chain, cost, in_shape)
    abstract.check_memory()
    if abstract.parameter_count() > MOST_PARAMETERS:
        raise EnoughError("enough")
    params, state = jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), (abstract.params, abstract.state))
    return Network(abstract.chain, cost, tuple(in_shape), params, state)


@cache
def digits() -> Any:
    from bench.fuzz.seeds import small_digits

    return small_digits()


def load(name: str, data_dir: Any = None) -> Any:
    from gradus.data import load

    return digits() if name == "digits" else load(name, data_dir)


@contextmanager
def stubs() -> Iterator[None]:
    """A context in which a command ends with EnoughError once it would begin to work."""
    with ExitStack() as stack:
        for name in LAST:
            stack.enter_context(mock.patch(name, enough))
        stack.enter_context(mock.patch.object(Network, "create", create_network))
        stack.enter_context(mock.patch("gradus.sources.loading.load_named", load))
        yield
