"""How the rows of a table become inputs of a network."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gradus.errors import DataError
from gradus.memory import check_memory
from gradus.tables.columns import (
    CategoryColumn,
    Column,
    DateColumn,
    NumberColumn,
    check_name,
    column_from_dict,
    column_to_dict,
)
from gradus.tables.dates import date_format
from gradus.tables.table import Table, as_table

__all__ = ["TableEncoder"]

MAX_COLUMNS = 10_000
MAX_INPUTS = 100_000


@dataclass(frozen=True)
class TableEncoder:
    """The inputs of all columns, side by side; what they were fitted to is plain data.

    Args:
        columns: those that are used, in the order of the inputs.
        targets: the names of the columns that are predicted.

    Raises:
        ValueError: for two columns of one name, and for none that varies.
    """

    columns: tuple[Column, ...]
    targets: tuple[str, ...]

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if not 1 <= len(names) == len(set(names)) <= MAX_COLUMNS or not 1 <= len(self.names) <= MAX_INPUTS:
            raise ValueError("a table needs columns, each with a name of its own")
        for target in self.targets:
            check_name(target)

    @classmethod
    def fit(
        cls, table: Table, kinds: dict[str, str], targets: Sequence[str], whole: Table | None = None
    ) -> "TableEncoder":
        """The encoder of the training rows, without the columns of which they know nothing.

        Args:
            table: of the training rows.
            kinds: of the columns to use: number, category or date.
            targets: the names of the columns to predict.
            whole: the table with all of its rows, which say whether the day or the month of a date comes first; by
                default the training rows.

        Raises:
            DataError: where no column is left.
        """
        known = [name for name in kinds if table.frame[name].count()]
        columns = [fit_column(table, name, kinds[name], whole or table) for name in known]
        used = tuple(column for column in columns if column.inputs)
        if not used:
            raise DataError(f"{table.name}: every column is empty or the same in all rows to learn from; add rows")
        return cls(used, tuple(targets))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return tuple(name for column in self.columns for name in column.inputs)

    @property
    def in_shape(self) -> tuple[int]:
        """The shape of an input: (inputs,)."""
        return (len(self.names),)

    @property
    def groups(self) -> dict[str, list[int]]:
        """The numbers of each column's inputs."""
        owners = [column.name for column in self.columns for _ in column.inputs]
        return {column.name: [k for k, owner in enumerate(owners) if owner == column.name] for column in self.columns}

    def encode(self, rows: Any) -> np.ndarray:
        """x (n, inputs) float32 of rows: a Table, or a data frame of polars or pandas.

        Columns may be in any order; those that were not used in training are passed over.

        Raises:
            DataError: where a column is missing, and for a value that a column cannot have.
            SettingError: where the inputs do not fit into memory.
        """
        table = as_table(rows)
        missing = [column.name for column in self.columns if column.name not in table.frame.columns]
        if missing:
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            raise DataError(
                f"{table.name}: has no column {', '.join(map(repr, missing[:3]))}{more}, which the model needs"
            )
        check_memory(8 * table.frame.height * len(self.names), f"{table.name} with {len(self.names):,} inputs a row")
        return np.concatenate([column.encode(table) for column in self.columns], axis=1)

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for a model file."""
        return {"kind": "table", "columns": list(map(column_to_dict, self.columns)), "targets": list(self.targets)}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "TableEncoder":
        """The inverse of `to_dict`. Raises KeyError, TypeError or ValueError for anything that it cannot have given."""
        return cls(tuple(map(column_from_dict, content["columns"])), tuple(content["targets"]))


def fit_column(table: Table, name: str, kind: str, whole: Table) -> Column:
    """A column of the training rows; the arguments are those of `TableEncoder.fit`."""
    if kind == DateColumn.kind:
        form = date_format(whole.texts(name))
        assert form is not None
        return DateColumn.fit(table, name, form)
    return NumberColumn.fit(table, name) if kind == NumberColumn.kind else CategoryColumn.fit(table, name)
