"""Dead units: ReLUs that are never active again, and the leaky ReLU that revives them (theory G2)."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
from jax import Array
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import SEEDS, curve_table, networks_by_epoch, percent_correct, run_settings
from gradus.figures.gradients import inputs_and_targets
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import MARKERS, label_axes, plot_runs, subplots
from gradus.network import Network
from gradus.training import build_network

__all__ = ["draw", "measure", "silent_share"]

PROBE = 1000  # training images on which a unit is tested for activity


class Setting(NamedTuple):
    """A network's activation, its learning rate and the initial biases of its hidden layer: the last two may kill."""

    activation: str
    eta: float
    bias: float = 0.0


SETTINGS = {
    "good": Setting("relu", 0.1),
    "large": Setting("relu", 1.0),
    "large_leaky": Setting("leaky_relu", 1.0),
    "negative": Setting("relu", 0.1, -2.0),
    "negative_leaky": Setting("leaky_relu", 0.1, -2.0),
}
CURVES = ("silent", "accuracy")


def measure(sources: Sources, epochs: int = 12, examples: int = 5000, seeds: int = SEEDS) -> Measurement:
    """Train 784-30-10 with a softmax, and count the silent units after 0, 1, ... epochs."""
    data = sources.mnist.with_examples(examples)
    runs = run_settings(partial(train, data, epochs), SETTINGS, seeds)
    mean = {name: by_seed.mean(axis=0) for name, by_seed in runs.items()}
    last = {name: curves[:, -1] for name, curves in mean.items()}
    numbers = {f"{name}_{curve}": last[name][row] for name in last for row, curve in enumerate(CURVES)}
    numbers |= {"large_first": mean["large"][0, 1], "negative_leaky_start": mean["negative_leaky"][0, 0]}
    differences = [last[f"{cause}_leaky"] - last[cause] for cause in ("large", "negative")]
    claim = (
        last["large"][0] > last["good"][0] + 50
        and last["negative"][0] == 100
        and all(silent < -10 and accuracy > 30 for silent, accuracy in differences)
    )
    return Measurement(curve_table(runs, CURVES, first_epoch=0), numbers, claim, plot_data=runs)


def train(data: Dataset, epochs: int, name: str, seed: int) -> np.ndarray:
    """(2, epochs + 1): the silent units and the validation accuracy after 0, 1, ... epochs, in percent."""
    activation, eta, bias = SETTINGS[name]
    network = build_network(data, [784, 30, 10], activation=activation, seed=seed)
    flatten, hidden, *others = network.params
    start = replace(network, params=(flatten, hidden._replace(b=hidden.b + bias), *others))
    x, _ = inputs_and_targets(data.with_examples(min(PROBE, len(data.training.x))))
    networks = [start, *networks_by_epoch(start, data, epochs=epochs, learning_rate=eta, seed=seed)]
    return np.transpose([(100 * silent_share(one, x), percent_correct(one, data, "validation")) for one in networks])


def silent_share(network: Network, x: Array) -> float:
    """The share of hidden units with z <= 0 for every image: with ReLU, no gradient reaches them."""
    _, hidden, *_ = network.params
    z = x.reshape(len(x), -1) @ hidden.w.T + hidden.b
    return float((z <= 0).all(axis=0).mean())


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    figure, axes = subplots(columns=2, height=4.4)
    names = {
        name: labels[activation].format(eta=eta, bias=f"{bias:.0f}".replace("-", "−"))
        for name, (activation, eta, bias) in SETTINGS.items()
    }
    for row, (axis, y) in enumerate(zip(axes, ("silent", "validation_accuracy"), strict=True)):
        runs = {names[name]: by_seed[:, row] for name, by_seed in measurement.plot_data.items()}
        plot_runs(axis, measurement.table["epoch"], runs, marker=MARKERS, markersize=4)
        label_axes(axis, "", labels["epoch"], labels[y], legend=False)
    legend = axes[0].get_legend_handles_labels()
    figure.legend(*legend, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure
