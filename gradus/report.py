"""What a run looked like, as a picture."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gradus.files import write_atomically
from gradus.training.run_folder import Metrics

__all__ = ["draw_curves"]

# Okabe and Ito's colours tell apart for all kinds of sight; the line styles do so in black and white.
TRAINING = {"color": "#0072B2", "linestyle": "-"}
VALIDATION = {"color": "#D55E00", "linestyle": "--"}


def draw_curves(rows: Sequence[Metrics], title: str, path: Path) -> None:
    """Write a PNG of the costs, and where there is validation data of its accuracy, over the epochs.

    rows: the lines of metrics.csv.
    """
    epochs, validated = column(rows, "epoch"), "validation_cost" in rows[0]
    figure = Figure(figsize=(9, 3.6) if validated else (5, 3.6), layout="constrained")
    axes = figure.subplots(1, 2 if validated else 1, squeeze=False)[0]
    marker = "o" if len(epochs) == 1 else None
    axes[0].plot(epochs, column(rows, "cost"), label="training", marker=marker, **TRAINING)
    if validated:
        accuracies, costs = 100 * column(rows, "validation_accuracy"), column(rows, "validation_cost")
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
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=150)
    write_atomically(path, picture.getvalue())


def column(rows: Sequence[Metrics], name: str) -> np.ndarray:
    """One number of every row, nan where there is none."""
    return np.array([row[name] for row in rows], float)
