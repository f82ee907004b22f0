"""What a trained model is asked: pictures, rows of tables and passages, from files, folders and standard input."""

import io
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gradus.errors import DataError, SettingError
from gradus.files import decode
from gradus.folders import ImageEncoder, find_files
from gradus.images import read_digits
from gradus.passages import TextEncoder, read_passage
from gradus.tables import TABLE_SUFFIXES, Table, TableEncoder, parse_table, read_table

if TYPE_CHECKING:
    from gradus.models import Model

__all__ = ["STANDARD_INPUT", "Place", "Question", "noun", "read_questions"]

STANDARD_INPUT = Path("-")
Inputs = list[tuple[np.ndarray, "Place | None"]]  # of one picture
AT_ONCE = 100  # passages that are encoded at once
DIGITS = ((28, 28, 1), (8, 8, 1))  # inputs that pictures of digits are prepared for


@dataclass(frozen=True)
class Place:
    """One of several digits in a picture.

    Args:
        number: from 1, in reading order.
        box: left, top, right and bottom in pixels of the picture, once it is upright; right and bottom are outside.
    """

    number: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Question:
    """One input of a network, or why there is none.

    Args:
        name: of the picture, row or passage.
        x: (*in_shape) the raw input; None where it cannot be read.
        problem: why it cannot be read.
        path: of the picture, if it is a file.
        digit: where in a picture of several digits this one is; None for the only one.
    """

    name: str
    x: np.ndarray | None
    problem: str = ""
    path: Path | None = None
    digit: Place | None = None


class Passage(NamedTuple):
    """A passage to be encoded."""

    name: str
    text: str


def noun(model: "Model") -> str:
    """What a model is asked about: an image, a row or a passage."""
    match model.encoder:
        case TableEncoder():
            return "row"
        case TextEncoder():
            return "passage"
        case _:
            return "image"


def read_questions(model: "Model", paths: Sequence[Path]) -> Iterator[Question]:
    """The questions in files and folders, in their order; `-` is standard input.

    Args:
        model: says what the files hold: pictures for a model of pictures, tables for one of rows, texts for one of
            passages (on standard input, one in each line).
        paths: of files and folders.

    Raises:
        SettingError: for a model of arrays, which only Python can ask.
    """
    match model.encoder:
        case TableEncoder() as encoder:
            return (question for path in paths for question in rows(encoder, path, len(paths) > 1))
        case TextEncoder() as encoder:
            return (question for path in paths for question in passages(encoder, path))
        case ImageEncoder() as encoder:
            return pictures(paths, lambda path: [(encoder.encode_one(path), None)])
    shape = model.network.in_shape
    if shape not in DIGITS:
        raise SettingError(
            f"the model takes arrays of shape {shape}, which no file says how to make; ask it in Python: "
            "gradus.Model.load(...).predict(x)"
        )
    return pictures(paths, lambda path: digits(path, shape))


def digits(path: Path, shape: tuple[int, ...]) -> Inputs:
    """The input for each digit in a picture, and its place if there are several."""
    found = read_digits(path, shape)
    if len(found) == 1:
        return [(found[0].x, None)]
    return [(digit.x, Place(number, digit.box)) for number, digit in enumerate(found, 1)]


def pictures(paths: Sequence[Path], read: Callable[[Path], Inputs]) -> Iterator[Question]:
    """The questions of each picture; one that cannot be read does not stop the others."""
    for path in paths:
        try:
            if path == STANDARD_INPUT:
                yield from piped_picture(read_standard_input(), read)
                continue
            files = find_files(path, "image") if path.is_dir() else [path]
        except DataError as error:
            yield Question(str(path), None, str(error))
            continue
        for file in files:
            yield from picture(str(file), file, read)


def piped_picture(content: bytes, read: Callable[[Path], Inputs]) -> list[Question]:
    """The questions of the picture in standard input."""
    with tempfile.NamedTemporaryFile() as copy:
        copy.write(content)
        copy.flush()
        return picture("-", Path(copy.name), read)


def picture(name: str, path: Path, read: Callable[[Path], Inputs]) -> list[Question]:
    """The questions of one picture; several digits are named by the picture and their number."""
    try:
        inputs = read(path)
    except DataError as error:
        return [Question(name, None, str(error).replace(str(path), name))]
    file = None if name == "-" else path
    return [Question(f"{name}#{place.number}" if place else name, x, path=file, digit=place) for x, place in inputs]


def read_standard_input() -> bytes:
    """All of standard input. Raises DataError where there is none."""
    if sys.stdin is None:  # closed by whoever started the command
        raise DataError("standard input: is closed; give a file, or write into the command")
    return sys.stdin.buffer.read()


def rows(encoder: TableEncoder, path: Path, are_several: bool) -> Iterator[Question]:
    """A question for each row of a table, named by its number, and by its file where there are several."""
    name = "standard input" if path == STANDARD_INPUT else str(path)
    try:
        table = parse_table(read_standard_input(), name) if path == STANDARD_INPUT else read_table(path)
        x = encoder.encode(table)
    except DataError as error:
        yield Question(name, None, str(error))
        return
    for number, row in enumerate(x, 1):
        yield Question(f"{name}:{number}" if are_several else str(number), row)


def passages(encoder: TextEncoder, path: Path) -> Iterator[Question]:
    """A question for each row of a table or file of text below a path, or for each line of standard input."""
    found = find_passages(encoder, path)
    while block := list(islice(found, AT_ONCE)):
        x = iter(encoder.encode([passage.text for passage in block if isinstance(passage, Passage)]))
        for passage in block:
            yield Question(passage.name, next(x)) if isinstance(passage, Passage) else passage


def find_passages(encoder: TextEncoder, path: Path) -> Iterator[Passage | Question]:
    """The passages, and a question without an answer for each file that cannot be read."""
    try:
        if path == STANDARD_INPUT:
            yield from numbered(lines_of(read_standard_input(), "standard input"))
        elif encoder.column and path.suffix.lower() in TABLE_SUFFIXES:
            yield from numbered(column_of(read_table(path), encoder.column))
        else:
            for file in find_files(path, "text") if path.is_dir() else [path]:
                yield from passage_in(file)
    except DataError as error:
        name = "standard input" if path == STANDARD_INPUT else str(path)
        yield Question(name, None, str(error))


def numbered(texts: Iterable[str]) -> Iterator[Passage]:
    """Passages named by their numbers."""
    return (Passage(str(number), text) for number, text in enumerate(texts, 1))


def lines_of(content: bytes, name: str) -> list[str]:
    """The lines of a text in any usual encoding. Raises DataError."""
    try:
        text, _ = decode(content)
    except ValueError as error:
        raise DataError(f"{name}: {error}") from None
    if not text:
        raise DataError(f"{name}: is empty; expected a passage in each line")
    return [line.removesuffix("\n") for line in io.StringIO(text, newline=None)]


def column_of(table: Table, name: str) -> list[str]:
    """The passages in a column of a table, "" where one is missing. Raises DataError where there is no such column."""
    if name not in table.frame.columns:
        raise DataError(f"{table.name}: has no column {name!r}, which the model needs")
    return [text or "" for text in table.texts(name)]


def passage_in(file: Path) -> Iterator[Passage | Question]:
    """The passage in a file; one that cannot be read does not stop the others."""
    try:
        text = read_passage(file)
        if not text.strip():
            raise DataError(f"{file}: is empty; expected a text")
        yield Passage(str(file), text)
    except DataError as error:
        yield Question(str(file), None, str(error))
