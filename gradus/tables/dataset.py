"""Data sets of tables: what is predicted, what is learned from, and how the rows are split."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from gradus.data import Dataset, Examples, TargetScaling, describe_split, training_validation_test
from gradus.errors import SettingError
from gradus.tables.encoder import TableEncoder
from gradus.tables.giveaway import find_giveaways
from gradus.tables.kinds import find_columns
from gradus.tables.reading import read_table
from gradus.tables.table import Table, as_table
from gradus.tables.target import Target, find_target

__all__ = ["from_frame", "load_table"]

SHOWN = 12  # columns of a row, in words


def load_table(
    path: Path,
    target: str | None = None,
    task: str | None = None,
    drop: str | None = None,
    keep: str | None = None,
) -> Dataset:
    """The data set of a table in a file.

    Args:
        path: CSV, TSV, Parquet or Excel.
        target: the column to predict, or several with commas between them; by default the last.
        task: "classification" or "regression"; by default what the target's values suggest.
        drop: columns to leave out, with commas between them.
        keep: columns to use although they look as if they could not help.

    Raises:
        DataError: where the file is missing or damaged, or nothing can be learned from it.
        SettingError: for a column that is not there.
    """
    table = read_table(path)
    lists = [names_in(table, text, option) for option, text in (("target", target), ("drop", drop), ("keep", keep))]
    return make_dataset(table, path.stem, lists[0], task, lists[1], lists[2])


def names_in(table: Table, text: str | None, option: str) -> list[str]:
    """The columns that an option names; a name may hold commas itself. Raises SettingError for a name of nothing."""
    if text is None:
        return []
    names = [text] if text in table.frame.columns else [name.strip() for name in text.split(",")]
    if "" in names:
        reason = "has a comma too many" if "," in text else "has no name"
        raise SettingError(f"--{option} {text!r}: {reason}; expected COLUMN or COLUMN,COLUMN")
    return names


def from_frame(
    frame: Any,
    target: str | list[str] | None = None,
    *,
    task: str | None = None,
    drop: list[str] | None = None,
    keep: list[str] | None = None,
    name: str = "table",
    test: bool = True,
    seed: int = 0,
) -> Dataset:
    """The data set of a data frame of polars or pandas, or of a dict of columns.

    Args:
        frame: rows with named columns.
        target: the column to predict, or several columns of numbers; by default the last.
        task: "classification" or "regression"; by default what the target's values suggest.
        drop: columns to leave out.
        keep: columns to use although they look as if they could not help.
        name: for messages and folders.
        test: False where all rows are to be learned from, since they are tested elsewhere.
        seed: of the shuffling.

    Raises:
        DataError: where nothing can be learned from the table.
        SettingError: for a column that is not there.
    """
    targets = [target] if isinstance(target, str) else list(target or [])
    return make_dataset(as_table(frame, name), name, targets, task, drop or [], keep or [], test, seed)


def make_dataset(
    table: Table,
    name: str,
    targets: list[str],
    task: str | None,
    drop: list[str],
    keep: list[str],
    test: bool = True,
    seed: int = 0,
) -> Dataset:
    """The data set of a table; `from_frame` describes the arguments and errors."""
    check_contradictions(targets, drop, keep)
    target = find_target(table, targets or last_column(table, drop), task)
    kinds, left_out = find_columns(table, target.names, drop, keep)
    table, whole = table.select(target.rows), table
    parts = split(target, test, seed)
    encoder = TableEncoder.fit(table.select(parts[0]), kinds, target.names, table)
    used = {column.name: column.kind for column in encoder.columns}
    left_out += [f"{name} (empty or constant in the rows to learn from)" for name in kinds if name not in used]
    x = encoder.encode(table)
    training, validation, held_out = (Examples(x[rows], target.y[rows]) for rows in parts)
    scaling = None if target.classes else TargetScaling.fit(training.y)
    notes = (
        f"{found_text(whole)}; {target.describe(whole, bool(targets))}",
        describe_split(parts, target.y if target.classes else None),
        done_text(encoder, left_out),
        *find_giveaways(table.select(parts[0]), used, training.y, target),
    )
    return Dataset(
        name, training, validation, held_out, target.classes, targets=() if target.classes else tuple(target.names),
        target_scaling=scaling, encoder=encoder, notes=notes, captions=captions(table, parts[2] if test else parts[1]),
    )  # fmt: skip


def check_contradictions(targets: list[str], drop: list[str], keep: list[str]) -> None:
    """Raise SettingError for a column that is predicted twice, or dropped and needed."""
    for name, number in Counter(targets).items():
        if number > 1:
            raise SettingError(f"--target {name!r}: is given twice; name each column once")
    for name in drop:
        if name in targets:
            raise SettingError(f"--drop {name!r}: is the target, too; leave it out of one of them")
        if name in keep:
            raise SettingError(f"--keep {name!r}: is dropped, too; leave it out of one of them")


def captions(table: Table, rows: np.ndarray) -> list[str]:
    """The columns of rows with their values, in words."""
    frame = table.frame.select(table.frame.columns[:SHOWN])
    texts = [[value or "" for value in table.texts(name)] for name in frame.columns]
    return [
        ", ".join(f"{name} {column[row]}" for name, column in zip(frame.columns, texts, strict=True)) for row in rows
    ]


def last_column(table: Table, drop: list[str]) -> list[str]:
    """The last column that is not dropped."""
    return [name for name in table.frame.columns if name not in drop][-1:]


def split(target: Target, test: bool, seed: int) -> list[np.ndarray]:
    """The rows for training, validation and test, with every class's share in each."""
    y = target.y if target.classes else np.zeros(len(target.y), int)
    return training_validation_test(y, seed, test)


def found_text(table: Table) -> str:
    """What was found, in words."""
    frame = table.frame
    found = f" ({', '.join(table.found)})" if table.found else ""
    return f"{table.name}: a table of {frame.height:,} rows and {frame.width:,} columns{found}"


def done_text(encoder: TableEncoder, left_out: list[str]) -> str:
    """What is done to the columns, in words."""
    counts = Counter((column.kind, column.describe()) for column in encoder.columns)
    plurals = {"number": "numbers", "category": "categories", "date": "dates"}
    done = "; ".join(
        f"{count} {kind if count == 1 else plurals[kind]} ({how})" for (kind, how), count in counts.items()
    )
    text = f"{len(encoder.names)} inputs from {done}"
    if left_out:
        text += f"; left out: {', '.join(left_out[:8])}" + (f" and {len(left_out) - 8} more" if left_out[8:] else "")
    return text
