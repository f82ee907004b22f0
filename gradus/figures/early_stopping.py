"""When to stop: the validation accuracy no longer rises, and the cost already gets worse (theory D4)."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import SEEDS, side_by_side
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, axes_of, label_axes
from gradus.models import evaluate
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["draw", "measure"]

PATIENCE = 20


class Run(NamedTuple):
    """One training to its end, and the same with patience.

    accuracy, cost: (epochs,) on the validation images, in percent, and as a mean.
    kept, stopped: the epoch whose weights patience keeps, and the one after which it stops.
    test_kept, test_last: the accuracy on the test images of these weights and of those at the end, in percent.
    """

    accuracy: np.ndarray
    cost: np.ndarray
    kept: int
    stopped: int
    test_kept: float
    test_last: float


def measure(
    sources: Sources, examples: int = 1000, epochs: int = 150, patience: int = PATIENCE, seeds: int = SEEDS
) -> Measured:
    """Train 784-30-10 with the cross-entropy and eta = 0.5 for all epochs, and again with patience."""
    data = sources.mnist.with_examples(examples)
    runs = side_by_side(partial(run_of, data, epochs, patience), range(seeds))
    table: dict[str, Any] = {"epoch": np.arange(1, epochs + 1)}
    for seed, run in enumerate(runs):
        table |= {f"accuracy_seed{seed}": run.accuracy, f"cost_seed{seed}": run.cost}
    cost = np.mean([run.cost for run in runs], axis=0)
    numbers = {
        "examples": examples,
        "patience": patience,
        "epochs": epochs,
        "stopped": ", ".join(str(run.stopped) for run in runs),
        "kept": ", ".join(str(run.kept) for run in runs),
        "test_kept": np.mean([run.test_kept for run in runs]),
        "test_last": np.mean([run.test_last for run in runs]),
        "share": 100 * np.mean([run.stopped for run in runs]) / epochs,
        "lowest": cost.min(),
        "lowest_epoch": int(cost.argmin()) + 1,
        "highest": cost[-1],
    }
    earlier = all(run.stopped < epochs and run.accuracy[run.kept - 1] >= run.accuracy[-1] for run in runs)
    claim = earlier and numbers["test_kept"] >= numbers["test_last"] and cost[-1] > 1.1 * cost.min()
    return Measured(table, numbers, bool(claim), drawn=runs)


def run_of(data: Dataset, epochs: int, patience: int, seed: int) -> Run:
    network = build_network(data, "dense30 dense10", cost="cross-entropy", activation="sigmoid", seed=seed)
    settings: dict[str, Any] = {"epochs": epochs, "learning_rate": 0.5, "seed": seed}
    whole = list(fit(network, data, **settings))
    *_, stop = fit(network, data, patience=patience, **settings)
    validation = [epoch.validation for epoch in whole if epoch.validation]
    accuracy = np.array([100 * evaluation.accuracy for evaluation in validation])
    test = [
        100 * evaluate(weights, data.test, data.preprocessing).accuracy
        for weights in (stop.best_network, whole[-1].network)
    ]
    kept = int(accuracy[: stop.epoch].argmax()) + 1  # the first of equals
    return Run(accuracy, np.array([evaluation.cost for evaluation in validation]), kept, stop.epoch, *test)


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    runs: list[Run] = measured.drawn
    epochs = measured.table["epoch"]
    figure, axes = axes_of(columns=2)
    for seed, (run, look) in enumerate(zip(runs, LINE_STYLES, strict=False)):
        for axis, curve in zip(axes, (run.accuracy, run.cost), strict=True):
            axis.plot(epochs, curve, label=labels["run"].format(number=seed + 1), **look)
            for epoch, marker, label in ((run.kept, "o", "kept"), (run.stopped, "X", "stopped")):
                name = labels[label] if run is runs[-1] else None
                axis.plot(
                    epoch, curve[epoch - 1], marker, color=look["color"], markeredgecolor="black", zorder=3, label=name
                )
    axes[0].set_ylim(bottom=min(run.accuracy[3:].min() for run in runs))  # the first epochs would press the rest
    for axis, name in zip(axes, ("validation_accuracy", "validation_cost"), strict=True):
        label_axes(axis, x=labels["epoch"], y=labels[name], legend=name == "validation_accuracy")
    return figure
