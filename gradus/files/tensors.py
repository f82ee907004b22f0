"""Files of tensors in the safetensors format, with a JSON description and a checksum in their metadata.

Files may come from anywhere, so nothing in them is executed or trusted: before any tensor is read into memory, the
tensors must have the names and shapes that the description calls for and fill the file to the byte. A SHA-256
detects flipped bits.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import safetensors
import safetensors.numpy

from gradus.errors import DataError
from gradus.files.atomic import write_atomically
from gradus.files.reading import open_regular

__all__ = ["TensorFormat", "without_duplicates"]

METADATA_KEY = "gradus"
MAX_HEADER = 1 << 20  # bytes; a header of 10 layers takes about 2,000
# Bytes of one number, by NumPy's kind of the dtype and safetensors' name of it.
ITEM_SIZES = {"f": {"F32": 4, "F64": 8}, "i": {"I32": 4, "I64": 8}}


@dataclass(frozen=True)
class TensorFormat:
    """A file format: tensors by name, and a description of what they are.

    Args:
        name: the format and its version, as stored in every file, such as "gradus model 1".
        noun: what messages call such a file, such as "model file".
        remedy: what messages advise for a damaged file.
    """

    name: str
    noun: str
    remedy: str

    def write(self, path: Path, description: dict[str, Any], arrays: dict[str, Any]) -> None:
        """Write a file atomically.

        Args:
            description: anything that JSON can hold.
            arrays: the tensors by name.

        Raises:
            OSError: if the file cannot be written.
        """
        tensors = {name: np.asarray(array) for name, array in arrays.items()}
        text = json.dumps(description, ensure_ascii=False)
        envelope = {"format": self.name, "model": text, "sha256": digest(text, tensors)}
        # a single metadata entry: safetensors writes several in an order that differs from run to run
        write_atomically(path, safetensors.numpy.save(tensors, {METADATA_KEY: json.dumps(envelope)}))

    def read(self, path: Path, expected: Callable[[str], dict[str, Any]]) -> dict[str, np.ndarray]:
        """Read the tensors of a file, by name.

        Args:
            expected: takes the description's JSON text and returns, by name, anything with the `shape`, `size` and
                `dtype` of the tensors that the file should hold.

        Raises:
            DataError: if the file is missing, damaged, or does not match its description.
        """
        try:
            with open_regular(path) as file:
                envelope, entries = self.read_header(file, path)
                self.check_layout(entries, expected(envelope["model"]), file.tell(), path)
                file.seek(0)
                tensors = safetensors.numpy.load(file.read())
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror})") from None
        except safetensors.SafetensorError as error:
            raise self.damaged(path, f"its tensors overlap or leave gaps ({error})") from None
        if digest(envelope["model"], tensors) != envelope["sha256"]:
            raise self.damaged(path, "its checksum does not match")
        return tensors

    def read_header(self, file: BinaryIO, path: Path) -> tuple[dict[str, str], dict[str, Any]]:
        """The metadata and the tensors' entries: a safetensors file begins with the header's length, then JSON."""
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= MAX_HEADER:
            raise self.damaged(path, "it is not a safetensors file")
        text = file.read(length)
        try:
            entries = json.loads(text, object_pairs_hook=without_duplicates)
            envelope = json.loads(entries.pop("__metadata__")[METADATA_KEY], object_pairs_hook=without_duplicates)
            has_texts = all(isinstance(envelope[name], str) for name in ("model", "sha256"))
            if envelope["format"] != self.name or not has_texts:
                raise ValueError
            envelope["model"].encode()  # a ValueError for half characters
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
            raise self.damaged(path, f"its header is not that of a {self.name!r} file") from None
        return envelope, entries

    def check_layout(self, entries: dict[str, Any], expected: dict[str, Any], start: int, path: Path) -> None:
        """Raise DataError unless the tensors are the expected ones and fill the file from byte `start` to its end."""
        if entries.keys() != expected.keys():
            raise self.damaged(path, "its tensors are not those of its network")
        size = 0
        for name, leaf in expected.items():
            entry = entries[name]
            has_shape = isinstance(entry, dict) and entry.get("shape") == list(leaf.shape)
            item = ITEM_SIZES[leaf.dtype.kind].get(str(entry.get("dtype"))) if has_shape else None
            if item is None:
                raise self.damaged(path, f"tensor {name} is not of shape {list(leaf.shape)} and dtype {leaf.dtype}")
            size += leaf.size * item
        # safetensors itself checks the offsets, once the sizes are known to be right
        if path.stat().st_size != start + size:
            raise self.damaged(path, "its length does not match its tensors; it may have been cut off")

    def damaged(self, path: Path, reason: str) -> DataError:
        """The error for a file that cannot be used."""
        return DataError(f"{path}: not a usable {self.noun}: {reason}; {self.remedy}")


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object as a dictionary (an `object_pairs_hook`).

    Raises:
        ValueError: for a key that occurs twice.
    """
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result


def digest(description: str, tensors: dict[str, np.ndarray]) -> str:
    """SHA-256 of the description and of every tensor's name, dtype, shape and bytes."""
    sha = hashlib.sha256(description.encode())
    for name in sorted(tensors):
        sha.update(f"{name} {tensors[name].dtype.str} {tensors[name].shape}".encode())
        sha.update(np.ascontiguousarray(tensors[name]).tobytes())
    return sha.hexdigest()
