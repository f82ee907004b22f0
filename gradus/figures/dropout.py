"""Neurons that are dropped at random while a network learns (theory D2)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import SEEDS, over_seeds, without_validation
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, axes_of, band, label_axes
from gradus.models import evaluate
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["draw", "measure"]

HIDDEN = 300
NETWORKS = {"plain": f"dense{HIDDEN} dense10", "dropped": f"dense{HIDDEN} dropout0.5 dense10"}
LAST = 10  # epochs whose mean is quoted


def measure(sources: Sources, examples: int = 1000, epochs: int = 60, seeds: int = SEEDS) -> Measured:
    """Train 784-300-10 with the cross-entropy and eta = 0.5, without and with dropout of the hidden neurons."""
    data = sources.mnist.with_examples(examples)
    table: dict[str, Any] = {"epoch": np.arange(1, epochs + 1)}
    runs = {name: over_seeds(partial(accuracies, data, layers, epochs), seeds) for name, layers in NETWORKS.items()}
    for name, by_seed in runs.items():
        for seed, (training, test) in enumerate(by_seed):
            table |= {f"{name}_training_seed{seed}": training, f"{name}_test_seed{seed}": test}
    end = {name: by_seed[:, 1, -LAST:].mean(axis=1) for name, by_seed in runs.items()}
    early = epochs // 6
    learned = {name: by_seed[:, 0].mean(axis=0) for name, by_seed in runs.items()}
    numbers = {
        "hidden": HIDDEN,
        "examples": examples,
        "last": LAST,
        "plain": end["plain"].mean(),
        "dropped": end["dropped"].mean(),
        "gain": end["dropped"].mean() - end["plain"].mean(),
        "early": early,
        "plain_early": learned["plain"][early - 1],
        "dropped_early": learned["dropped"][early - 1],
        "plain_end": learned["plain"][-1],
        "dropped_end": learned["dropped"][-1],
    }
    slower = numbers["dropped_early"] < numbers["plain_early"]
    claim = slower and end["dropped"].min() > end["plain"].max()
    return Measured(table, numbers, bool(claim), drawn=runs)


def accuracies(data: Dataset, layers: str, epochs: int, seed: int) -> list[list[float]]:
    """(2, epochs): the accuracy on the training and on the test images after each epoch, in percent."""
    network = build_network(data, layers, cost="cross-entropy", activation="sigmoid", seed=seed)
    networks = [
        epoch.network for epoch in fit(network, without_validation(data), epochs=epochs, learning_rate=0.5, seed=seed)
    ]
    return [
        [100 * evaluate(after, part, data.preprocessing).accuracy for after in networks]
        for part in (data.training, data.test)
    ]


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    figure, axes = axes_of(columns=2)
    epochs = measured.table["epoch"]
    for part, (axis, name) in enumerate(zip(axes, ("training_accuracy", "test_accuracy"), strict=True)):
        for (network, by_seed), look in zip(measured.drawn.items(), LINE_STYLES, strict=False):
            band(axis, epochs, by_seed[:, part], look, labels[network])
        lowest = min(by_seed[:, part, 1:].min() for by_seed in measured.drawn.values())
        axis.set_ylim(bottom=lowest)  # the first epoch would press the others together
        label_axes(axis, x=labels["epoch"], y=labels[name])
    return figure
