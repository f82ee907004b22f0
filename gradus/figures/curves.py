"""Plots of a run and of a search."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gradus.figures.style import LINE_STYLES, label_axes, png, subplots
from gradus.files import write_atomically
from gradus.runs import Metrics

__all__ = ["draw_curves", "draw_search"]

TRAINING, VALIDATION = LINE_STYLES[:2]
LABEL_WIDTH = 20  # characters of a line below an axis
PANELS = 3  # in a row
LEAST_R2 = -0.5  # of a trial that is drawn, if the best is above it
NAMES = {"learning_rate": "learning rate (eta)", "l2": "lambda of L2", "l1": "lambda of L1"}


def draw_curves(rows: Sequence[Metrics], title: str, path: Path) -> None:
    """Write a PNG of the costs over the epochs and, if there is validation data, of its accuracy or R2.

    Args:
        rows: the lines of metrics.csv.
        path: the PNG file.
    """
    epochs, has_validation = column(rows, "epoch"), "validation_cost" in rows[0]
    figure, axes = subplots(columns=2, height=3.6) if has_validation else subplots(width=5, height=3.6)
    marker = "o" if len(epochs) == 1 else None
    axes[0].plot(epochs, column(rows, "cost"), label="training", marker=marker, **TRAINING)
    if has_validation:
        axes[0].plot(epochs, column(rows, "validation_cost"), label="validation", marker=marker, **VALIDATION)
        if "validation_r2" in rows[0]:
            scores, title = column(rows, "validation_r2"), "Validation R2"
        else:
            scores, title = 100 * column(rows, "validation_accuracy"), "Validation accuracy (%)"
        axes[1].plot(epochs, scores, marker=marker, **VALIDATION)
        label_axes(axes[1], f"{title}, last {scores[-1]:.2f}", "epoch")
    label_axes(axes[0], "Cost", "epoch")
    for axis in axes:
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.suptitle(title, fontsize=12)
    write_atomically(path, png(figure))


def draw_search(
    rows: Sequence[Mapping[str, Any]], settings: Sequence[str], with_best_line: bool, title: str, path: Path
) -> None:
    """Write a PNG of the trials' validation accuracy, or R2, over each setting.

    Args:
        rows: the lines of trials.csv, the best first.
        settings: the names of the settings that vary.
        with_best_line: connect the best trials at each value.
        path: the PNG file.
    """
    columns, lines = min(PANELS, len(settings)), math.ceil(len(settings) / PANELS)
    figure = Figure(figsize=(max(5, 4.2 * columns), 0.6 + 3.4 * lines), layout="constrained")
    scores, label = trial_scores(rows)
    for number, name in enumerate(settings, 1):
        axis = figure.add_subplot(lines, columns, number)
        values: Sequence[Any] = [row[name] for row in rows]
        if not isinstance(values[0], str):
            set_magnitudes(axis, values)
            if with_best_line:
                plot_best(axis, values, scores)
        else:
            values = set_words(axis, values)
        axis.scatter(values, scores, facecolors="white", edgecolors=TRAINING["color"], label="a trial", zorder=2)
        axis.scatter(values[:1], scores[:1], marker="*", s=180, color="black", label="the best", zorder=3)
        label_axes(axis, x=NAMES.get(name, name.replace("_", " ")), legend=False)
        show_useful_scores(axis, scores)
    figure.supylabel(label, fontsize=10)
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    figure.suptitle(title, fontsize=11)
    write_atomically(path, png(figure))


def trial_scores(rows: Sequence[Mapping[str, Any]]) -> tuple[np.ndarray, str]:
    """The score of every trial, nan where it has none, and what it is in words."""
    if "validation_r2" in rows[0]:
        return column(rows, "validation_r2"), "validation R2"
    return 100 * column(rows, "validation_accuracy"), "validation accuracy (%)"


def set_words(axis: Axes, values: Sequence[str]) -> Sequence[int]:
    """Name the words below the x-axis, long ones on several lines; the place of each value."""
    words = list(dict.fromkeys(values))
    labels = [fill(word, LABEL_WIDTH) for word in words]
    axis.set_xticks(range(len(words)), labels, rotation=30, ha="right", rotation_mode="anchor", fontsize=8)
    axis.set_xlim(-0.5, len(words) - 0.5)
    return [words.index(value) for value in values]


def set_magnitudes(axis: Axes, values: Sequence[float]) -> None:
    """Make the x-axis logarithmic; few whole numbers, such as batch sizes, are named themselves."""
    if 0 in values:
        # 0, no penalty, has a place of its own, left of the powers of ten
        axis.set_xscale("symlog", linthresh=min((value for value in values if value), default=1.0))
    else:
        axis.set_xscale("log")
    if all(isinstance(value, int) for value in values):
        axis.set_xticks(sorted(set(values)), [str(value) for value in sorted(set(values))])
        axis.minorticks_off()


def show_useful_scores(axis: Axes, scores: np.ndarray) -> None:
    """Cut off trials whose R2 is far below 0, which is that of the mean: they would press the others together."""
    if scores.min(initial=0, where=np.isfinite(scores)) < LEAST_R2 < scores[0]:
        axis.set_ylim(LEAST_R2, max(1, scores[0]) + 0.05)


def plot_best(axis: Axes, values: Sequence[float], scores: Sequence[float] | np.ndarray) -> None:
    """Connect the best trials at each value: the first ones."""
    best = dict(reversed([*zip(values, scores, strict=True)]))
    ordered = sorted(best)
    axis.plot(ordered, [best[value] for value in ordered], "--", color=VALIDATION["color"], label="best at a value")


def column(rows: Sequence[Mapping[str, Any]], name: str) -> np.ndarray:
    """One number of every row; nan where it is missing."""
    return np.array([row[name] for row in rows], float)
