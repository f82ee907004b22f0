"""Sigmoid, tanh, ReLU and GELU in one network, by epoch and by second, each at its own best eta (theory A6)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.etas import best_eta
from gradus.figures.experiments import (
    SEEDS,
    curve_table,
    networks_by_epoch,
    percent_correct,
    run_settings,
    without_validation,
)  # fmt: skip
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, label_axes, plot_range, skip_start, subplots
from gradus.network import Network
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["draw", "measure"]

SIZES = [784, 30, 30, 30, 10]
ACTIVATIONS = ("sigmoid", "tanh", "relu", "gelu")
ROUNDS = 20  # in which the time of an epoch is taken
SAME = 1.0  # percentage points within which final accuracies count as the same


def measure(sources: Sources, examples: int = 3000, epochs: int = 15, seeds: int = SEEDS) -> Measurement:
    """Train 784-30-30-30-10 with a softmax and mini-batches of 10, each activation at its own best eta."""
    data = sources.mnist.with_examples(examples)
    etas = {name: best_eta(partial(start, data, name), data, seeds, epochs=epochs) for name in ACTIVATIONS}
    runs = run_settings(partial(accuracies, data, epochs, etas), ACTIVATIONS, seeds)
    seconds = epoch_seconds(data, etas)
    mean = {name: by_seed.mean(axis=0) for name, by_seed in runs.items()}
    needed = epochs_to(mean["sigmoid"][-1], mean)
    numbers: dict[str, Any] = {"examples": examples, "epochs": epochs}
    for name, curve in mean.items():
        numbers |= {f"{name}_eta": f"{etas[name]:g}", f"{name}_first": curve[1], f"{name}_last": curve[-1]}
        numbers |= {f"{name}_needed": needed[name], f"{name}_ms": 1000 * seconds[name]}
        numbers[f"{name}_time"] = needed[name] * seconds[name]
    last = [curve[-1] for curve in mean.values()]
    is_sooner = all(needed[name] < needed["sigmoid"] for name in ("tanh", "relu", "gelu"))
    numbers["spread"] = max(last) - min(last)
    table = curve_table(runs, first_epoch=0)
    sentences = ("shows", "same" if numbers["spread"] <= SAME else "different")
    return Measurement(table, numbers, is_sooner, sentences, (runs, seconds))


def start(data: Dataset, name: str, seed: int) -> Network:
    """The network before training, with the initial weights that suit its activation."""
    return build_network(data, SIZES, activation=name, seed=seed)


def accuracies(data: Dataset, epochs: int, etas: Mapping[str, float], name: str, seed: int) -> list[float]:
    """The test accuracy after 0, 1, ... epochs, in percent."""
    network = start(data, name, seed)
    trained = networks_by_epoch(network, data, epochs=epochs, learning_rate=etas[name], seed=seed)
    return [percent_correct(one, data, "test") for one in (network, *trained)]


def epoch_seconds(data: Dataset, etas: Mapping[str, float]) -> dict[str, float]:
    """The seconds that an epoch takes, one network at a time: the fastest of several rounds, as in timeit."""
    data = without_validation(data)
    networks = {name: start(data, name, 0) for name in etas}
    taken = [
        [one.seconds for name in etas for one in fit(networks[name], data, epochs=1, learning_rate=etas[name])]
        for _ in range(ROUNDS)
    ]
    return dict(zip(etas, np.min(taken, axis=0).tolist(), strict=True))


def epochs_to(goal: float, curves: Mapping[str, np.ndarray]) -> dict[str, float]:
    """The first epoch in which each curve is at the goal or above it; infinite if it never is."""
    return {name: int((curve >= goal).argmax()) if curve.max() >= goal else np.inf for name, curve in curves.items()}


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    runs, seconds = measurement.plot_data
    epochs = measurement.table["epoch"]
    figure, axes = subplots(columns=2, height=4)
    for axis, x in zip(axes, ("epoch", "seconds_of_steps"), strict=True):
        for (name, by_seed), style in zip(runs.items(), LINE_STYLES, strict=False):
            places = epochs if x == "epoch" else epochs * seconds[name]
            label = labels["with_eta"].format(name=labels[name], eta=measurement.numbers[f"{name}_eta"])
            plot_range(axis, places, by_seed, style, label)
        axis.axhline(runs["sigmoid"].mean(axis=0)[-1], color="black", linewidth=0.7)
        skip_start(axis, runs.values())
        label_axes(axis, x=labels[x], y=labels["test_accuracy"], legend=x == "epoch")
    return figure
