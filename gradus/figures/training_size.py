"""Accuracy against the size of the training set (theory D3)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset, Examples
from gradus.figures.experiments import (
    SEEDS,
    book_sentence,
    distance_outside,
    list_numbers,
    networks_by_epoch,
    percent_correct,
    run_settings,
    seed_columns,
    sigmoid_network,
)  # fmt: skip
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK_STYLE, LINE_STYLES, label_axes, plot_range, subplots

__all__ = ["draw", "measure"]

SIZES = (100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000)
DECAY = 0.0001  # lambda/n
BOOK_CURVES = {"book_network": "more_data", "book_svm": "more_data_svm"}
TOLERANCE = 0.5  # percentage points that the book's network may lie outside our runs


def measure(
    sources: Sources, sizes: Sequence[int] = SIZES, visits: int = 50_000, epochs: int = 30, seeds: int = SEEDS
) -> Measurement:
    """Train 784-30-10 on the first images: the same number of steps for all sizes, by repeating the images."""
    runs = run_settings(partial(validation_accuracy, sources.mnist, visits, epochs), sizes, seeds)
    by_seed = np.transpose([runs[size] for size in sizes])
    mean = by_seed.mean(axis=0)
    book = {name: np.array(curve) for name, curve in sources.curves(BOOK_CURVES).items()}
    gap = distance_outside(book["book_network"], by_seed) if book else 0.0
    numbers = {
        "fewest": sizes[0],
        "most": sizes[-1],
        "first": mean[0],
        "last": mean[-1],
        "gain_first": mean[1] - mean[0],
        "gain_last": mean[-1] - mean[-2],
        "gap": gap,
        "books": list_numbers(book["book_network"][[0, -1]], ".1f", "%") if book else "",
    }
    claim = (np.diff(mean) > 0).all() and numbers["gain_first"] > numbers["gain_last"]
    table = {"examples": sizes} | seed_columns({"accuracy": by_seed})
    return Measurement(table, numbers, claim, ("shows", book_sentence(book, gap <= TOLERANCE)), (by_seed, book))


def validation_accuracy(data: Dataset, visits: int, epochs: int, size: int, seed: int) -> float:
    """The accuracy on the validation images after training on the first images, in percent.

    Args:
        visits: images in an epoch: fewer are repeated, so that every size takes as many steps, with one lambda/n.
    """
    indices = np.arange(visits) % size
    x, y = data.training
    data = replace(data, training=Examples(x[indices], y[indices]))
    network = sigmoid_network(data, weights="gaussian", seed=seed)
    *_, last = networks_by_epoch(network, data, epochs=epochs, learning_rate=0.5, l2=DECAY * visits, seed=seed)
    return percent_correct(last, data, "validation")


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    by_seed, book = measurement.plot_data
    sizes = measurement.table["examples"]
    figure, (axis,) = subplots(width=6.4, height=4)
    plot_range(axis, sizes, by_seed, LINE_STYLES[0] | {"marker": "s"}, labels["network"])
    for (name, curve), marker in zip(book.items(), "ox", strict=False):
        axis.plot(sizes, curve, **BOOK_STYLE, marker=marker, markersize=5, markerfacecolor="none", label=labels[name])
    axis.set_xscale("log")
    label_axes(axis, x=labels["examples"], y=labels["validation_accuracy"])
    return figure
