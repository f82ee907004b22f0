"""The search of lambda by orders of magnitude, from 1.0 up and down, and what lies beyond (theory D7)."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import SEEDS, side_by_side
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, axes_of, band, label_axes
from gradus.models import evaluate
from gradus.runs import fit
from gradus.search.coarse_to_fine import Point, coarse_to_fine
from gradus.training import build_network

__all__ = ["draw", "measure"]

BEYOND = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)  # tried for the picture, whether the search comes there or not
Scores = dict[float, np.ndarray]  # of each lambda (seeds, 2): the validation accuracy and the cost


def measure(
    sources: Sources,
    images: int = 5_000,
    epochs: int = 30,
    seeds: int = SEEDS,
    beyond: tuple[float, ...] = BEYOND,
) -> Measured:
    """Search lambda for 784-30-10 at eta = 0.5 as `gradus search` does; a score is the mean over seeds."""
    data = sources.mnist.with_examples(images)

    def score(values: Sequence[float], weights: str = "gaussian") -> Scores:
        settings = [(value, seed) for value in values for seed in range(seeds)]
        scores = side_by_side(partial(validation, data, epochs, weights=weights), settings)
        return dict(zip(values, np.array(scores).reshape(len(values), seeds, 2), strict=True))

    best, searched = search(score)
    swept = searched | score([value for value in (0.0, *beyond) if value not in searched])
    scaled = score((0.0, best), weights="scaled")
    return summary(tuple(searched), best, swept, scaled, images)


def search(score: Callable[[Sequence[float]], Scores]) -> tuple[float, Scores]:
    """The best lambda, and the scores of all that were tried, in their order."""
    searched: Scores = {}
    means: dict[Point, tuple[float, float]] = {}
    for points in coarse_to_fine(Point(0.5), ("l2",), means):
        searched |= score([point.l2 for point in points])
        means |= {point: (searched[point.l2][:, 0].mean(), -searched[point.l2][:, 1].mean()) for point in points}
    return max(means, key=means.__getitem__).l2, searched


def summary(path: Sequence[float], best: float, swept: Scores, scaled: Scores, images: int) -> Measured:
    """The accuracy at every lambda by seed, and what the text says of the best, the smallest and the largest."""
    lambdas = sorted(swept)
    table: dict[str, Any] = {
        "lambda": lambdas,
        "trial": [path.index(value) + 1 if value in path else 0 for value in lambdas],
    }
    seeds = range(len(swept[best]))
    table |= {f"seed{seed}": [swept[value][seed, 0] for value in lambdas] for seed in seeds}
    means = {value: swept[value][:, 0].mean() for value in lambdas}
    numbers = {
        "path": ", ".join(f"{value:g}" for value in path),
        "trials": len(path),
        "images": images,
        "best": best,
        "best_accuracy": means[best],
        "none": means[0.0],
        "scaled": scaled[0.0][:, 0].mean(),
        "scaled_best": scaled[best][:, 0].mean(),
        "smallest": lambdas[1],
        "smallest_accuracy": means[lambdas[1]],
        "largest": lambdas[-1],
        "largest_accuracy": means[lambdas[-1]],
    }
    claim = means[best] == max(means.values()) and means[best] > means[0.0] > means[lambdas[-1]]
    return Measured(table, numbers, bool(claim))


def validation(
    data: Dataset, epochs: int, setting: tuple[float, int], weights: str = "gaussian"
) -> tuple[float, float]:
    """The validation accuracy in percent, and the cost, after the last epoch with a lambda and a seed."""
    l2, seed = setting
    network = build_network(
        data, "dense30 dense10", cost="cross-entropy", activation="sigmoid", weights=weights, seed=seed
    )
    *_, last = fit(network, data, epochs=epochs, learning_rate=0.5, l2=l2, seed=seed)
    reached = evaluate(last.network, data.validation, data.preprocessing)
    return 100 * reached.accuracy, reached.cost


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    lambdas, trials = np.array(measured.table["lambda"]), np.array(measured.table["trial"])
    by_seed = np.array([column for name, column in measured.table.items() if name.startswith("seed")])
    mean = by_seed.mean(axis=0)
    figure, axes = axes_of(columns=2, height=4)
    shown = lambdas > 0
    searched = trials > 0
    for axis in axes:
        band(axis, lambdas[shown], by_seed[:, shown], LINE_STYLES[0], labels["sweep"])
        axis.axhline(mean[0], **LINE_STYLES[3], label=labels["none"])
        axis.scatter(lambdas[searched], mean[searched], color=LINE_STYLES[1]["color"], label=labels["trials"], zorder=3)
        axis.set_xscale("log")
    near = lambdas[searched & (mean > mean[0] - 3)]
    axes[1].set_xlim(near.min() / 1.5, near.max() * 1.5)
    axes[1].set_ylim(mean[0] - 1.5, by_seed.max() + 1)
    for value, height, trial in zip(lambdas[searched], mean[searched], trials[searched], strict=True):
        axes[1].annotate(str(trial), (value, height), (0, 6), textcoords="offset points", fontsize=9, clip_on=True)
    label_axes(axes[0], labels["all"], "λ", labels["validation_accuracy"])
    label_axes(axes[1], labels["near"], "λ", labels["validation_accuracy"], legend=False)
    return figure
