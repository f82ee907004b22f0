"""What experiments share."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

from gradus.data import Examples, Preprocessing
from gradus.equations.penalties import l2 as penalty
from gradus.network import Network, is_weight
from gradus.training import evaluate

__all__ = ["SEEDS", "compared", "over_seeds", "penalised_cost", "side_by_side"]

SEEDS = 3  # trainings behind each curve that chance has a part in


def side_by_side(run: Callable[[Any], Any], settings: Sequence[Any]) -> list[Any]:
    """run(setting) for every setting, in threads: compiled loops need no lock of Python's."""
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        return list(pool.map(run, settings))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C does not wait for trainings


def over_seeds(run: Callable[[int], Sequence[Any]], seeds: int = SEEDS) -> np.ndarray:
    """(seeds, ...): the numbers that run gives for the seeds 0, 1, ..."""
    return np.array(side_by_side(run, range(seeds)), float)


def penalised_cost(network: Network, examples: Examples, preprocessing: Preprocessing, l2: float, n: int) -> float:
    """C = C0 + lambda/(2n) sum w^2 over all examples, which is what training with n of them makes small (theory D1)."""
    weights = [leaf for path, leaf in jax.tree.leaves_with_path(network.params) if is_weight(path)]
    return evaluate(network, examples, preprocessing).cost + float(sum(penalty(w, l2 / n) for w in weights))


def compared(curve: Any | None, agrees: bool) -> str:
    """The key of the sentence that sets our numbers beside the book's; its curve is None where it cannot be had."""
    if curve is None:
        return "no_curve"
    return "agrees" if agrees else "differs"
