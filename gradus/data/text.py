"""Text for a language model: characters become numbers, each its place in the vocabulary (theory F3)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradus.errors import DataError

__all__ = ["DOCUMENTATION", "Text", "documentation_text", "encode", "is_text", "load_text", "read_text", "text_of"]

DOCUMENTATION = "text"  # the name that stands for Python's own documentation
SHORTEST = 100  # characters: a tenth of them, held out, is still something to measure
LARGEST = 1 << 30  # bytes of a file; what is held in memory is several times as much


@dataclass(frozen=True)
class Text:
    """A text in order, cut in three: 5% to choose settings by, 85% to learn from, the last 10% looked at last.

    What is learned from comes directly before what is looked at last, as it would when a text is continued.

    training, validation, test: (characters,) whole numbers, places in `vocabulary`.
    vocabulary: the distinct characters of the whole text, sorted, so that what is held out can be written too.
    `validation` and `test` may be empty.
    """

    name: str
    training: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    vocabulary: tuple[str, ...]

    def __str__(self) -> str:
        parts = self.training, self.validation, self.test
        return f"{sum(map(len, parts)):,} characters, {len(self.vocabulary)} different ones"


def is_text(source: str) -> bool:
    """Whether what a person names is a text: a file, the name of one that is missing, or "text"."""
    return source == DOCUMENTATION or source.lower().endswith(".txt") or Path(source).is_file()


def load_text(source: str | Path, classes: tuple[str, ...] | None = None) -> Text:
    """The text of a UTF-8 file, or of the documentation inside Python where source is "text".

    classes: a vocabulary to number the characters by, in place of the text's own.
    Raises DataError where there is no such text, or not enough of one.
    """
    name = DOCUMENTATION if source == DOCUMENTATION else Path(source).stem
    return text_of(read_text(source), name, classes)


def text_of(characters: str, name: str = "text", classes: tuple[str, ...] | None = None) -> Text:
    """A text of your own characters, cut in three. Raises DataError as `load_text` does."""
    n = len(characters)
    if n < SHORTEST:
        raise DataError(f"{name}: the text has {n} characters; expected at least {SHORTEST}, and better 100,000")
    if len(set(characters)) == 1:
        raise DataError(f"{name}: the text has the one character {characters[0]!r} only; there is nothing to learn")
    classes = classes or tuple(sorted(set(characters)))
    numbers = encode(characters, classes, name)
    validation, training, test = np.split(numbers, [n // 20, n * 9 // 10])
    return Text(name, training, validation, test, classes)


def read_text(source: str | Path) -> str:
    """The characters of a text, with line ends as \\n. Raises DataError."""
    if source == DOCUMENTATION:
        return documentation_text()
    path = Path(source)
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path}: the file is larger than {LARGEST:,} bytes; give a part of it")
        characters = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise DataError(f"{path}: is a folder; expected a text file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 text (at byte {error.start:,}); save it as UTF-8") from None
    if "\0" in characters:
        raise DataError(f"{path}: holds NUL bytes, so it is no text; save it as UTF-8")
    return characters.replace("\r\n", "\n").replace("\r", "\n")


def documentation_text() -> str:
    """The language reference that `help()` shows, in the order of its topics' names: some 450,000 characters.

    It comes with CPython, and differs a little from version to version. Raises DataError where it was left out.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError:
        raise DataError("this Python comes without its documentation (pydoc_data); give a text file of yours") from None
    return "\n\n".join(topics[name].strip("\n") for name in sorted(topics)) + "\n"


def encode(characters: str, classes: tuple[str, ...], name: str = "text") -> np.ndarray:
    """The place of each character in the vocabulary: (characters,). Raises DataError for one that is not in it."""
    numbers = {character: number for number, character in enumerate(classes)}
    unknown = sorted(set(characters) - numbers.keys())
    if unknown:
        shown = " ".join(map(repr, unknown[:5])) + (" ..." if len(unknown) > 5 else "")
        raise DataError(f"{name}: the vocabulary of the model has no {shown}; it knows {len(classes)} characters")
    dtype = np.min_scalar_type(len(classes) - 1)
    return np.fromiter(map(numbers.__getitem__, characters), dtype, len(characters))
