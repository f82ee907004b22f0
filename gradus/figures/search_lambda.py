"""The search for lambda by orders of magnitude, up and down from 1, and what lies beyond (theory D7)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import SEEDS, networks_by_epoch, run_settings, seed_columns, sigmoid_network
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, label_axes, plot_range, subplots
from gradus.models import evaluate
from gradus.search import Point, coarse_to_fine

__all__ = ["draw", "measure"]

SWEEP = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)  # also drawn where the search does not try them
Scores = dict[float, np.ndarray]  # (seeds, 2) by lambda: the validation accuracy in percent, and the cost


def measure(
    sources: Sources, images: int = 5_000, epochs: int = 30, seeds: int = SEEDS, sweep: Sequence[float] = SWEEP
) -> Measurement:
    """Search lambda for 784-30-10 at eta = 0.5 as `gradus search` does; a score is the mean over seeds."""
    data = sources.mnist.with_examples(images)

    def score(lambdas: Iterable[float], weights: str = "gaussian") -> Scores:
        return run_settings(partial(validate, data, epochs, weights), lambdas, seeds)

    best, trials = search(score)
    scores = trials | score(value for value in (0.0, *sweep) if value not in trials)
    scaled = score((0.0, best), weights="scaled")
    return summary(images, best, list(trials), scores, scaled)


def validate(data: Dataset, epochs: int, weights: str, l2: float, seed: int) -> tuple[float, float]:
    """The validation accuracy in percent, and the cost, after the last epoch."""
    network = sigmoid_network(data, weights=weights, seed=seed)
    *_, last = networks_by_epoch(network, data, epochs=epochs, learning_rate=0.5, l2=l2, seed=seed)
    result = evaluate(last, data.validation, data.preprocessing)
    return 100 * result.accuracy, result.cost


def search(score: Callable[[Iterable[float]], Scores]) -> tuple[float, Scores]:
    """The best lambda, and the scores of all that were tried, in order."""
    trials: Scores = {}
    means: dict[Point, tuple[float, float]] = {}
    for points in coarse_to_fine(Point(0.5), ("l2",), means):
        trials |= score([point.l2 for point in points])
        means |= {point: (trials[point.l2][:, 0].mean(), -trials[point.l2][:, 1].mean()) for point in points}
    return max(means, key=means.__getitem__).l2, trials


def summary(images: int, best: float, trials: Sequence[float], scores: Scores, scaled: Scores) -> Measurement:
    """The accuracy for every lambda and seed, and the numbers of the best, the smallest and the largest."""
    lambdas = sorted(scores)
    by_seed = np.transpose([scores[value][:, 0] for value in lambdas])
    table: dict[str, Any] = {
        "lambda": lambdas,
        "trial": [trials.index(value) + 1 if value in trials else 0 for value in lambdas],
    } | seed_columns({"": by_seed})
    means = dict(zip(lambdas, by_seed.mean(axis=0), strict=True))
    smallest, largest = lambdas[1], lambdas[-1]  # besides 0
    numbers = {
        "path": ", ".join(f"{value:g}" for value in trials),
        "trials": len(trials),
        "images": images,
        "best": best,
        "best_accuracy": means[best],
        "none": means[0.0],
        "scaled": scaled[0.0][:, 0].mean(),
        "scaled_best": scaled[best][:, 0].mean(),
        "smallest": smallest,
        "smallest_accuracy": means[smallest],
        "largest": largest,
        "largest_accuracy": means[largest],
    }
    claim = means[best] == max(means.values()) and means[best] > means[0.0] > means[largest]
    return Measurement(table, numbers, claim, plot_data=by_seed)


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    by_seed: np.ndarray = measurement.plot_data
    lambdas, trials = np.array(measurement.table["lambda"]), np.array(measurement.table["trial"])
    mean, is_trial = by_seed.mean(axis=0), trials > 0
    figure, axes = subplots(columns=2, height=4)
    for axis in axes:
        plot_range(axis, lambdas[1:], by_seed[:, 1:], LINE_STYLES[0], labels["sweep"])
        axis.axhline(mean[0], **LINE_STYLES[3], label=labels["none"])
        axis.scatter(lambdas[is_trial], mean[is_trial], color=LINE_STYLES[1]["color"], label=labels["trials"], zorder=3)
        axis.set_xscale("log")
    near = lambdas[is_trial & (mean > mean[0] - 3)]
    axes[1].set_xlim(near.min() / 1.5, near.max() * 1.5)
    axes[1].set_ylim(mean[0] - 1.5, by_seed.max() + 1)
    for value, height, trial in zip(lambdas[is_trial], mean[is_trial], trials[is_trial], strict=True):
        axes[1].annotate(str(trial), (value, height), (0, 6), textcoords="offset points", fontsize=9, clip_on=True)
    label_axes(axes[0], labels["all"], "λ", labels["validation_accuracy"])
    label_axes(axes[1], labels["near"], "λ", labels["validation_accuracy"], legend=False)
    return figure
