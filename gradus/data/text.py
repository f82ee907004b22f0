"""Text for a language model: every character becomes its index in the vocabulary (theory F3)."""

import os
from dataclasses import dataclass
from pathlib import Path
from unicodedata import bidirectional, category

import numpy as np

from gradus.errors import DataError
from gradus.files import decode as decode_bytes
from gradus.files import read_regular

__all__ = ["DOCUMENTATION", "Text", "documentation_text", "encode", "is_text", "load_text", "printable", "read_text"]

DOCUMENTATION = "text"  # the name of Python's own documentation
MIN_CHARACTERS = 100  # so that a tenth of them, held out, can still be evaluated
MAX_TEXT_BYTES = 1 << 30  # of a file; in memory it takes several times as much


@dataclass(frozen=True)
class Text:
    """A text as character indices, split in order: 5% validation, 85% training, 10% test.

    Training comes directly before test, as it does when a text is continued.

    Args:
        name: for messages and folders.
        training, validation, test: (characters,) indices into `vocabulary`; validation and test may be empty.
        vocabulary: the distinct characters of the whole text, sorted, so that held-out parts can be encoded, too.
    """

    name: str
    training: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    vocabulary: tuple[str, ...]

    @classmethod
    def from_string(cls, characters: str, name: str = "text", vocabulary: tuple[str, ...] | None = None) -> "Text":
        """Encode and split a string.

        Args:
            characters: at least 100, and better 100,000.
            name: for messages and folders.
            vocabulary: the characters by index; by default those of the string, sorted.

        Raises:
            DataError: if the string is too short, repeats one character only, or has one outside the vocabulary.
        """
        n = len(characters)
        if n < MIN_CHARACTERS:
            raise DataError(
                f"{name}: the text has {n} characters; expected at least {MIN_CHARACTERS}, and better 100,000"
            )
        if len(set(characters)) == 1:
            raise DataError(f"{name}: the text repeats the one character {characters[0]!r}; there is nothing to learn")
        vocabulary = vocabulary or tuple(sorted(set(characters)))
        indices = encode(characters, vocabulary, name)
        validation, training, test = np.split(indices, [n // 20, n * 9 // 10])
        return cls(name, training, validation, test, vocabulary)

    def __str__(self) -> str:
        parts = self.training, self.validation, self.test
        return f"{sum(map(len, parts)):,} characters, {len(self.vocabulary)} different ones"


def is_text(source: str) -> bool:
    """True if a name given by the user is a text: an existing file, any name in .txt, or "text"."""
    return source == DOCUMENTATION or source.lower().endswith(".txt") or os.path.isfile(source)


def load_text(source: str | Path, vocabulary: tuple[str, ...] | None = None) -> Text:
    """Load a text from a file in any usual encoding, or the documentation inside Python.

    Args:
        source: the file, or "text" for the documentation.
        vocabulary: the characters by index; by default those of the text, sorted.

    Raises:
        DataError: if there is no such text, or it is too short or not in the vocabulary.
    """
    name = DOCUMENTATION if source == DOCUMENTATION else Path(source).stem
    return Text.from_string(read_text(source), name, vocabulary)


def read_text(source: str | Path) -> str:
    """The characters of a text, with \\n at the end of lines.

    Raises:
        DataError: if the file is missing, too large or no text.
    """
    if source == DOCUMENTATION:
        return documentation_text()
    path = Path(source)
    try:
        characters, _ = decode_bytes(read_regular(path, MAX_TEXT_BYTES))
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise DataError(f"{path}: is a folder; expected a text file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    except DataError:  # a ValueError, too
        raise
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None
    return characters.replace("\r\n", "\n").replace("\r", "\n")


def documentation_text() -> str:
    """The language reference that `help()` shows, sorted by topic: some 450,000 characters.

    It comes with CPython and differs a little between versions.

    Raises:
        DataError: if this Python was installed without it.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError:
        raise DataError("this Python comes without its documentation (pydoc_data); give a text file instead") from None
    return "\n\n".join(topics[name].strip("\n") for name in sorted(topics)) + "\n"


def encode(characters: str, vocabulary: tuple[str, ...], name: str = "text") -> np.ndarray:
    """The index of each character in the vocabulary, (characters,), in the smallest unsigned dtype.

    Args:
        name: of the text, for the message.

    Raises:
        DataError: for characters outside the vocabulary.
    """
    indices = {character: index for index, character in enumerate(vocabulary)}
    unknown = sorted(set(characters) - indices.keys())
    if unknown:
        examples = " ".join(map(repr, unknown[:5])) + (" ..." if len(unknown) > 5 else "")
        raise DataError(f"{name}: the vocabulary of the model has no {examples}; it has {len(vocabulary)} characters")
    dtype = np.min_scalar_type(len(vocabulary) - 1)
    return np.fromiter(map(indices.__getitem__, characters), dtype, len(characters))


def printable(text: str, keep: str = "") -> str:
    """The text with U+FFFD for each character that a terminal would obey, such as those of colours and line ends.

    Args:
        text: of a file from anywhere, such as the name of a class.
        keep: characters that stay, such as line ends.
    """
    return "".join("\ufffd" if is_command(character) and character not in keep else character for character in text)


def is_command(character: str) -> bool:
    """True for controls, half characters, line separators, and what reverses the direction of writing."""
    reverses = bidirectional(character) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    return reverses or category(character) in ("Cc", "Cs", "Zl", "Zp")
