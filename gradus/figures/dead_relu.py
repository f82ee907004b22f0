"""ReLU's own failure: units that are never active again, and the leaky ReLU that wakes them (theory G2)."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from jax import Array
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import SEEDS, over_seeds
from gradus.figures.gradients import inputs_and_outputs
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, axes_of, band, label_axes
from gradus.models import evaluate
from gradus.network import Network
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["draw", "measure", "silent"]

PROBE = 1000  # of the training images, on which it is seen whether a unit is ever active


class Setting(NamedTuple):
    """A network's activation, and what may kill its units: eta, and the initial biases of the hidden layer."""

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
WHAT = ("silent", "accuracy")
MARKERS = "osD^v"


def measure(sources: Sources, epochs: int = 12, examples: int = 5000, seeds: int = SEEDS) -> Measured:
    """Train 784-30-10 with a softmax on some of the images, and count the silent units after 0, 1, ... epochs."""
    data = sources.mnist.with_examples(examples)
    runs = {name: over_seeds(partial(training, data, setting, epochs), seeds) for name, setting in SETTINGS.items()}
    table: dict[str, Any] = {"epoch": np.arange(epochs + 1)} | {
        f"{name}_{what}_seed{seed}": by_seed[seed, :, column]
        for name, by_seed in runs.items()
        for seed in range(seeds)
        for column, what in enumerate(WHAT)
    }
    last = {name: by_seed[:, -1].mean(axis=0) for name, by_seed in runs.items()}
    numbers = {f"{name}_{what}": last[name][column] for name in last for column, what in enumerate(WHAT)}
    numbers |= {
        "large_first": runs["large"][:, 1, 0].mean(),
        "negative_leaky_start": runs["negative_leaky"][:, 0, 0].mean(),
    }
    claim = (
        last["large"][0] > last["good"][0] + 50
        and last["negative"][0] == 100
        and all((last[f"{cause}_leaky"] - last[cause])[0] < -10 for cause in ("large", "negative"))
        and all((last[f"{cause}_leaky"] - last[cause])[1] > 30 for cause in ("large", "negative"))
    )
    return Measured(table, numbers, bool(claim), drawn=runs)


def training(data: Dataset, setting: Setting, epochs: int, seed: int) -> list[tuple[float, float]]:
    """After 0, 1, ... epochs: the silent units and the validation accuracy, both in percent."""
    network = build_network(data, [784, 30, 10], activation=setting.activation, seed=seed)
    flatten, hidden, *others = network.params
    start = replace(network, params=(flatten, hidden._replace(b=hidden.b + setting.bias), *others))
    run = fit(start, data, epochs=epochs, learning_rate=setting.eta, seed=seed)
    probe, _ = inputs_and_outputs(data.with_examples(min(PROBE, len(data.training.x))))
    accuracy = evaluate(start, data.validation, data.preprocessing).accuracy
    values = [(silent(start, probe), accuracy)]
    for epoch in run:
        assert epoch.validation
        values.append((silent(epoch.network, probe), epoch.validation.accuracy))
    return [(100 * units, 100 * right) for units, right in values]


def silent(network: Network, x: Array) -> float:
    """The share of the hidden layer's units with z <= 0 for every image: with ReLU no gradient reaches them."""
    _, hidden, *_ = network.params
    z = x.reshape(len(x), -1) @ hidden.w.T + hidden.b
    return float((z <= 0).all(axis=0).mean())


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    runs, epochs = measured.drawn, measured.table["epoch"]
    figure, (units, accuracy) = axes_of(columns=2, height=4.4)
    for (name, by_seed), look, marker in zip(runs.items(), LINE_STYLES, MARKERS, strict=False):
        setting = SETTINGS[name]
        label = labels[setting.activation].format(eta=setting.eta, bias=f"{setting.bias:.0f}".replace("-", "−"))
        marked = look | {"marker": marker, "markersize": 4}
        band(units, epochs, by_seed[..., 0], marked, label)
        band(accuracy, epochs, by_seed[..., 1], marked, label)
    label_axes(units, "", labels["epoch"], labels["silent"], legend=False)
    label_axes(accuracy, "", labels["epoch"], labels["validation_accuracy"], legend=False)
    figure.legend(*units.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure
