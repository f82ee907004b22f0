"""What the columns of a table hold, found out from all of their rows; and which of them cannot help."""

import numpy as np

from gradus.errors import SettingError
from gradus.tables.dates import date_format
from gradus.tables.table import Table

__all__ = ["FEW_LEVELS", "column_kind", "find_columns", "is_counting", "reason_to_leave_out"]

FEW_LEVELS = 50  # strings with more, of which most rows have one of their own, are texts or identifiers
LEAST_ROWS = 3  # that count up before they are taken for row numbers


def column_kind(table: Table, name: str) -> str:
    """number, date or category."""
    if table.frame[name].null_count() == table.frame.height:
        return "category"
    if table.numbers(name) is not None:
        return "number"
    return "date" if date_format(table.texts(name)) else "category"


def find_columns(
    table: Table, targets: list[str], drop: list[str], keep: list[str]
) -> tuple[dict[str, str], list[str]]:
    """The kinds of the columns to learn from, by name, and why others are left out.

    Args:
        targets: the columns to predict.
        drop, keep: those that the user wants left out, or used whatever they hold.

    Raises:
        SettingError: for columns that are not there, or none that could be used.
    """
    for option, names in (("drop", drop), ("keep", keep)):
        for name in names:
            check_there(table, name, option)
    kinds, left_out = {}, []
    for name in table.frame.columns:
        if name in targets or name in drop:
            continue
        kind = column_kind(table, name)
        reason = None if name in keep else reason_to_leave_out(table, name, kind)
        if reason:
            left_out.append(f"{name} ({reason})")
        else:
            kinds[name] = kind
    if not kinds:
        more = f": {', '.join(left_out)}; keep one with --keep" if left_out else ""
        raise SettingError(f"{table.name}: there is no column to learn from{more}")
    return kinds, left_out


def check_there(table: Table, name: str, option: str) -> None:
    """Raise SettingError unless the table has the column that an option names."""
    if name not in table.frame.columns:
        raise SettingError(f"--{option} {name!r}: {table.name} has no such column; its columns are {names_of(table)}")


def names_of(table: Table) -> str:
    """The names of the first columns, in words."""
    names = table.frame.columns
    shown = ", ".join(map(repr, names[:12]))
    return shown if len(names) <= 12 else f"{shown} and {len(names) - 12} more"


def reason_to_leave_out(table: Table, name: str, kind: str) -> str | None:
    """Why a column cannot help; None if it may."""
    column = table.frame[name]
    known = column.drop_nulls()
    distinct = known.n_unique()
    if not len(known):
        return "empty"
    if distinct == 1 and len(known) == len(column):
        return "constant"
    all_differ = distinct == len(column)
    if kind == "number":
        values = table.numbers(name)
        assert values is not None
        is_whole = bool(np.all(values == np.round(values)))
        if is_counting(values) or (all_differ and is_whole and name in table.unnamed):
            return "row numbers"
    if kind == "category":
        if all_differ and name in table.unnamed:
            return "row names"
        if distinct > FEW_LEVELS and distinct > len(known) / 2:
            return "text or identifiers"
    return None


def is_counting(values: np.ndarray) -> bool:
    """True for whole numbers, each one more than that of the row before."""
    with np.errstate(over="ignore"):
        is_next = np.diff(values) == 1
    return len(values) >= LEAST_ROWS and bool(np.all(is_next)) and bool(values[0] == np.round(values[0]))
