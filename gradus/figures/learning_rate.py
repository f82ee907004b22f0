"""Three learning rates: too large, right, and too small (theory D6)."""

from collections.abc import Mapping
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import (
    SEEDS,
    book_sentence,
    curve_table,
    distance_outside,
    list_numbers,
    networks_by_epoch,
    run_settings,
    sigmoid_network,
    weight_penalty,
)  # fmt: skip
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import label_axes, plot_book, plot_runs, subplots
from gradus.models import evaluate

__all__ = ["draw", "measure"]

LARGE, MIDDLE, SMALL = ETAS = (2.5, 0.25, 0.025)
LAMBDA = 5.0
TOLERANCE = 0.05  # that the book's last costs may lie outside our runs


def measure(sources: Sources, epochs: int = 30, seeds: int = SEEDS) -> Measurement:
    """Train 784-30-10 with the cross-entropy and lambda = 5, and follow the cost on all training images."""
    runs = run_settings(partial(costs, sources.mnist, epochs), ETAS, seeds)
    curve = sources.curve("multiple_eta")  # the smallest eta first
    book = {} if curve is None else {eta: np.array(one[2][:epochs]) for eta, one in zip(ETAS, curve[::-1], strict=True)}
    last = {eta: curves[:, -1] for eta, curves in runs.items()}
    rises = (np.diff(runs[LARGE], axis=1) > 0).sum(axis=1)
    numbers = {
        "large": last[LARGE].mean(),
        "middle": last[MIDDLE].mean(),
        "small": last[SMALL].mean(),
        "rises": int(rises.mean().round()),
        "steps": epochs - 1,
        "small_falls": -np.diff(runs[SMALL].mean(axis=0))[-1],
        "books": list_numbers((curve[-1] for curve in book.values()), ".3f"),
    }
    claim = last[LARGE].min() > last[MIDDLE].max() and numbers["small_falls"] > 0 and rises.any()
    agrees = all(distance_outside(curve[-1:], runs[eta][:, -1:]) <= TOLERANCE for eta, curve in book.items())
    table = curve_table({f"eta{eta}": curves for eta, curves in runs.items()})
    return Measurement(table, numbers, claim, ("shows", book_sentence(book, agrees)), (runs, book))


def costs(data: Dataset, epochs: int, eta: float, seed: int) -> list[float]:
    """The cost on all training images, with its penalty, after each epoch."""
    start, n = sigmoid_network(data, seed=seed), len(data.training.x)
    return [
        evaluate(network, data.training, data.preprocessing).cost + weight_penalty(network, LAMBDA, n)
        for network in networks_by_epoch(start, data, epochs=epochs, learning_rate=eta, l2=LAMBDA, seed=seed)
    ]


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    runs, book = measurement.plot_data
    epochs = measurement.table["epoch"]
    figure, (axis,) = subplots(width=6.4, height=4)
    plot_runs(axis, epochs, {f"η = {eta}": curves for eta, curves in runs.items()})
    plot_book(axis, epochs, book.values(), labels["book"])
    label_axes(axis, x=labels["epoch"], y=labels["cost"])
    return figure
