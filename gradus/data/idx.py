"""The IDX format of MNIST: two zero bytes, the element type, the number of axes, their sizes, then the elements.

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
from gradus.files import open_regular

__all__ = ["read_idx"]

UNSIGNED_BYTE = 0x08  # the element type of MNIST
MAX_ELEMENTS = 1 << 28  # MNIST's largest file has 47 million
CHUNK = 1 << 20  # bytes


def read_idx(path: Path, axes: int) -> np.ndarray:
    """Read an array of unsigned bytes from an IDX file, compressed by gzip or not.

    No more is read than the header announces, and no more than MAX_ELEMENTS.

    Args:
        axes: the number of axes that the array should have.

    Raises:
        DataError: if the file is missing, damaged, cut off, too long or not an IDX file of that kind.
    """
    try:
        with open_regular(path) as raw, decompressed(raw) as file:
            shape = read_shape(file, path, axes)
            size = math.prod(shape)
            elements = read_at_most(file, size + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: damaged ({error}); download it again") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from None
    if len(elements) < size:
        raise DataError(f"{path}: cut off after {len(elements):,} of {size:,} bytes; download it again")
    if len(elements) > size:
        raise DataError(f"{path}: longer than the {size:,} bytes that its header announces; download it again")
    return np.frombuffer(elements, np.uint8).reshape(shape)


def decompressed(file: BinaryIO) -> BinaryIO:
    """The file, decompressed if it begins with gzip's magic number."""
    is_compressed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    return cast(BinaryIO, gzip.open(file)) if is_compressed else file


def read_shape(file: BinaryIO, path: Path, axes: int) -> tuple[int, ...]:
    """The sizes of the axes, from the header. Raises DataError."""
    header = file.read(4 + 4 * axes)
    if len(header) < 4 + 4 * axes or header[:2] != b"\0\0":
        raise DataError(f"{path}: not an IDX file, which begins with two zero bytes; is it one of MNIST's four?")
    if header[2] != UNSIGNED_BYTE or header[3] != axes:
        raise DataError(
            f"{path}: holds elements of type {header[2]:#04x} in {header[3]} axes, "
            f"expected unsigned bytes (0x08) in {axes}; is it another of MNIST's files?"
        )
    shape = struct.unpack(f">{axes}I", header[4:])
    if math.prod(shape) > MAX_ELEMENTS:
        raise DataError(f"{path}: its header announces {math.prod(shape):,} bytes, more than any file of MNIST has")
    return shape


def read_at_most(file: BinaryIO, size: int) -> bytes:
    """At most `size` bytes, read in chunks: read(size) would allocate whatever a header announces."""
    content = bytearray()
    while len(content) < size and (chunk := file.read(min(CHUNK, size - len(content)))):
        content += chunk
    return bytes(content)
