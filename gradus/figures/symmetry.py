"""Hidden units that start as copies of each other stay copies; random weights break the symmetry (theory D5)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset, load
from gradus.figures.experiments import side_by_side
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, axes_of, image, label_axes
from gradus.models import evaluate
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["draw", "measure"]

STARTS = ("zeros", "ones", "scaled")
UNITS = 6


def measure(sources: Sources, epochs: int = 40) -> Measured:
    """Train 64-6-10 on the 8x8 digits from all zeros, all ones and random weights, and compare the hidden units."""
    data = load("digits")
    runs = dict(zip(STARTS, side_by_side(lambda start: learned(data, start, epochs), STARTS), strict=True))
    table: dict[str, Any] = {"epoch": np.arange(epochs + 1)}
    for start, (w, accuracy) in runs.items():
        moved = np.linalg.norm(w - w[0], axis=-1).mean(axis=1)
        table |= {f"{start}_apart": apart(w), f"{start}_moved": moved, f"{start}_accuracy": accuracy}
    numbers = {name: column[-1] for name, column in table.items()}
    numbers |= {f"{start}_most_apart": table[f"{start}_apart"].max() for start in STARTS}
    copies = numbers["zeros_most_apart"] == numbers["ones_most_apart"] == 0 < table["scaled_apart"].min()
    best_of_copies = max(numbers["zeros_accuracy"], numbers["ones_accuracy"])
    claim = copies and numbers["zeros_moved"] > 0 and numbers["scaled_accuracy"] > best_of_copies
    return Measured(table, numbers, bool(claim), drawn={start: w[-1] for start, (w, _) in runs.items()})


def learned(data: Dataset, start: str, epochs: int) -> tuple[np.ndarray, list[float]]:
    """(epochs + 1, units, inputs): the hidden weights before training and after each epoch; and the accuracies in %."""
    layers = f"dense{UNITS} dense10"
    network = build_network(data, layers, cost="cross-entropy", activation="sigmoid", weights=start)
    networks = [network, *(epoch.network for epoch in fit(network, data, epochs=epochs, learning_rate=0.2))]
    weights = np.array([one.params[1].w for one in networks])  # the first layer flattens the image
    return weights, [100 * evaluate(one, data.validation, data.preprocessing).accuracy for one in networks]


def apart(w: np.ndarray) -> np.ndarray:
    """(epochs,): the greatest distance between two units' weight vectors, of w (epochs, units, inputs)."""
    return np.linalg.norm(w[:, :, None] - w[:, None], axis=-1).max(axis=(1, 2))


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    figure, axes = axes_of(columns=3, rows=2, width=3.8, height=3)
    for axis, (start, w) in zip(axes, measured.drawn.items(), strict=False):
        most = np.abs(w).max() or 1  # where all weights are 0, any scale will do
        image(axis, side_by_side_images(w), labels[start], cmap="RdBu_r", vmin=-most, vmax=most)
        axis.set_xlabel(labels["weights"].format(most=most), fontsize=9)
    for axis, what in zip(axes[3:], ("apart", "moved", "accuracy"), strict=True):
        for start, look in zip(STARTS, LINE_STYLES, strict=False):
            axis.plot(measured.table["epoch"], measured.table[f"{start}_{what}"], label=labels[start], **look)
        y = labels["validation_accuracy"] if what == "accuracy" else ""
        label_axes(axis, "" if y else labels[what], labels["epoch"], y, legend=what == "apart")
    return figure


def side_by_side_images(w: np.ndarray) -> np.ndarray:
    """The weights (units, 64) of all units as one image: two rows of 8x8, a line apart."""
    squares = np.pad(w.reshape(-1, 8, 8), ((0, 0), (0, 1), (0, 1)), constant_values=np.nan)
    rows = squares.reshape(2, -1, 9, 9)
    return np.concatenate([np.concatenate(list(row), axis=1) for row in rows])[:-1, :-1]
