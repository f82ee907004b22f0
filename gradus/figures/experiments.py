"""The experiment kit: train networks for several settings and seeds side by side, and tabulate their curves."""

import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from typing import Any, Literal, TypeVar

import jax
import numpy as np

from gradus.data import Dataset, Examples
from gradus.equations import l2 as l2_penalty
from gradus.layers import is_weight
from gradus.models import evaluate
from gradus.network import Network
from gradus.notation import parse
from gradus.runs import fit
from gradus.training import build_network

__all__ = [
    "LAST", "SEEDS", "book_sentence", "curve_table", "distance_outside", "final_mean", "list_numbers", "map_threads",
    "networks_by_epoch", "percent_correct", "run_seeds", "run_settings", "seed_columns", "sigmoid_network",
    "weight_penalty", "without_validation",
]  # fmt: skip

SEEDS = 3  # seeds per stochastic curve
LAST = 10  # epochs at the end of a curve whose mean is quoted

S = TypeVar("S", bound=Hashable)
T = TypeVar("T")
U = TypeVar("U")


def map_threads(experiment: Callable[[T], U], settings: Iterable[T]) -> Iterator[U]:
    """Run an experiment for all settings in threads, and yield the results in order: compiled loops hold no GIL."""
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        # Waiting for an array in the main thread would hold Ctrl-C back, so each thread waits for its own.
        yield from pool.map(lambda setting: jax.block_until_ready(experiment(setting)), settings)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C does not wait for the others


def run_settings(experiment: Callable[[S, int], Any], settings: Iterable[S], seeds: int) -> dict[S, np.ndarray]:
    """Run experiment(setting, seed) for every setting and the seeds 0, 1, ...

    Returns:
        The numbers of the experiments, (seeds, ...) for each setting.
    """
    settings = list(settings)
    results = map_threads(lambda pair: experiment(*pair), product(settings, range(seeds)))
    return {setting: np.array([next(results) for _ in range(seeds)]) for setting in settings}


def run_seeds(experiment: Callable[[int], Any], seeds: int) -> np.ndarray:
    """Run experiment(seed) for the seeds 0, 1, ...; its numbers, (seeds, ...)."""
    return np.array(list(map_threads(experiment, range(seeds))))


def sigmoid_network(data: Dataset, layers: str = "dense30 dense10", weights: str = "scaled", seed: int = 0) -> Network:
    """The network of the book's chapter 3: sigmoid units, and the cross-entropy."""
    network = build_network(data, layers, cost="cross-entropy", activation="sigmoid", weights=weights, seed=seed)
    return replace(
        network, chain=parse(layers, "sigmoid", "scaled")
    )  # one chain, so one compiled step for all initial weights


def networks_by_epoch(network: Network, data: Dataset, **settings: Any) -> Iterator[Network]:
    """Train without validation, and yield the network after each epoch. settings: those of `fit`."""
    return (epoch.network for epoch in fit(network, without_validation(data), **settings))


def without_validation(data: Dataset) -> Dataset:
    """The data without validation examples: experiments evaluate the network themselves."""
    return replace(data, validation=Examples(data.validation.x[:0], data.validation.y[:0]))


def percent_correct(network: Network, data: Dataset, part: Literal["training", "validation", "test"]) -> float:
    """The accuracy on one part of the data, in percent."""
    return 100 * evaluate(network, getattr(data, part), data.preprocessing).accuracy


def weight_penalty(network: Network, l2: float, n: int) -> float:
    """lambda/(2n) sum w^2 over all weights of the network (theory D1)."""
    weights = [leaf for path, leaf in jax.tree.leaves_with_path(network.params) if is_weight(path)]
    return float(sum(l2_penalty(w, l2 / n) for w in weights))


def final_mean(curves: np.ndarray, last: int = LAST) -> np.ndarray:
    """The mean over the last epochs of curves (..., epochs)."""
    return curves[..., -last:].mean(axis=-1)


def seed_columns(runs: Mapping[str, np.ndarray], parts: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """The columns of curves by setting and seed, such as SETTING_seed0.

    Args:
        runs: curves (seeds, points) by setting; with parts (seeds, parts, points).
        parts: the names of the curves of one run; columns are then SETTING_PART_seed0.
    """
    columns = {}
    for setting, by_seed in runs.items():
        for seed, run in enumerate(by_seed):
            for part, curve in zip(parts or [""], run if parts else [run], strict=True):
                columns["_".join(filter(None, (setting, part, f"seed{seed}")))] = curve
    return columns


def curve_table(
    runs: Mapping[str, np.ndarray], parts: Sequence[str] = (), first_epoch: int = 1
) -> dict[str, np.ndarray]:
    """The table of curves over epochs: the column "epoch", then those of `seed_columns`."""
    columns = seed_columns(runs, parts)
    epochs = len(next(iter(columns.values())))
    return {"epoch": np.arange(first_epoch, first_epoch + epochs)} | columns


def distance_outside(curve: np.ndarray, runs: np.ndarray) -> float:
    """How far a curve (points,) leaves the range of the runs (runs, points), at most; 0 if it does not."""
    return float(np.maximum(runs.min(axis=0) - curve, curve - runs.max(axis=0)).max().clip(0))


def book_sentence(book: Any, agrees: bool) -> str:
    """The key of the sentence that compares with the book; book: its curves, None or empty if they cannot be had."""
    if book is None or not len(book):
        return "no_curve"
    return "agrees" if agrees else "differs"


def list_numbers(numbers: Iterable[Any], form: str = ".2f", unit: str = "") -> str:
    """The numbers as text, such as "95.10%, 96.53%"."""
    return ", ".join(f"{number:{form}}{unit}" for number in numbers)
