"""More data by turning, shifting and bending the images at hand (theory D3)."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import SEEDS, over_seeds
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, band, image, label_axes
from gradus.images.notation import parse_augmentation
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["draw", "measure"]

LINE = "rotate10 shift2 elastic1.4"
RUNS = {"plain": None, "deformed": LINE}
LAST = 10  # epochs whose mean is quoted
SHOWN = 3  # training images that are drawn, the first ones
VERSIONS = 7  # of each


def measure(sources: Sources, examples: int = 1000, epochs: int = 100, seeds: int = SEEDS) -> Measured:
    """Train 784-100-10 (ReLU and softmax, eta = 0.05) on the images as they are, and anew deformed in every epoch."""
    data = sources.mnist.with_examples(examples)
    data = replace(data, validation=data.test)
    table: dict[str, Any] = {"epoch": np.arange(1, epochs + 1)}
    runs = {name: over_seeds(partial(accuracies, data, line, epochs), seeds) for name, line in RUNS.items()}
    for name, by_seed in runs.items():
        table |= {f"{name}_seed{seed}": values for seed, values in enumerate(by_seed)}
    end = {name: by_seed[:, -LAST:].mean(axis=1) for name, by_seed in runs.items()}
    behind = runs["deformed"].mean(axis=0) < runs["plain"].mean(axis=0)
    numbers = {
        "line": LINE,
        "examples": examples,
        "last": LAST,
        "plain": end["plain"].mean(),
        "deformed": end["deformed"].mean(),
        "gain": end["deformed"].mean() - end["plain"].mean(),
        "behind": int(np.append(behind, False).argmin()),
    }
    claim = end["deformed"].min() > end["plain"].max()
    return Measured(table, numbers, bool(claim), drawn=(runs, samples(data)))


def accuracies(data: Dataset, line: str | None, epochs: int, seed: int) -> list[float]:
    """The accuracy on the test images after each epoch, in percent."""
    network = build_network(data, "dense100 dense10", seed=seed)
    run = fit(network, data, epochs=epochs, learning_rate=0.05, augmentation=line, seed=seed)
    return [100 * epoch.validation.accuracy for epoch in run if epoch.validation]


def samples(data: Dataset) -> np.ndarray:
    """(SHOWN, 1 + VERSIONS, height, width): training images, each followed by deformed versions of it."""
    originals = data.training.x[:SHOWN]
    copies = np.repeat(originals, VERSIONS, axis=0)
    versions = np.asarray(jax.jit(parse_augmentation(LINE))(jax.random.key(0), copies))
    versions = versions.reshape(len(originals), VERSIONS, *originals.shape[1:])
    return np.concatenate([originals[:, None], versions], axis=1)[..., 0]


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    runs, shown = measured.drawn
    figure = Figure(figsize=(7, 6.6), layout="constrained")
    above, axis = figure.subplots(2, 1, height_ratios=(3, 4))
    image(above, np.vstack([np.hstack(list(row)) for row in shown]), labels["samples"])
    for (name, by_seed), look in zip(runs.items(), LINE_STYLES, strict=False):
        band(axis, measured.table["epoch"], by_seed, look, labels[name])
    axis.set_ylim(bottom=min(by_seed[:, 1:].min() for by_seed in runs.values()))
    label_axes(axis, x=labels["epoch"], y=labels["test_accuracy"])
    return figure
