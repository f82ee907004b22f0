"""A classifier's metrics as text that fits a terminal."""

import io
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from gradus.models.metrics import ClassificationMetrics

__all__ = ["tables"]

MOST_CLASSES = 20  # whose confusion matrix is shown
MISTAKES = 10  # shown where it is not


def tables(metrics: "ClassificationMetrics", width: int) -> str:
    """The scores of every class, and the confusion matrix; where that is too wide, the commonest mistakes."""
    text = io.StringIO()
    console = Console(file=text, width=width, color_system=None, highlight=False, markup=False)
    console.print(
        f"top-{metrics.k} accuracy {metrics.top_k:.2%}  log loss {metrics.log_loss:.4f}  "
        f"calibration error {metrics.calibration_error:.4f}\n"
    )
    console.print(scores_table(metrics))
    if matrix := widest_that_fits([confusion_table(metrics, gap) for gap in (2, 1)], console):
        console.print("\nConfusion matrix: in the row of each class, what it was taken for", matrix, sep="\n")
    elif mistakes := commonest_mistakes(metrics):
        console.print("\nCommonest mistakes", *mistakes, sep="\n")
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def widest_that_fits(candidates: list[Table], console: Console) -> Table | None:
    """The first that needs no more columns than the console has, and has no more than MOST_CLASSES rows."""
    unlimited = console.options.update(max_width=1 << 20)
    widths = [Measurement.get(console, unlimited, table).maximum for table in candidates]
    fitting = (table for table, width in zip(candidates, widths, strict=True) if width <= console.width)
    return next((table for table in fitting if table.row_count <= MOST_CLASSES), None)


def plain_table(*headings: str, gap: int = 2) -> Table:
    """A table without lines, its first column names and the others numbers."""
    table = Table(box=None, pad_edge=False, header_style="", padding=(0, gap, 0, 0))
    table.add_column(Text(headings[0]), overflow="fold")
    for heading in headings[1:]:
        table.add_column(Text(heading), justify="right", no_wrap=True)
    return table


def scores_table(metrics: "ClassificationMetrics") -> Table:
    table = plain_table("class", "precision", "recall", "F1", "count")
    counts = metrics.confusion.sum(axis=1)
    rows = [*zip(metrics.classes, *metrics.per_class, counts, strict=True)]
    rows += [("macro mean", *metrics.macro, counts.sum()), ("weighted mean", *metrics.weighted, counts.sum())]
    for name, *scores, count in rows:
        table.add_row(Text(name), *(f"{score:.4f}" for score in scores), f"{count:,}")
    return table


def confusion_table(metrics: "ClassificationMetrics", gap: int) -> Table:
    table = plain_table("", *metrics.classes, gap=gap)
    for name, row in zip(metrics.classes, metrics.confusion, strict=True):
        table.add_row(Text(name), *(str(count) if count else "." for count in row))
    return table


def commonest_mistakes(metrics: "ClassificationMetrics") -> list[str]:
    """The pairs of classes that were mixed up most often, MISTAKES at most."""
    mistakes = metrics.confusion - np.diag(np.diag(metrics.confusion))
    order = np.argsort(-mistakes, axis=None, kind="stable")[: min(MISTAKES, np.count_nonzero(mistakes))]
    pairs = zip(*np.unravel_index(order, mistakes.shape), strict=True)
    return [f"{metrics.classes[i]} taken for {metrics.classes[j]}: {mistakes[i, j]:,}" for i, j in pairs]
