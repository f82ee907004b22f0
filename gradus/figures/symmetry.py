"""Hidden units that start as copies of each other stay copies; random weights break the symmetry (theory D5)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import map_threads, networks_by_epoch, percent_correct, sigmoid_network
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, label_axes, show_image, subplots, tile

__all__ = ["draw", "measure"]

STARTS = ("zeros", "ones", "scaled")  # initial weights
UNITS = 6


def measure(sources: Sources, epochs: int = 40) -> Measurement:
    """Train 64-6-10 on the 8x8 digits from weights 0, 1 and random, and compare the hidden units."""
    runs = dict(zip(STARTS, map_threads(partial(train, sources.digits, epochs), STARTS), strict=True))
    table: dict[str, Any] = {"epoch": np.arange(epochs + 1)}
    for start, (w, accuracy) in runs.items():
        distance = np.linalg.norm(w - w[0], axis=-1).mean(axis=1)
        table |= {f"{start}_apart": greatest_distance(w), f"{start}_moved": distance, f"{start}_accuracy": accuracy}
    numbers = {name: column[-1] for name, column in table.items()}
    numbers |= {f"{start}_most_apart": table[f"{start}_apart"].max() for start in STARTS}
    stay_copies = numbers["zeros_most_apart"] == numbers["ones_most_apart"] == 0 < table["scaled_apart"].min()
    best_of_copies = max(numbers["zeros_accuracy"], numbers["ones_accuracy"])
    claim = stay_copies and numbers["zeros_moved"] > 0 and numbers["scaled_accuracy"] > best_of_copies
    return Measurement(table, numbers, claim, plot_data={start: w[-1] for start, (w, _) in runs.items()})


def train(data: Dataset, epochs: int, weights: str) -> tuple[np.ndarray, list[float]]:
    """The hidden weights (epochs + 1, units, inputs) and the validation accuracies in percent, from the start on."""
    start = sigmoid_network(data, f"dense{UNITS} dense10", weights)
    networks = [start, *networks_by_epoch(start, data, epochs=epochs, learning_rate=0.2)]
    hidden = np.array([network.params[1].w for network in networks])  # the first layer flattens the image
    return hidden, [percent_correct(network, data, "validation") for network in networks]


def greatest_distance(w: np.ndarray) -> np.ndarray:
    """(epochs,): the greatest distance between two units' weight vectors, of w (epochs, units, inputs)."""
    return np.linalg.norm(w[:, :, None] - w[:, None], axis=-1).max(axis=(1, 2))


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    table = measurement.table
    figure, axes = subplots(columns=3, rows=2, width=3.8, height=3)
    for axis, (start, w) in zip(axes, measurement.plot_data.items(), strict=False):
        most = np.abs(w).max() or 1  # where all weights are 0, any scale will do
        images = tile(w.reshape(-1, 8, 8), rows=2)
        show_image(axis, images, labels[start], cmap="RdBu_r", vmin=-most, vmax=most)
        axis.set_xlabel(labels["weights"].format(most=most), fontsize=9)
    for axis, name in zip(axes[3:], ("apart", "moved", "accuracy"), strict=True):
        for start, style in zip(STARTS, LINE_STYLES, strict=False):
            axis.plot(table["epoch"], table[f"{start}_{name}"], label=labels[start], **style)
        y = labels["validation_accuracy"] if name == "accuracy" else ""
        label_axes(axis, "" if y else labels[name], labels["epoch"], y, legend=name == "apart")
    return figure
