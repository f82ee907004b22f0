"""What a run looked like, as a picture."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gradus.files import write_atomically

__all__ = ["draw_curves"]

# Okabe and Ito's colours tell apart for all kinds of sight; the line styles do so in black and white.
TRAINING = {"color": "#0072B2", "linestyle": "-"}
VALIDATION = {"color": "#D55E00", "linestyle": "--"}


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
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=150)
    write_atomically(path, picture.getvalue())
