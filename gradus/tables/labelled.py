"""Rows whose answers are known, to measure a trained model on."""

from pathlib import Path

import numpy as np

from gradus.data import Examples, printable
from gradus.errors import DataError
from gradus.tables.encoder import TableEncoder
from gradus.tables.kinds import check_there
from gradus.tables.reading import read_table
from gradus.tables.target import class_names, class_values, is_known, numbers

__all__ = ["load_rows"]


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
    table = read_table(path)
    for name in encoder.targets:
        check_there(table, name, "target")
    rows = is_known(table, encoder.targets)
    if not rows.any():
        raise DataError(f"{path}: the target {encoder.targets[0]!r} is missing in every row")
    table = table.select(np.flatnonzero(rows))
    x = encoder.encode(table)
    if not classes:
        return Examples(x, numbers(table, list(encoder.targets)))
    labels = {name: k for k, name in enumerate(classes)}
    texts = class_names(class_values(table, encoder.targets[0]))
    unknown = sorted({printable(text) for text in texts if text not in labels})
    if unknown:
        raise DataError(
            f"{path}: the target {encoder.targets[0]!r} has the class {unknown[0]!r}, which the model does not know; "
            f"its classes are {', '.join(map(printable, classes[:8]))}"
        )
    return Examples(x, np.array([labels[text] for text in texts]))
