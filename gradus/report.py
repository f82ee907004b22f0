"""What a run looked like, as a picture."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gradus.files import write_atomically

__all__ = ["draw_curves", "draw_search"]

# Okabe and Ito's colours tell apart for all kinds of sight; the line styles do so in black and white.
TRAINING = {"color": "#0072B2", "linestyle": "-"}
VALIDATION = {"color": "#D55E00", "linestyle": "--"}
NAMES = {"learning_rate": "learning rate (eta)", "l2": "lambda of L2", "l1": "lambda of L1"}


def draw_curves(rows: Sequence[Mapping[str, float]], title: str, path: Path) -> None:
    """Write a PNG of the costs, and where there is validation data of its accuracy, over the epochs.

    rows: the lines of metrics.csv.
    """
    epochs, validated = [row["epoch"] for row in rows], "validation_cost" in rows[0]
    figure = Figure(figsize=(9, 3.6) if validated else (5, 3.6), layout="constrained")
    axes = figure.subplots(1, 2 if validated else 1, squeeze=False)[0]
    marker = "o" if len(epochs) == 1 else None
    axes[0].plot(epochs, [row["cost"] for row in rows], label="training", marker=marker, **TRAINING)
    if validated:
        accuracies = [100 * row["validation_accuracy"] for row in rows]
        costs = [row["validation_cost"] for row in rows]
        axes[0].plot(epochs, costs, label="validation", marker=marker, **VALIDATION)
        axes[1].plot(epochs, accuracies, marker=marker, **VALIDATION)
        axes[1].set_title(f"Validation accuracy (%), last {accuracies[-1]:.2f}", fontsize=11)
    axes[0].set_title("Cost", fontsize=11)
    axes[0].legend(frameon=False)
    for axis in axes:
        axis.set_xlabel("epoch")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontsize=12)
    save(figure, path)


def draw_search(rows: Sequence[Mapping[str, Any]], knobs: Sequence[str], title: str, path: Path) -> None:
    """Write a PNG of the trials' validation accuracy over each knob, with the best at every value joined.

    rows: the lines of trials.csv, the best first.
    """
    figure = Figure(figsize=(max(5, 4.2 * len(knobs)), 3.8), layout="constrained")
    axes = figure.subplots(1, len(knobs), squeeze=False, sharey=True)[0]
    for axis, knob in zip(axes, knobs, strict=True):
        draw_knob(axis, [row[knob] for row in rows], [100 * row["validation_accuracy"] for row in rows])
        axis.set_xlabel(NAMES.get(knob, knob.replace("_", " ")))
    axes[0].set_ylabel("validation accuracy (%)")
    axes[0].legend(frameon=False, fontsize=9)
    figure.suptitle(title, fontsize=11)
    save(figure, path)


def draw_knob(axis: Axes, values: Sequence[Any], accuracies: Sequence[float]) -> None:
    """All trials over one knob, the first of them being the best."""
    if isinstance(values[0], float):
        # 0, which is no penalty, has a place of its own to the left of the powers of ten
        smallest = min((value for value in values if value), default=1.0)
        axis.set_xscale(*("symlog",) if 0 in values else ("log",), **{"linthresh": smallest} if 0 in values else {})
    else:
        values = [str(value) for value in values]
    best: dict[Any, float] = {}
    for value, accuracy in zip(values, accuracies, strict=True):
        best.setdefault(value, accuracy)  # the first of a value is its best
    if isinstance(values[0], float):
        ordered = sorted(best)
        axis.plot(ordered, [best[value] for value in ordered], label="best at each value", zorder=1, **VALIDATION)
    axis.scatter(values, accuracies, facecolors="white", edgecolors=TRAINING["color"], label="a trial", zorder=2)
    axis.scatter(values[:1], accuracies[:1], marker="*", s=180, color="black", label="the best", zorder=3)
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)


def save(figure: Figure, path: Path) -> None:
    """Write the figure as a PNG, whole or not at all."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=150)
    write_atomically(path, picture.getvalue())
