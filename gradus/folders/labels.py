"""A table beside the pictures that names the file and the label of each."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from gradus.data import printable
from gradus.errors import DataError
from gradus.folders.tree import IMAGE_SUFFIXES, File, Tree
from gradus.tables import read_table

__all__ = ["LabelTable", "find_labels"]

MOST = 0.5  # of the values of a column that must name pictures
LABEL_NAMES = ("label", "labels", "class", "class_name", "category", "target", "y")


@dataclass(frozen=True)
class LabelTable:
    """The pictures that a table names, with their labels, in the order of their paths."""

    name: str
    rows: list[tuple[File, str]]


class Index(NamedTuple):
    """The pictures of a folder by path, by name, and by name without its ending."""

    paths: dict[str, File]
    names: dict[str, File | None]  # None where several have the name

    def find(self, value: str) -> File | None:
        return self.paths.get(value.replace("\\", "/").removeprefix("./")) or self.names.get(value)


def find_labels(tree: Tree) -> LabelTable | None:
    """The table in the folder whose rows name pictures; None if there is none.

    Raises:
        DataError: for two such tables, and for one that cannot be used.
    """
    names = [path[0] for path in tree.others if len(path) == 1 and path[0].lower().endswith((".csv", ".tsv"))]
    if not names:
        return None
    index = index_of(tree)
    tables = {name: read_columns(tree.root / name, index) for name in names}
    found = {name: (columns, file) for name, columns in tables.items() if (file := file_column(columns, index))}
    if not found:
        return None
    if len(found) > 1:
        raise DataError(f"{tree.root}: {' and '.join(found)} both name images; keep one of them there")
    [(name, (columns, file))] = found.items()
    path = tree.root / name
    labels = columns[label_column(columns, file, path)]
    return LabelTable(name, match_rows(columns[file], labels, index, path))


def index_of(tree: Tree) -> Index:
    """The pictures of a folder by what a table may call them."""
    by_name: dict[str, File | None] = {}
    for picture in tree.files:
        for name in {picture.parts[-1], Path(picture.parts[-1]).stem}:
            by_name[name] = None if name in by_name else picture
    return Index({"/".join(picture.parts): picture for picture in tree.files}, by_name)


def read_columns(path: Path, index: Index) -> dict[str, list[str]]:
    """The columns of a table as texts, "" where one is missing; the first row may be no header. Raises DataError."""
    table = read_table(path)
    columns = {name: [value or "" for value in table.texts(name)] for name in table.frame.columns}
    if any(index.find(name) for name in columns):
        return {f"column {number}": [name, *values] for number, (name, values) in enumerate(columns.items(), 1)}
    return columns


def file_column(columns: dict[str, list[str]], index: Index) -> str | None:
    """The column that names pictures: the one with the most that are there, or at least look like their names."""

    def score(values: list[str]) -> tuple[int, int]:
        return sum(index.find(value) is not None for value in values), sum(map(looks_like_a_picture, values))

    scores = {name: score(values) for name, values in columns.items()}
    likely = [name for name, values in columns.items() if max(scores[name]) > MOST * len(values)]
    return max(likely, key=scores.__getitem__, default=None)


def looks_like_a_picture(value: str) -> bool:
    return value.lower().endswith(IMAGE_SUFFIXES)


def label_column(columns: dict[str, list[str]], file: str, path: Path) -> str:
    """The column of the labels: the only one whose values repeat, or the one that is called so. Raises DataError."""
    others = [name for name in columns if name != file]
    repeated = [name for name in others if 1 < len(set(columns[name])) <= max(2, len(columns[name]) / 2)]
    named = [name for name in others if name.lower() in LABEL_NAMES]
    for choice in (named, repeated, others):
        if len(choice) == 1:
            return choice[0]
    if not others:
        raise DataError(f"{path}: has no column beside {file!r}; expected one of labels")
    raise DataError(f"{path}: the labels may be in {', '.join(map(repr, others[:5]))}; call the column of them 'label'")


def match_rows(files: list[str], labels: list[str], index: Index, path: Path) -> list[tuple[File, str]]:
    """The picture of each row with its label. Raises DataError where table and folder disagree."""
    rows: dict[File, str] = {}
    missing: list[str] = []
    for line, (file, label) in enumerate(zip(files, labels, strict=True), 2):
        picture = index.find(file)
        if re.match(r"[/\\~]|[A-Za-z]:", file) or ".." in re.split(r"[/\\]", file):
            raise DataError(f"{path}: line {line} names {file!r}, outside of the folder; give paths from the folder")
        if not label:
            raise DataError(f"{path}: line {line} gives {file!r} no label; fill it in, or remove the line")
        if picture is None:
            missing.append(file)
        elif rows.setdefault(picture, printable(label)) != printable(label):
            raise DataError(f"{path}: line {line} gives {file!r} the label {label!r}, an earlier one {rows[picture]!r}")
    if missing:
        clash = " (or several have the name)" if missing[0] in index.names else ""
        raise DataError(
            f"{path}: names {len(missing):,} of {len(files):,} images that are not there{clash}, such as "
            f"{missing[0]!r}; correct the names, or remove the lines"
        )
    check_folders(rows, path)
    return sorted(rows.items())


def check_folders(rows: dict[File, str], path: Path) -> None:
    """Raise DataError for a picture in a folder that has the name of another label than its own."""
    counts: dict[str, Any] = Counter(rows.values())
    for picture, label in rows.items():
        folder = picture.parts[-2] if len(picture.parts) > 1 else label
        if folder != label and folder in counts:
            raise DataError(
                f"{path}: calls {'/'.join(picture.parts)} {label!r}, but it is in the folder {folder!r}; "
                "correct one of them"
            )
