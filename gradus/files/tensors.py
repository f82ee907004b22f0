"""Files of tensors in the safetensors format, with a text in their metadata that says what they are.

A file comes from anywhere, so nothing in it is executed or believed: the shapes that its text calls for must be
those of its tensors, which must fill the file to the byte, before anything is read into memory. A SHA-256 tells
a flipped bit.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import safetensors
import safetensors.numpy
from jax.tree_util import keystr, tree_flatten_with_path

from gradus.errors import DataError
from gradus.files.atomic import write_atomically

__all__ = ["Kind", "named", "without_duplicates"]

KEY = "gradus"  # of the metadata
HEADER_LIMIT = 1 << 20  # bytes; a header of 10 layers takes about 2,000
DTYPES: dict[str, np.dtype] = {
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
    "I32": np.dtype("<i4"),
    "I64": np.dtype("<i8"),
}


class Kind:
    """A kind of tensor file. format: its name and version, inside each.  what: for people.  way_out: likewise."""

    def __init__(self, format: str, what: str, way_out: str):
        self.format, self.what, self.way_out = format, what, way_out

    def write(self, path: Path, description: dict[str, Any], arrays: dict[str, Any]) -> None:
        """Write a file atomically: a description that JSON can hold, and arrays by name."""
        tensors = {name: np.asarray(array) for name, array in arrays.items()}
        text = json.dumps(description, ensure_ascii=False)
        envelope = {"format": self.format, "model": text, "sha256": digest(text, tensors)}
        # One entry: safetensors writes several in an order that differs from run to run.
        write_atomically(path, safetensors.numpy.save(tensors, {KEY: json.dumps(envelope)}))

    def read(self, path: Path, expected: Callable[[str], dict[str, Any]]) -> dict[str, np.ndarray]:
        """The arrays of a file. expected: from the description's text, shapes and dtypes of the arrays by name.

        Raises DataError where the file is missing, damaged, or not what its description calls for.
        """
        try:
            with path.open("rb") as file:
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
        """The metadata and the tensors' entries of a safetensors file: 8 bytes of the header's length, then JSON."""
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= HEADER_LIMIT:
            raise self.damaged(path, "it is not a safetensors file")
        text = file.read(length)
        try:
            entries = json.loads(text, object_pairs_hook=without_duplicates)
            envelope = json.loads(entries.pop("__metadata__")[KEY], object_pairs_hook=without_duplicates)
            texts = all(isinstance(envelope[name], str) for name in ("model", "sha256"))
            if envelope["format"] != self.format or not texts:
                raise ValueError
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
            raise self.damaged(path, f"its header is not that of a {self.format!r} file") from None
        return envelope, entries

    def check_layout(self, entries: dict[str, Any], expected: dict[str, Any], start: int, path: Path) -> None:
        """Raise DataError unless the tensors are the expected ones, and fill the file from start to its end."""
        if entries.keys() != expected.keys():
            raise self.damaged(path, "its tensors are not those of its network")
        for name, leaf in expected.items():
            entry = entries[name]
            fits = isinstance(entry, dict) and entry.get("shape") == list(leaf.shape) and entry.get("dtype") in DTYPES
            if not fits:
                raise self.damaged(path, f"tensor {name} is not of shape {list(leaf.shape)}")
        size = sum(leaf.size * DTYPES[entries[name]["dtype"]].itemsize for name, leaf in expected.items())
        # safetensors itself checks the offsets, once the sizes are known to be honest
        if path.stat().st_size != start + size:
            raise self.damaged(path, "its length does not match its tensors; it may have been cut off")

    def damaged(self, path: Path, what: str) -> DataError:
        """The error that says so."""
        return DataError(f"{path}: not a usable {self.what}: {what}; {self.way_out}")


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. Raises ValueError where it has a key twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def named(tree: Any) -> dict[str, Any]:
    """The arrays of a tree by their place in it, such as params/1/w."""
    leaves, _ = tree_flatten_with_path(tree)
    return {keystr(path, simple=True, separator="/"): leaf for path, leaf in leaves}


def digest(description: str, tensors: dict[str, np.ndarray]) -> str:
    """A SHA-256 of everything that the file says."""
    sha = hashlib.sha256(description.encode())
    for name in sorted(tensors):
        sha.update(f"{name} {tensors[name].dtype.str} {tensors[name].shape}".encode())
        sha.update(np.ascontiguousarray(tensors[name]).tobytes())
    return sha.hexdigest()
