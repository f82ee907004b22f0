"""What experiments share."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from gradus.data import Dataset, Examples, Preprocessing
from gradus.equations.penalties import l2 as penalty
from gradus.layers import is_weight
from gradus.models import evaluate
from gradus.network import Network

__all__ = [
    "SEEDS", "as_finished", "compared", "over_seeds", "penalised_cost", "side_by_side", "weight_penalty",
    "without_validation",
]  # fmt: skip

SEEDS = 3  # trainings behind each curve that chance has a part in


def side_by_side(run: Callable[[Any], Any], settings: Sequence[Any]) -> list[Any]:
    """run(setting) for every setting, in threads: compiled loops need no lock of Python's."""
    return list(as_finished(run, settings))


def as_finished(run: Callable[[Any], Any], settings: Sequence[Any]) -> Iterator[Any]:
    """The same one by one, in their order, each as soon as it and all before it are there."""
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        yield from pool.map(run, settings)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C does not wait for trainings


def over_seeds(run: Callable[[int], Sequence[Any]], seeds: int = SEEDS) -> np.ndarray:
    """(seeds, ...): the numbers that run gives for the seeds 0, 1, ..."""
    return np.array(side_by_side(run, range(seeds)), float)


def penalised_cost(network: Network, examples: Examples, preprocessing: Preprocessing, l2: float, n: int) -> float:
    """C = C0 + lambda/(2n) sum w^2 over all examples, which is what training with n of them makes small (theory D1)."""
    return evaluate(network, examples, preprocessing).cost + weight_penalty(network, l2, n)


def weight_penalty(network: Network, l2: float, n: int) -> float:
    """lambda/(2n) sum w^2 over all weights of the network (theory D1)."""
    weights = [leaf for path, leaf in jax.tree.leaves_with_path(network.params) if is_weight(path)]
    return float(sum(penalty(w, l2 / n) for w in weights))


def without_validation(data: Dataset) -> Dataset:
    """The same, so that training spends no time on validation where the experiment evaluates the network itself."""
    return replace(data, validation=Examples(data.validation.x[:0], data.validation.y[:0]))


def compared(curve: Any | None, agrees: bool) -> str:
    """The key of the sentence that sets our numbers beside the book's; its curve is None where it cannot be had."""
    if curve is None:
        return "no_curve"
    return "agrees" if agrees else "differs"
