"""Early stopping: the validation accuracy no longer rises, and the cost is getting worse (theory D4)."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import SEEDS, curve_table, map_threads, percent_correct, sigmoid_network
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, label_axes, skip_start, subplots
from gradus.models import ClassificationEvaluation
from gradus.runs import fit

__all__ = ["draw", "measure"]

PATIENCE = 20


class Run(NamedTuple):
    """A training for all epochs, and the same with patience.

    Args:
        accuracy: on the validation images after each epoch, in percent.
        cost: likewise.
        best_epoch: the epoch whose weights patience keeps.
        last_epoch: the epoch after which patience stops.
        test_best: the accuracy on the test images with the weights that patience keeps, in percent.
        test_last: the same with the weights after all epochs.
    """

    accuracy: np.ndarray
    cost: np.ndarray
    best_epoch: int
    last_epoch: int
    test_best: float
    test_last: float


def measure(
    sources: Sources, examples: int = 1000, epochs: int = 150, patience: int = PATIENCE, seeds: int = SEEDS
) -> Measurement:
    """Train 784-30-10 with the cross-entropy and eta = 0.5 for all epochs, and again with patience."""
    data = sources.mnist.with_examples(examples)
    runs = list(map_threads(partial(train_twice, data, epochs, patience), range(seeds)))
    curves = np.array([(run.accuracy, run.cost) for run in runs])
    cost = curves[:, 1].mean(axis=0)
    numbers = {
        "examples": examples,
        "patience": patience,
        "epochs": epochs,
        "stopped": ", ".join(str(run.last_epoch) for run in runs),
        "kept": ", ".join(str(run.best_epoch) for run in runs),
        "test_kept": np.mean([run.test_best for run in runs]),
        "test_last": np.mean([run.test_last for run in runs]),
        "share": 100 * np.mean([run.last_epoch for run in runs]) / epochs,
        "lowest": cost.min(),
        "lowest_epoch": int(cost.argmin()) + 1,
        "highest": cost[-1],
    }
    is_no_worse = all(run.last_epoch < epochs and run.accuracy[run.best_epoch - 1] >= run.accuracy[-1] for run in runs)
    claim = is_no_worse and numbers["test_kept"] >= numbers["test_last"] and cost[-1] > 1.1 * cost.min()
    return Measurement(curve_table({"": curves}, ("accuracy", "cost")), numbers, claim, plot_data=runs)


def train_twice(data: Dataset, epochs: int, patience: int, seed: int) -> Run:
    """Train for all epochs, and with patience."""
    network = sigmoid_network(data, seed=seed)
    settings: dict[str, Any] = {"epochs": epochs, "learning_rate": 0.5, "seed": seed}
    all_epochs = list(fit(network, data, **settings))
    *_, stop = fit(network, data, patience=patience, **settings)
    accuracy, cost = np.transpose(
        [
            (100 * epoch.validation.accuracy, epoch.validation.cost)
            for epoch in all_epochs
            if isinstance(epoch.validation, ClassificationEvaluation)
        ]
    )
    best_epoch = int(accuracy[: stop.epoch].argmax()) + 1  # the first of equals
    test = [percent_correct(network, data, "test") for network in (stop.best_network, all_epochs[-1].network)]
    return Run(accuracy, cost, best_epoch, stop.epoch, *test)


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    runs: list[Run] = measurement.plot_data
    epochs = measurement.table["epoch"]
    figure, axes = subplots(columns=2)
    for number, (run, style) in enumerate(zip(runs, LINE_STYLES, strict=False), 1):
        for axis, curve in zip(axes, (run.accuracy, run.cost), strict=True):
            axis.plot(epochs, curve, label=labels["run"].format(number=number), **style)
            for epoch, marker, name in ((run.best_epoch, "o", "kept"), (run.last_epoch, "X", "stopped")):
                label = labels[name] if number == len(runs) else None
                look = {"color": style["color"], "markeredgecolor": "black", "zorder": 3}
                axis.plot(epoch, curve[epoch - 1], marker, label=label, **look)
    skip_start(axes[0], [run.accuracy for run in runs], epochs=3)
    for axis, name in zip(axes, ("validation_accuracy", "validation_cost"), strict=True):
        label_axes(axis, x=labels["epoch"], y=labels[name], legend=name == "validation_accuracy")
    return figure
