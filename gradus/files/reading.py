"""Reading files that may come from anywhere: regular files only, and never more than a stated size."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from gradus.errors import DataError

__all__ = ["open_regular", "read_regular"]

MAX_BYTES = 1 << 20  # of settings and metrics: a run of 1,000 epochs has about 500,000


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read its bytes; a pipe or a device, which might never end, is refused.

    Raises:
        DataError: for anything but a regular file, and for a name that no file can have.
        OSError: where the file is missing or cannot be read.
    """
    try:
        file = open(path, "rb", opener=without_waiting)  # noqa: SIM115  # the caller closes it
    except ValueError:  # a NUL, or half a character
        raise DataError(f"{str(path)!r}: no file can have this name") from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise DataError(f"{path}: is a pipe or a device; expected a regular file")
    return file


def without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe is open at once, and not when somebody writes to it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # which Windows lacks


def read_regular(path: Path, most: int = MAX_BYTES) -> bytes:
    """The content of a regular file of at most `most` bytes.

    Raises:
        DataError: for a larger file, and as `open_regular` does.
        OSError: where the file is missing or cannot be read.
    """
    with open_regular(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise DataError(f"{path}: larger than {most:,} bytes, the most that such a file may have")
    return content
