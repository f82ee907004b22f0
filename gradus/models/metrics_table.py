"""A classifier's scores and confusion matrix as text that fits a terminal."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from gradus.data import printable

__all__ = ["render_report"]

MAX_CLASSES = 20  # with more, the confusion matrix is not shown
MAX_CONFUSIONS = 10  # the most frequent ones, shown in its place


def render_report(
    overall: str,
    classes: Sequence[str],
    per_class: Sequence[np.ndarray],
    means: Mapping[str, Sequence[float]],
    confusion: np.ndarray,
    width: int,
) -> str:
    """The scores of every class and the confusion matrix; if that is too wide, the most frequent confusions.

    Args:
        overall: the first line.
        classes: names of the classes.
        per_class: precision, recall and F1, each (classes,).
        means: precision, recall and F1 over all classes, by the name of the average.
        confusion: (classes, classes) counts; the row is the true class, the column the predicted one.
        width: the most characters in a line.
    """
    text, classes = io.StringIO(), [printable(name) for name in classes]
    console = Console(file=text, width=width, color_system=None, highlight=False, markup=False)
    console.print(f"{overall}\n")
    console.print(scores_table(classes, per_class, means, confusion.sum(axis=1)))
    if matrix := first_that_fits([confusion_table(classes, confusion, gap) for gap in (2, 1)], console):
        console.print("\nConfusion matrix: true classes in rows, predicted classes in columns", matrix, sep="\n")
    elif confusions := most_frequent_confusions(classes, confusion):
        console.print("\nMost frequent confusions", *confusions, sep="\n")
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def first_that_fits(tables: list[Table], console: Console) -> Table | None:
    """The first table that is no wider than the console and has at most MAX_CLASSES rows."""
    unlimited = console.options.update(max_width=1 << 20)
    widths = [Measurement.get(console, unlimited, table).maximum for table in tables]
    fitting = (table for table, width in zip(tables, widths, strict=True) if width <= console.width)
    return next((table for table in fitting if table.row_count <= MAX_CLASSES), None)


def plain_table(*headings: str, gap: int = 2) -> Table:
    """A table without lines: names in the first column, numbers in the others."""
    table = Table(box=None, pad_edge=False, header_style="", padding=(0, gap, 0, 0))
    table.add_column(Text(headings[0]), overflow="fold")
    for heading in headings[1:]:
        table.add_column(Text(heading), justify="right", no_wrap=True)
    return table


def scores_table(
    classes: Sequence[str],
    per_class: Sequence[np.ndarray],
    means: Mapping[str, Sequence[float]],
    counts: np.ndarray,
) -> Table:
    """A row for each class and each average: precision, recall, F1, and the number of examples."""
    table = plain_table("class", "precision", "recall", "F1", "count")
    rows = [*zip(classes, *per_class, counts, strict=True)]
    rows += [(name, *scores, counts.sum()) for name, scores in means.items()]
    for name, *scores, count in rows:
        table.add_row(Text(name), *(f"{score:.4f}" for score in scores), f"{count:,}")
    return table


def confusion_table(classes: Sequence[str], confusion: np.ndarray, gap: int) -> Table:
    """The confusion matrix, with a dot for 0."""
    table = plain_table("", *classes, gap=gap)
    for name, row in zip(classes, confusion, strict=True):
        table.add_row(Text(name), *(str(count) if count else "." for count in row))
    return table


def most_frequent_confusions(classes: Sequence[str], confusion: np.ndarray) -> list[str]:
    """At most MAX_CONFUSIONS lines: true class, predicted class and count, the most frequent first."""
    mistakes = confusion - np.diag(np.diag(confusion))
    order = np.argsort(-mistakes, axis=None, kind="stable")[: min(MAX_CONFUSIONS, np.count_nonzero(mistakes))]
    pairs = zip(*np.unravel_index(order, mistakes.shape), strict=True)
    return [f"{classes[i]} predicted as {classes[j]}: {mistakes[i, j]:,}" for i, j in pairs]
