"""What a table's network predicts: a class or numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gradus.data import LARGEST_TARGET
from gradus.errors import DataError, SettingError
from gradus.tables.kinds import check_there, column_kind
from gradus.tables.table import Table

__all__ = ["TASKS", "Target", "class_names", "class_values", "find_classes", "find_target", "is_known", "numbers"]

TASKS = ("classification", "regression")
MOST_VALUES = 20  # of whole numbers that are classes
ROWS_PER_VALUE = 10
MAX_CLASSES = 1000
LONGEST = 40  # characters of a value in a message
NUMBER = "number"


@dataclass(frozen=True, eq=False)
class Target:
    """The columns to predict.

    Args:
        names: of the columns.
        y: (n,) labels, or (n, targets) numbers, of the rows that have all of them.
        classes: the names of the classes, by label; none for numbers.
        rows: the numbers of these rows.
    """

    names: list[str]
    y: np.ndarray
    classes: tuple[str, ...]
    rows: np.ndarray

    def describe(self, table: Table, was_given: bool) -> str:
        """What is predicted, in words, and what else it could be."""
        left_out = table.frame.height - len(self.rows)
        what = ", ".join(map(repr, self.names))
        if self.classes:
            shown = ", ".join(self.classes[:4]) + (", ..." if len(self.classes) > 4 else "")
            text = f"predicts {what}: {len(self.classes)} classes ({shown})"
        else:
            ranges = ", ".join(f"{low:g} to {high:g}" for low, high in zip(self.y.min(0), self.y.max(0), strict=True))
            text = f"predicts {what}: {'numbers' if len(self.names) > 1 else 'a number'} ({ranges})"
        text += f", which {left_out:,} rows lack and are left out" if left_out else ""
        others = [name for name in table.frame.columns if name not in self.names]
        if was_given or not others:
            return text
        more = " ..." if len(others) > 5 else ""
        return f"{text}; the last column, or give --target: {', '.join(others[-5:][::-1])}{more}"


def find_target(table: Table, names: list[str], task: str | None = None) -> Target:
    """The target of a table.

    Args:
        names: of its columns; several for numbers alone.
        task: one of TASKS; None to find out.

    Raises:
        SettingError: for columns that are not there, or that the task does not suit.
        DataError: where too few rows, values or examples of a class are left.
    """
    for name in names:
        check_there(table, name, "target")
    if task is not None and task not in TASKS:
        raise SettingError(f"--task {task!r}: expected {' or '.join(TASKS)}")
    if not names:
        raise SettingError(f"{table.name}: there is no target; name a column with --target")
    rows = np.flatnonzero(is_known(table, names))
    if not len(rows):
        raise DataError(f"{table.name}: the target {names[0]!r} is missing in every row; choose another with --target")
    table = table.select(rows)
    found = task or ("regression" if all(is_regression(table, name) for name in names) else "classification")
    if found == "regression":
        y = numbers(table, names)
        for name, column in zip(names, y.T, strict=True):
            if len(np.unique(column)) == 1:
                raise DataError(f"{table.name}: the target {name!r} has one value, {column[0]:g}, in every row")
        return Target(names, y, (), rows)
    if len(names) > 1:
        raise SettingError(f"--target {','.join(names)}: several targets must be numbers; one of these is a class")
    y, classes = labels(table, names[0], task)
    return Target(names, y, classes, rows)


def is_known(table: Table, names: Sequence[str]) -> np.ndarray:
    """(n,) True for a row that has all targets."""
    return np.all([table.frame[name].is_not_null().to_numpy() for name in names], axis=0)


def find_classes(table: Table, text: str, target: str | None) -> tuple[list[int], dict[int, str]]:
    """The rows that have a class, and its name by row, of a table with a column of passages.

    Args:
        text: the column of passages.
        target: that of the classes; by default the last other one.

    Raises:
        SettingError: for columns that are not there.
        DataError: where the classes cannot be learned.
    """
    check_there(table, text, "text")
    names = [target] if target is not None else [name for name in table.frame.columns if name != text][-1:]
    found = find_target(table, names, "classification")
    rows = found.rows.tolist()
    return rows, dict(zip(rows, (found.classes[k] for k in found.y), strict=True))


def is_regression(table: Table, name: str) -> bool:
    """True for fractions, and for whole numbers of too many values to be classes."""
    if column_kind(table, name) != NUMBER:
        return False
    values = table.numbers(name)
    assert values is not None
    distinct = len(np.unique(values))
    is_whole = bool(np.all(values == np.round(values)))
    return not is_whole or distinct > min(MOST_VALUES, len(values) / ROWS_PER_VALUE)


def numbers(table: Table, names: Sequence[str]) -> np.ndarray:
    """(n, targets) the numbers to predict. Raises DataError for a text, and for a number whose square overflows."""
    columns = []
    for name in names:
        values = table.numbers(name)
        if values is None:
            row, text = table.first_non_number(name)
            raise DataError(f"{table.name}: the target {name!r} is {text!r} in row {row + 1:,}; expected a number")
        is_good = np.abs(values) <= LARGEST_TARGET
        if not is_good.all():  # NaN, too, as 1e400 is read
            row = int(is_good.argmin())
            raise DataError(
                f"{table.name}: the target {name!r} is {table.texts(name)[row][:LONGEST]!r} in row {row + 1:,}; "
                f"expected numbers up to {LARGEST_TARGET:g}; correct it, or choose a larger unit"
            )
        columns.append(values)
    return np.stack(columns, axis=1)


def labels(table: Table, name: str, task: str | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """(n,) the labels, and the names of the classes."""
    if column_kind(table, name) == "date":
        raise SettingError(f"--target {name!r}: holds dates; derive a number from them, such as days")
    values = class_values(table, name)
    distinct, y = np.unique(values, return_inverse=True)  # numbers in their order, 2 before 10
    classes = class_names(distinct)
    if len(classes) == 1:
        raise DataError(f"{table.name}: the target {name!r} has one value, {classes[0]!r}, in every row")
    if len(classes) > min(MAX_CLASSES, len(y) / 2):
        raise DataError(
            f"{table.name}: the target {name!r} has {len(classes):,} values in {len(y):,} rows, too many for classes; "
            "choose another with --target" + ("" if task else ", or --task regression for numbers")
        )
    return y, classes


def class_values(table: Table, name: str) -> np.ndarray:
    """(n,) the classes of the rows, as numbers if all are numbers, else as texts."""
    values = table.numbers(name)
    return np.array(table.texts(name).to_list()) if values is None or np.isnan(values).any() else values


def class_names(values: np.ndarray) -> tuple[str, ...]:
    """The names of classes; whole numbers have no fraction."""
    return tuple(f"{value:.15g}" if values.dtype.kind == "f" else str(value) for value in values)
