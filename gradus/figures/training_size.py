"""Accuracy against the size of the training set (theory D3)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset, Examples
from gradus.figures.experiments import SEEDS, compared, side_by_side, without_validation
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK, LINE_STYLES, axes_of, band, label_axes
from gradus.models import evaluate
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["draw", "measure"]

SIZES = (100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
DECAY = 0.0001  # lambda/n
AGREES = 0.5  # the book's accuracy may lie so many percentage points outside of our runs


def measure(
    sources: Sources, sizes: Sequence[int] = SIZES, visits: int = 50_000, epochs: int = 30, seeds: int = SEEDS
) -> Measured:
    """Train 784-30-10 on the first images, 30 times 50,000 visits of ten at a step, however few images there are."""
    data, curve, svm = sources.mnist, sources.curve("more_data"), sources.curve("more_data_svm")
    run = partial(accuracy, data, visits, epochs)
    flat = side_by_side(run, list(product(range(seeds), sizes)))
    by_seed = np.array(flat).reshape(seeds, len(sizes))
    table: dict[str, Any] = {"examples": list(sizes)}
    table |= {f"accuracy_seed{seed}": values for seed, values in enumerate(by_seed)}
    mean = by_seed.mean(axis=0)
    book = None if curve is None or svm is None else {"book_network": np.array(curve), "book_svm": np.array(svm)}
    gap = 0.0 if book is None else outside(book["book_network"], by_seed)
    numbers = {
        "fewest": sizes[0],
        "most": sizes[-1],
        "first": mean[0],
        "last": mean[-1],
        "gain_first": mean[1] - mean[0],
        "gain_last": mean[-1] - mean[-2],
        "gap": gap,
        "books": "" if curve is None else f"{curve[0]:.1f}%, {curve[-1]:.1f}%",
    }
    claim = (np.diff(mean) > 0).all() and numbers["gain_first"] > numbers["gain_last"]
    return Measured(table, numbers, bool(claim), ("shows", compared(book, gap <= AGREES)), drawn=(by_seed, book))


def accuracy(data: Dataset, visits: int, epochs: int, run: tuple[int, int]) -> float:
    """The accuracy on the validation images, in percent, with the seed and the number of examples of the run."""
    seed, size = run
    again = np.arange(visits) % size  # few images are repeated: every size takes as many steps, with one lambda/n
    x, y = data.training
    repeated = without_validation(replace(data, training=Examples(x[again], y[again])))
    network = build_network(
        repeated, "dense30 dense10", cost="cross-entropy", activation="sigmoid", weights="gaussian", seed=seed
    )
    *_, last = fit(network, repeated, epochs=epochs, learning_rate=0.5, l2=DECAY * visits, seed=seed)
    return 100 * evaluate(last.network, data.validation, data.preprocessing).accuracy


def outside(curve: np.ndarray, by_seed: np.ndarray) -> float:
    """By how much, at most, a curve leaves the range of the runs (seeds, points)."""
    return float(np.maximum(by_seed.min(axis=0) - curve, curve - by_seed.max(axis=0)).max().clip(0))


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    by_seed, book = measured.drawn
    sizes = measured.table["examples"]
    figure, (axis,) = axes_of(width=6.4, height=4)
    band(axis, sizes, by_seed, LINE_STYLES[0] | {"marker": "s"}, labels["network"])
    for (name, curve), marker in zip((book or {}).items(), "ox", strict=False):
        axis.plot(sizes, curve, **BOOK, marker=marker, markersize=5, markerfacecolor="none", label=labels[name])
    axis.set_xscale("log")
    label_axes(axis, x=labels["examples"], y=labels["validation_accuracy"])
    return figure
