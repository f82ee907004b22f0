"""Dropout: hidden neurons are dropped at random while a network learns (theory D2)."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import (
    LAST,
    SEEDS,
    curve_table,
    final_mean,
    networks_by_epoch,
    percent_correct,
    run_settings,
    sigmoid_network,
)  # fmt: skip
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import label_axes, plot_runs, skip_start, subplots

__all__ = ["draw", "measure"]

HIDDEN = 300
NETWORKS = {"plain": f"dense{HIDDEN} dense10", "dropped": f"dense{HIDDEN} dropout0.5 dense10"}
PARTS: tuple[Literal["training", "test"], ...] = ("training", "test")


def measure(sources: Sources, examples: int = 1000, epochs: int = 60, seeds: int = SEEDS) -> Measurement:
    """Train 784-300-10 with the cross-entropy and eta = 0.5, without and with dropout of the hidden neurons."""
    data = sources.mnist.with_examples(examples)
    runs = run_settings(partial(accuracies, data, epochs), NETWORKS, seeds)
    early = epochs // 6
    test = {name: final_mean(curves[:, 1]) for name, curves in runs.items()}
    numbers: dict[str, Any] = {"hidden": HIDDEN, "examples": examples, "last": LAST, "early": early}
    for name, curves in runs.items():
        training = curves[:, 0].mean(axis=0)
        numbers |= {name: test[name].mean(), f"{name}_early": training[early - 1], f"{name}_end": training[-1]}
    numbers["gain"] = numbers["dropped"] - numbers["plain"]
    is_slower = numbers["dropped_early"] < numbers["plain_early"]
    claim = is_slower and test["dropped"].min() > test["plain"].max()
    return Measurement(curve_table(runs, PARTS), numbers, claim, plot_data=runs)


def accuracies(data: Dataset, epochs: int, name: str, seed: int) -> np.ndarray:
    """(2, epochs): the accuracy on the training and the test images after each epoch, in percent."""
    start = sigmoid_network(data, NETWORKS[name], seed=seed)
    networks = networks_by_epoch(start, data, epochs=epochs, learning_rate=0.5, seed=seed)
    return np.transpose([[percent_correct(network, data, part) for part in PARTS] for network in networks])


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    figure, axes = subplots(columns=2)
    for number, (axis, part) in enumerate(zip(axes, PARTS, strict=True)):
        runs = {labels[name]: curves[:, number] for name, curves in measurement.plot_data.items()}
        plot_runs(axis, measurement.table["epoch"], runs)
        skip_start(axis, runs.values())
        label_axes(axis, x=labels["epoch"], y=labels[f"{part}_accuracy"])
    return figure
