"""Rows whose answers are known, to measure a trained model on."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gradus.data import Examples, printable
from gradus.errors import DataError
from gradus.tables.encoder import TableEncoder
from gradus.tables.kinds import check_there
from gradus.tables.reading import read_table
from gradus.tables.table import Table
from gradus.tables.target import class_names, class_values, is_known, numbers

__all__ = ["load_rows", "load_texts"]


def load_rows(path: Path, encoder: TableEncoder, classes: tuple[str, ...]) -> Examples:
    """All rows of a table that have the targets of a trained model, as examples.

    Args:
        path: of the table.
        encoder: of the model.
        classes: of the model; none where it predicts numbers.

    Raises:
        DataError: for a column that is missing, a class that the model does not know, or no row with a target.
        SettingError: where the table has no column of a target.
    """
    table = with_targets(read_table(path), encoder.targets)
    x = encoder.encode(table)
    if not classes:
        return Examples(x, numbers(table, list(encoder.targets)))
    return Examples(x, known_labels(table, encoder.targets[0], classes))


def load_texts(path: Path, text: str, target: str | None, classes: tuple[str, ...]) -> tuple[list[str], np.ndarray]:
    """The texts in a column of a table, of the rows that have a class, and their labels (n,).

    Args:
        path: of the table.
        text: the column of texts.
        target: that of the classes; by default the last other one.
        classes: of a trained model, by label.

    Raises:
        DataError: for a class that the model does not know, or no row with a class.
        SettingError: for a column that is not there.
    """
    table = read_table(path)
    check_there(table, text, "text")
    names = [target] if target else [name for name in table.frame.columns if name != text][-1:]
    table = with_targets(table, names)
    return [value or "" for value in table.texts(text)], known_labels(table, names[0], classes)


def with_targets(table: Table, names: Sequence[str]) -> Table:
    """The rows of a table that have all targets. Raises DataError, and SettingError where a target is no column."""
    for name in names:
        check_there(table, name, "target")
    rows = is_known(table, names) if names else np.zeros(0, bool)
    if not rows.any():
        missing = f"the target {names[0]!r} is missing in every row" if names else "there is no column beside the texts"
        raise DataError(f"{table.name}: {missing}")
    return table.select(np.flatnonzero(rows))


def known_labels(table: Table, target: str, classes: tuple[str, ...]) -> np.ndarray:
    """(n,) the labels of a column in which no class is missing.

    Args:
        target: the column.
        classes: of a trained model, by label.

    Raises:
        DataError: for a class that the model does not know.
    """
    labels = {name: k for k, name in enumerate(classes)}
    texts = class_names(class_values(table, target))
    unknown = sorted({printable(text) for text in texts if text not in labels})
    if unknown:
        raise DataError(
            f"{table.name}: the target {target!r} has the class {unknown[0]!r}, which the model does not know; "
            f"its classes are {', '.join(map(printable, classes[:8]))}"
        )
    return np.array([labels[text] for text in texts])
