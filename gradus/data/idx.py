"""The IDX format of MNIST: two zero bytes, an element type, the number of axes, their sizes, then the elements.

Source: LeCun, Cortes & Burges, "The MNIST database of handwritten digits".
"""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from gradus.errors import DataError

__all__ = ["read_idx"]

BYTES = 0x08  # the element type of MNIST: unsigned bytes
LARGEST = 1 << 28  # elements; MNIST's largest file has 47 million
CHUNK = 1 << 20  # bytes


def read_idx(path: Path, axes: int) -> np.ndarray:
    """The array of unsigned bytes in an IDX file, compressed by gzip or not.

    axes: how many the array has. Raises DataError for a file that is missing, damaged, cut off, longer than
    it says, or something else. No more is read than the header says, and no header may say more than LARGEST.
    """
    try:
        with open_maybe_compressed(path) as file:
            shape = read_shape(file, path, axes)
            size = math.prod(shape)
            elements = read_at_most(file, size + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: damaged ({error}); fetch it again") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from None
    if len(elements) < size:
        raise DataError(f"{path}: cut off after {len(elements):,} of {size:,} bytes; fetch it again")
    if len(elements) > size:
        raise DataError(f"{path}: longer than the {size:,} bytes that its header says; fetch it again")
    return np.frombuffer(elements, np.uint8).reshape(shape)


def open_maybe_compressed(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path)) if compressed else path.open("rb")


def read_shape(file: BinaryIO, path: Path, axes: int) -> tuple[int, ...]:
    """The sizes of the axes, from the header."""
    header = file.read(4 + 4 * axes)
    if len(header) < 4 + 4 * axes or header[:2] != b"\0\0":
        raise DataError(f"{path}: not an IDX file, which begins with two zero bytes; is it one of MNIST's four?")
    if header[2] != BYTES or header[3] != axes:
        raise DataError(
            f"{path}: holds elements of type {header[2]:#04x} in {header[3]} axes, "
            f"expected unsigned bytes (0x08) in {axes}; is it another of MNIST's files?"
        )
    shape = struct.unpack(f">{axes}I", header[4:])
    if math.prod(shape) > LARGEST:
        raise DataError(f"{path}: its header asks for {math.prod(shape):,} bytes, more than any MNIST has")
    return shape


def read_at_most(file: BinaryIO, size: int) -> bytes:
    """The next bytes, piece by piece: read(size) would set aside all the memory that a header asks for."""
    content = bytearray()
    while len(content) < size and (piece := file.read(min(CHUNK, size - len(content)))):
        content += piece
    return bytes(content)
