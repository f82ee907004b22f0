"""Learning from weights of N(0, 1) and of N(0, 1/sqrt(n_in)), with 30 and with 100 hidden units (theory D5)."""

from collections.abc import Mapping
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import (
    SEEDS,
    book_sentence,
    curve_table,
    distance_outside,
    networks_by_epoch,
    percent_correct,
    run_settings,
    sigmoid_network,
)  # fmt: skip
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import label_axes, plot_book, plot_runs, subplots

__all__ = ["draw", "measure"]

BOOK_CURVES = {30: "weight_initialization_30", 100: "weight_initialization_100"}  # by hidden units
# The initial weights, and the keys of their curves in the book's files
WEIGHTS = {"gaussian": "large_weight_initialization", "scaled": "default_weight_initialization"}
TOLERANCE = 0.3  # percentage points that the book's last epochs may lie outside our runs


def measure(sources: Sources, epochs: int = 30, seeds: int = SEEDS) -> Measurement:
    """Train 784-30-10 and 784-100-10 with the cross-entropy, eta = 0.1 and lambda = 5."""
    runs = run_settings(partial(accuracies, sources.mnist, epochs), product(BOOK_CURVES, WEIGHTS), seeds)
    book = {
        (hidden, weights): np.array(curve[key][1][:epochs]) / 100  # of 10,000 images
        for hidden, curve in sources.curves(BOOK_CURVES).items()
        for weights, key in WEIGHTS.items()
    }
    table = curve_table({f"{weights}{hidden}": curves for (hidden, weights), curves in runs.items()})
    numbers: dict[str, Any] = {
        "books": ", ".join(f"{curve[0]:.2f} → {curve[-1]:.2f}" for curve in book.values()),
    }
    for (hidden, weights), curves in runs.items():
        numbers[f"{weights}{hidden}_first"], *_, numbers[f"{weights}{hidden}_last"] = curves.mean(axis=0)
    claim = all(runs[hidden, "scaled"][:, 0].min() > runs[hidden, "gaussian"][:, 0].max() for hidden in BOOK_CURVES)
    return Measurement(table, numbers, claim, ("shows", book_sentence(book, agrees(runs, book))), (runs, book))


def accuracies(data: Dataset, epochs: int, setting: tuple[int, str], seed: int) -> list[float]:
    """The validation accuracy after each epoch, in percent."""
    hidden, weights = setting
    start = sigmoid_network(data, f"dense{hidden} dense10", weights, seed)
    networks = networks_by_epoch(start, data, epochs=epochs, learning_rate=0.1, l2=5.0, seed=seed)
    return [percent_correct(network, data, "validation") for network in networks]


def agrees(runs: Mapping[Any, np.ndarray], book: Mapping[Any, np.ndarray]) -> bool:
    """Whether the book's last epochs lie among ours."""
    return all(distance_outside(curve[-1:], runs[key][:, -1:]) <= TOLERANCE for key, curve in book.items())


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    runs, book = measurement.plot_data
    epochs = measurement.table["epoch"]
    figure, axes = subplots(columns=2, height=4)
    for axis, hidden in zip(axes, BOOK_CURVES, strict=True):
        plot_runs(axis, epochs, {labels[weights]: runs[hidden, weights] for weights in WEIGHTS})
        plot_book(axis, epochs, [curve for (units, _), curve in book.items() if units == hidden], labels["book"])
        label_axes(axis, f"784-{hidden}-10", labels["epoch"], labels["validation_accuracy"])
    return figure
