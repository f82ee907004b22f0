"""More data: rotated, shifted and bent versions of the training images (theory D3)."""

from collections.abc import Mapping
from functools import partial

import jax
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
)
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import label_axes, plot_runs, show_image, skip_start, subplots, tile
from gradus.images import parse_augmentation
from gradus.training import build_network

__all__ = ["draw", "measure"]

AUGMENTATION = "rotate10 shift2 elastic1.4"
SETTINGS = {"plain": None, "deformed": AUGMENTATION}
IMAGES, VERSIONS = 3, 7  # the first training images, and the versions of each that are drawn


def measure(sources: Sources, examples: int = 1000, epochs: int = 100, seeds: int = SEEDS) -> Measurement:
    """Train 784-100-10 (ReLU, softmax, eta = 0.05) on the images as they are, and deformed anew in every epoch."""
    data = sources.mnist.with_examples(examples)
    runs = run_settings(partial(accuracies, data, epochs), SETTINGS, seeds)
    test = {name: final_mean(curves) for name, curves in runs.items()}
    is_behind = runs["deformed"].mean(axis=0) < runs["plain"].mean(axis=0)
    numbers = {
        "line": AUGMENTATION,
        "examples": examples,
        "last": LAST,
        "plain": test["plain"].mean(),
        "deformed": test["deformed"].mean(),
        "gain": test["deformed"].mean() - test["plain"].mean(),
        "behind": int(np.append(is_behind, False).argmin()),
    }
    claim = test["deformed"].min() > test["plain"].max()
    return Measurement(curve_table(runs), numbers, claim, plot_data=(runs, deformed_versions(data)))


def accuracies(data: Dataset, epochs: int, setting: str, seed: int) -> list[float]:
    """The accuracy on the test images after each epoch, in percent."""
    start, augmentation = build_network(data, "dense100 dense10", seed=seed), SETTINGS[setting]
    networks = networks_by_epoch(start, data, epochs=epochs, learning_rate=0.05, augmentation=augmentation, seed=seed)
    return [percent_correct(network, data, "test") for network in networks]


def deformed_versions(data: Dataset) -> np.ndarray:
    """(IMAGES, 1 + VERSIONS, height, width): the first training images, each before its deformed versions."""
    originals = data.training.x[:IMAGES]
    copies = np.repeat(originals, VERSIONS, axis=0)
    versions = np.asarray(jax.jit(parse_augmentation(AUGMENTATION))(jax.random.key(0), copies))
    versions = versions.reshape(len(originals), VERSIONS, *originals.shape[1:])
    return np.concatenate([originals[:, None], versions], axis=1)[..., 0]


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    runs, images = measurement.plot_data
    figure, (above, axis) = subplots(rows=2, width=7, height=3.3, height_ratios=(3, 4))
    show_image(above, tile(images.reshape(-1, *images.shape[2:]), rows=len(images), gap=0), labels["samples"])
    plot_runs(axis, measurement.table["epoch"], {labels[name]: curves for name, curves in runs.items()})
    skip_start(axis, runs.values())
    label_axes(axis, x=labels["epoch"], y=labels["test_accuracy"])
    return figure
