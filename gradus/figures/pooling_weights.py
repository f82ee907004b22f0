"""The weights that pooling saves in the layer behind it, and overfitting with and without it (theory E4)."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from gradus.data import Dataset, Examples
from gradus.figures.experiments import (
    SEEDS,
    curve_table,
    final_mean,
    networks_by_epoch,
    percent_correct,
    run_settings,
)  # fmt: skip
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, label_axes, plot_runs, skip_start, subplots
from gradus.layers import Dense, count
from gradus.network import Network
from gradus.training import build_network

__all__ = ["draw", "measure"]

NETWORKS = {
    "plain": "conv20-5x5 dense100 dense10",
    "pooled": "conv20-5x5 maxpool2 dense100 dense10",
    "stride": "conv20-5x5-stride2 dense100 dense10",  # as many weights as with pooling
    "narrow": "conv20-5x5 dense25 dense10",  # likewise
}
PARTS: tuple[Literal["training", "validation"], ...] = ("training", "validation")
ETA = 0.05
LAST = 3  # epochs at the end whose mean is quoted
VALIDATION = 3000  # images, at most, on which every epoch is evaluated


class Count(NamedTuple):
    """What the first dense layer of a network reads, and its weights."""

    inputs: int
    weights: int


def measure(sources: Sources, examples: int = 1000, epochs: int = 10, seeds: int = SEEDS) -> Measurement:
    """Count the weights behind a convolution, and train each network on a few images."""
    data = sources.mnist.with_examples(examples)
    data = replace(data, validation=Examples(*(part[:VALIDATION] for part in data.validation)))
    counts = {name: first_dense(build_network(data, layers)) for name, layers in NETWORKS.items()}
    runs = run_settings(partial(accuracies, data, epochs), NETWORKS, seeds)
    last = {name: final_mean(curves[:, 1], LAST) for name, curves in runs.items()}
    numbers: dict[str, Any] = {"examples": examples, "epochs": epochs, "last": LAST, "eta": ETA}
    for name, curves in runs.items():
        inputs, weights = counts[name]
        numbers |= {f"{name}_inputs": f"{inputs:,}", f"{name}_weights": f"{weights:,}"}
        numbers |= {f"{name}_training": curves[:, 0, -1].mean(), f"{name}_validation": last[name].mean()}
    numbers["fewer"] = 100 * (1 - counts["pooled"].weights / counts["plain"].weights)
    numbers["gain"] = numbers["pooled_validation"] - numbers["plain_validation"]
    is_quarter = 4 * counts["pooled"].weights == 4 * counts["stride"].weights == counts["plain"].weights
    claim = is_quarter and last["pooled"].min() > last["plain"].max()
    return Measurement(curve_table(runs, PARTS), numbers, claim, ("shows", cause(last)), (counts, runs))


def first_dense(network: Network) -> Count:
    """The count of the first dense layer: its weights alone, without the biases."""
    number = next(n for n, layer in enumerate(network.chain.layers) if isinstance(layer, Dense))
    w = network.params[number].w
    return Count(w.shape[1], count(w))


def accuracies(data: Dataset, epochs: int, name: str, seed: int) -> np.ndarray:
    """(2, epochs): the accuracy on the training and the validation images after each epoch, in percent."""
    start = build_network(data, NETWORKS[name], seed=seed)
    networks = networks_by_epoch(start, data, epochs=epochs, learning_rate=ETA, seed=seed)
    return np.transpose([[percent_correct(network, data, part) for part in PARTS] for network in networks])


def cause(last: Mapping[str, np.ndarray]) -> str:
    """The key of the sentence on the networks that have as few weights as with pooling, but pool nothing."""
    best_other = max(last["stride"].mean(), last["narrow"].mean())
    if last["pooled"].min() <= max(last["stride"].max(), last["narrow"].max()):
        return "weights_suffice"
    return "weights_help" if best_other > last["plain"].mean() else "weights_do_not_help"


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    counts, runs = measurement.plot_data
    figure, axes = subplots(columns=3, width=4, height=3.9)
    places = np.arange(len(counts))[::-1]
    for place, style, one in zip(places, LINE_STYLES, counts.values(), strict=False):
        axes[0].barh(place, one.weights, color=style["color"], alpha=0.6)
        axes[0].text(one.weights, place, f" {one.weights:,}", va="center", fontsize=9)
    axes[0].set_yticks(places, [labels[name] for name in counts])
    axes[0].set_xlim(0, 1.45 * max(one.weights for one in counts.values()))
    axes[0].locator_params(axis="x", nbins=4)
    axes[0].xaxis.set_major_formatter(EngFormatter(sep=""))
    label_axes(axes[0], labels["weights"])
    for row, axis in enumerate(axes[1:]):
        by_label = {labels[name]: curves[:, row] for name, curves in runs.items()}
        plot_runs(axis, measurement.table["epoch"], by_label)
        skip_start(axis, by_label.values())
        label_axes(axis, x=labels["epoch"], y=labels[f"{PARTS[row]}_accuracy"], legend=False)
    figure.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return figure
