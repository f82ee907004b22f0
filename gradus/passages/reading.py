"""Passages in files of text."""

from pathlib import Path

from gradus.errors import DataError
from gradus.files import decode, read_regular

__all__ = ["MAX_PASSAGE", "read_passage"]

MAX_PASSAGE = 1 << 24  # bytes of a file


def read_passage(path: Path) -> str:
    """The text of a file in any usual encoding.

    Raises:
        DataError: where it is missing, no text, or larger than 16 MB.
    """
    try:
        return decode(read_regular(path, MAX_PASSAGE))[0]
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from None
    except DataError:  # a ValueError, too
        raise
    except ValueError as error:
        raise DataError(f"{path}: {error}") from None
