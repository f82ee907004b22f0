"""Mirrored training images help on photographs and harm on digits (theory D3)."""

from collections.abc import Mapping
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset, Examples
from gradus.figures.experiments import LAST, SEEDS, curve_table, final_mean, networks_by_epoch, run_settings
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import label_axes, plot_runs, show_image, skip_start, subplots, tile
from gradus.models import Model
from gradus.training import build_network

__all__ = ["draw", "measure"]

SETTINGS = {"plain": None, "flipped": "flip"}
LAYERS = "conv8-5x5-stride2-same maxpool2 conv16-3x3-same maxpool2 dense64"  # and a unit for each class
ACCURACY, SWAPS = 0, 1  # the curves of a run
TWINS = (2, 5)  # each is the mirror image of the other on a seven-segment display


def measure(sources: Sources, epochs: int = 20, seeds: int = SEEDS) -> Measurement:
    """Train a small convolutional network (ReLU, softmax, eta = 0.02) on photographs and on as many digits of MNIST."""
    photographs = sources.photographs
    examples = len(photographs.training.x)
    subjects = {"photographs": photographs, "digits": sources.mnist.with_examples(examples)}
    runs = {
        f"{subject}_{setting}": run
        for subject, data in subjects.items()
        for setting, run in run_settings(partial(scores_by_epoch, data, epochs), SETTINGS, seeds).items()
    }  # (seeds, 2, epochs)
    final = {name: final_mean(run) for name, run in runs.items()}  # (seeds, 2)
    numbers = {
        "examples": examples, "epochs": epochs, "seeds": seeds, "last": LAST,
        **{name: scores[:, ACCURACY].mean() for name, scores in final.items()},
        **{f"swaps_{setting}": final[f"digits_{setting}"][:, SWAPS].mean() for setting in SETTINGS},
    }  # fmt: skip
    outcome = {
        "helps": is_above(final["photographs_flipped"], final["photographs_plain"], ACCURACY),
        "harms": is_above(final["digits_plain"], final["digits_flipped"], ACCURACY),
        "swaps": is_above(final["digits_flipped"], final["digits_plain"], SWAPS),
    }
    sentences = ("shows", *(key if holds else f"{key}_not" for key, holds in outcome.items()))
    accuracies = {name: run[:, ACCURACY] for name, run in runs.items()}
    samples = {subject: mirrored_samples(data.training) for subject, data in subjects.items()}
    claim = outcome["helps"] and outcome["harms"]
    return Measurement(curve_table(accuracies), numbers, claim, sentences, (accuracies, samples))


def scores_by_epoch(data: Dataset, epochs: int, setting: str, seed: int) -> np.ndarray:
    """(2, epochs): the accuracy, and the share of 2s and 5s that are taken for the other, on test images in percent."""
    start = build_network(data, f"{LAYERS} dense{len(data.classes)}", seed=seed)
    networks = networks_by_epoch(
        start, data, epochs=epochs, learning_rate=0.02, augmentation=SETTINGS[setting], seed=seed
    )
    votes = (Model(network, data.preprocessing, data.classes).predict(data.test.x) for network in networks)
    return np.transpose([(accuracy(seen, data.test.y), swapped(seen, data.test.y)) for seen in votes])


def accuracy(seen: np.ndarray, y: np.ndarray) -> float:
    """The images whose class is seen, in percent."""
    return 100 * float((seen == y).mean())


def swapped(seen: np.ndarray, y: np.ndarray) -> float:
    """Of the images of TWINS, those that are taken for the other of the two, in percent."""
    one, other = TWINS
    of_twins = np.isin(y, TWINS)
    return 100 * float((seen[of_twins] == one + other - y[of_twins]).mean()) if of_twins.any() else 0.0


def is_above(one: np.ndarray, other: np.ndarray, score: int) -> bool:
    """Whether a score of every run of one setting is above that of every run of another; (seeds, scores)."""
    return bool(one[:, score].min() > other[:, score].max())


def mirrored_samples(examples: Examples) -> np.ndarray:
    """(2 classes, height, width, channels): the first image of each class, and behind them their mirror images."""
    first = [np.flatnonzero(examples.y == label)[0] for label in np.unique(examples.y)]
    images = examples.x[first]
    return np.concatenate([images, images[:, :, ::-1]])


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    accuracies, samples = measurement.plot_data
    figure, axes = subplots(columns=2, rows=2, width=5, height=2.6, height_ratios=(2, 5))
    for (subject, images), above, axis in zip(samples.items(), axes[:2], axes[2:], strict=True):
        channels = np.moveaxis(images, -1, 0)
        rows = np.stack([tile(channel, rows=2, gap=0) for channel in channels], axis=-1).astype(np.uint8)
        show_image(above, rows.squeeze(), labels[f"{subject}_samples"])
        runs = {labels[setting]: accuracies[f"{subject}_{setting}"] for setting in SETTINGS}
        plot_runs(axis, measurement.table["epoch"], runs)
        skip_start(axis, runs.values())
        label_axes(axis, labels[subject].format(**measurement.numbers), labels["epoch"], labels["test_accuracy"])
    return figure
