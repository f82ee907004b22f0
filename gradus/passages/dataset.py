"""Data sets of passages with classes: in a folder with a sub-folder for each class, or in a column of a table."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gradus.data import Dataset, Examples, describe_split, training_validation_test
from gradus.errors import DataError, SettingError
from gradus.folders import PART_NAMES, find_labelled, find_layout, read_tree, split_layout
from gradus.memory import check_memory
from gradus.passages.encoder import TextEncoder
from gradus.passages.reading import read_passage
from gradus.tables import find_classes, load_texts, read_table

__all__ = ["load_passage_folder", "load_passage_rows", "load_passage_table", "load_passages"]

EXPANSION = 4  # bytes of memory for a byte of a file: as a text, and while its terms are counted
MOST_SHOWN = 400  # characters of a passage in a report
Passages = list[tuple[str, str]]  # with the name of the class of each


def load_passage_folder(path: Path) -> Dataset:
    """The data set of a folder of texts whose sub-folders are classes, or are parts with classes.

    Raises:
        DataError: where the folder cannot be used, and for a file that is no text.
        SettingError: where its texts do not fit into memory.
    """
    tree = read_tree(path, "text")
    layout = find_layout(tree)
    files = [file for rows in layout.parts.values() for file, _ in rows]
    check_memory(EXPANSION * sum(file.size for file in files), f"{path} with {len(files):,} passages")
    passages = {file: read_passage(tree.path(file)) for file in files}
    empty = {file for file, passage in passages.items() if not passage.strip()}
    rows, split = split_layout(tree, layout, empty)
    parts = {part: [(passages[file], name) for file, name in rows.get(part, [])] for part in PART_NAMES}
    found = f"{path}: {len(passages) - len(empty):,} passages in {len(layout.classes())} classes, from sub-folders"
    return make_dataset(path.resolve().name, parts, found, split, len(empty))


def load_passage_table(path: Path, text: str, target: str | None = None) -> Dataset:
    """The data set of a table with a column of passages and one of classes.

    Args:
        path: of the table.
        text: the column of passages.
        target: the column of classes; by default the last other one.

    Raises:
        DataError: where the table is missing or damaged, or nothing can be learned from it.
        SettingError: for a column that is not there, or is named as both.
    """
    table = read_table(path)
    if target == text:
        raise SettingError(f"--target {target!r}: is the column of passages, too; name that of the classes")
    rows, names = find_classes(table, text, target)
    passages = [value or "" for value in table.texts(text)]
    kept = [row for row in rows if passages[row].strip()]
    if not kept:
        raise DataError(f"{path}: the column {text!r} holds no passage in the rows that have a class")
    y = np.unique([names[row] for row in kept], return_inverse=True)[1]
    pieces = training_validation_test(y, 0)
    labelled = [(passages[row], names[row]) for row in kept]
    parts = {part: [labelled[k] for k in piece] for part, piece in zip(PART_NAMES, pieces, strict=True)}
    found = f"{path}: {len(kept):,} passages in {len(set(names.values()))} classes, from the column {text!r}"
    return make_dataset(path.stem, parts, found, describe_split(pieces, y), len(rows) - len(kept), column=text)


def load_passages(path: Path, encoder: TextEncoder, classes: tuple[str, ...]) -> Examples:
    """The passages of a folder as examples; the arguments and errors are those of `find_labelled`."""
    files, labels = find_labelled(path, "text", classes)
    return Examples(encoder.encode([read_passage(file) for file in files]), labels)


def load_passage_rows(path: Path, encoder: TextEncoder, classes: tuple[str, ...], target: str | None) -> Examples:
    """The passages of a table as examples; the arguments and errors are those of `load_texts`."""
    passages, labels = load_texts(path, encoder.column, target, classes)
    return Examples(encoder.encode(passages), labels)


def make_dataset(
    name: str, parts: dict[str, Passages], found: str, split: str, empty: int, column: str = ""
) -> Dataset:
    """The data set of passages by part; the encoder is fitted to those of the training part."""
    learned = parts[PART_NAMES[0]]
    classes = tuple(sorted({label for _, label in learned}))
    if len(classes) < 2:
        raise DataError(f"{name}: has passages of {len(classes)} class to learn from; expected two or more")
    encoder = TextEncoder.fit([passage for passage, _ in learned], column)
    notes = (
        found + (f"; {empty:,} empty ones are left out" if empty else ""),
        split,
        f"each becomes the weights of {len(encoder.terms):,} {TERMS[encoder.unit]} (tf-idf)",
    )
    training, validation, test = (make_examples(parts[part], encoder, classes) for part in PART_NAMES)
    shown = [passage[:MOST_SHOWN] for passage, _ in parts[PART_NAMES[2]] or parts[PART_NAMES[1]]]
    return Dataset(name, training, validation, test, classes, encoder=encoder, notes=notes, captions=shown)


TERMS = {"words": "words and pairs of words", "characters": "characters and pairs of characters"}


def make_examples(passages: Passages, encoder: TextEncoder, classes: Sequence[str]) -> Examples:
    """Passages as examples. Raises DataError for a class that training lacks."""
    labels = {name: k for k, name in enumerate(classes)}
    for _, name in passages:
        if name not in labels:
            raise DataError(f"the class {name!r} has no passage to learn from; add some, or leave it out")
    x = encoder.encode([passage for passage, _ in passages])
    return Examples(x, np.array([labels[name] for _, name in passages], int))
