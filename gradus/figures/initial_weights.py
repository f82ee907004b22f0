"""Learning from weights of N(0, 1) and of N(0, 1/sqrt(n_in)), with 30 and with 100 hidden units (theory D5)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import SEEDS, compared, over_seeds
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK, LINE_STYLES, axes_of, band, label_axes
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["draw", "measure"]

HIDDEN = (30, 100)
# ours, and what the book's file calls them
WEIGHTS = {"gaussian": "large_weight_initialization", "scaled": "default_weight_initialization"}
AGREES = 0.3  # points of accuracy that the book's last epoch may lie outside of our runs


def measure(sources: Sources, epochs: int = 30, seeds: int = SEEDS) -> Measured:
    """Train 784-30-10 and 784-100-10, cross-entropy, eta = 0.1, lambda = 5, and follow the validation accuracy."""
    data, runs, book = sources.mnist, {}, {}
    for hidden in HIDDEN:
        curve = sources.curve(f"weight_initialization_{hidden}")
        for weights, books_name in WEIGHTS.items():
            runs[hidden, weights] = over_seeds(partial(accuracies, data, hidden, weights, epochs), seeds)
            if curve is not None:
                book[hidden, weights] = np.array(curve[books_name][1][:epochs]) / 100  # of 10,000 images
    table: dict[str, Any] = {"epoch": np.arange(1, epochs + 1)}
    for (hidden, weights), by_seed in runs.items():
        table |= {f"{weights}{hidden}_seed{seed}": values for seed, values in enumerate(by_seed)}
    starts_ahead = all(runs[h, "scaled"][:, 0].min() > runs[h, "gaussian"][:, 0].max() for h in HIDDEN)
    says = ("shows", compared(book or None, agree(runs, book)))
    return Measured(table, numbers_of(runs, book), starts_ahead, says, drawn=(runs, book))


def accuracies(data: Dataset, hidden: int, weights: str, epochs: int, seed: int) -> list[float]:
    """The validation accuracy after each epoch, in percent."""
    layers = f"dense{hidden} dense10"
    network = build_network(data, layers, cost="cross-entropy", activation="sigmoid", weights=weights, seed=seed)
    run = fit(network, data, epochs=epochs, learning_rate=0.1, l2=5.0, seed=seed)
    return [100 * epoch.validation.accuracy for epoch in run if epoch.validation]


def agree(runs: Mapping[Any, np.ndarray], book: Mapping[Any, np.ndarray]) -> bool:
    """Whether the book's last epochs are among ours."""
    ends = {key: runs[key][:, -1] for key in book}
    return all(ends[key].min() - AGREES <= curve[-1] <= ends[key].max() + AGREES for key, curve in book.items())


def numbers_of(runs: Mapping[Any, np.ndarray], book: Mapping[Any, np.ndarray]) -> dict[str, Any]:
    """The first and last epochs of all four, ours and the book's."""
    numbers: dict[str, Any] = {}
    for (hidden, weights), by_seed in runs.items():
        numbers[f"{weights}{hidden}_first"], *_, numbers[f"{weights}{hidden}_last"] = by_seed.mean(axis=0)
    ends = [f"{curve[0]:.2f} → {curve[-1]:.2f}" for curve in book.values()]
    return numbers | {"books": ", ".join(ends)}


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    runs, book = measured.drawn
    epochs = measured.table["epoch"]
    figure, axes = axes_of(columns=2, height=4)
    for axis, hidden in zip(axes, HIDDEN, strict=True):
        for number, (weights, look) in enumerate(zip(WEIGHTS, LINE_STYLES, strict=False)):
            band(axis, epochs, runs[hidden, weights], look, labels[weights])
            if (hidden, weights) in book:
                axis.plot(epochs, book[hidden, weights], **BOOK, label=None if number else labels["book"])
        label_axes(axis, f"784-{hidden}-10", labels["epoch"], labels["validation_accuracy"])
    return figure
