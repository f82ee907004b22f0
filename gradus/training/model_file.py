"""The model file: tensors in the safetensors format, and in its metadata the network as JSON.

A file comes from anywhere, so nothing in it is executed or believed: its network is made of the layers
that ship, and their shapes must be those of its tensors, which must fill the file to the byte, before
anything is read into memory. A SHA-256 tells a flipped bit.
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import jax
import jax.numpy as jnp
import numpy as np
import safetensors
import safetensors.numpy
from jax.tree_util import keystr, tree_flatten_with_path

from gradus.data import Preprocessing
from gradus.equations.costs import Cost
from gradus.errors import DataError
from gradus.files import write_atomically
from gradus.network import Chain, Network
from gradus.training.model import Model
from gradus.training.notation import from_json, to_json

__all__ = ["load_model", "save_model"]

FORMAT = "gradus model 1"
KEY = "gradus"  # of the metadata
HEADER_LIMIT = 1 << 20  # bytes; a header of 10 layers takes about 2,000
DTYPES: dict[str, np.dtype] = {
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
    "I32": np.dtype("<i4"),
    "I64": np.dtype("<i8"),
}


def save_model(model: Model, path: Path) -> None:
    """Write a model file atomically. Raises SettingError for a layer that does not ship, and OSError."""
    network = model.network
    tensors = {name: np.asarray(leaf) for name, leaf in named(network.params, network.state).items()}
    description = {
        "network": to_json(network.chain),
        "cost": to_json(network.cost),
        "in_shape": network.in_shape,
        "preprocessing": asdict(model.preprocessing),
        "classes": model.classes,
    }
    text = json.dumps(description, ensure_ascii=False)
    envelope = {"format": FORMAT, "model": text, "sha256": digest(text, tensors)}
    # One entry: safetensors writes several in an order that differs from run to run.
    write_atomically(path, safetensors.numpy.save(tensors, {KEY: json.dumps(envelope)}))


def load_model(path: Path) -> Model:
    """Read a model file. Raises DataError where it is missing, damaged, or describes what cannot be."""
    try:
        with path.open("rb") as file:
            envelope, entries = read_header(file, path)
            description, empty = describe(envelope["model"], path)
            check_layout(entries, named(empty.params, empty.state), file.tell(), path)
            file.seek(0)
            tensors = safetensors.numpy.load(file.read())
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None
    except safetensors.SafetensorError as error:
        raise damaged(path, f"its tensors overlap or leave gaps ({error})") from None
    if digest(envelope["model"], tensors) != envelope["sha256"]:
        raise damaged(path, "its checksum does not match")
    leaves = [jnp.asarray(tensors[name]) for name in named(empty.params, empty.state)]
    params, state = jax.tree.unflatten(jax.tree.structure((empty.params, empty.state)), leaves)
    network = Network(empty.chain, empty.cost, empty.in_shape, params, state)
    return Model(network, Preprocessing(**description["preprocessing"]), tuple(description["classes"]))


def read_header(file: BinaryIO, path: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """The metadata and the tensors' entries in the header of a safetensors file: 8 bytes of its length, then JSON."""
    length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= HEADER_LIMIT:
        raise damaged(path, "it is not a safetensors file")
    text = file.read(length)
    try:
        entries = json.loads(text, object_pairs_hook=without_duplicates)
        envelope = json.loads(entries.pop("__metadata__")[KEY], object_pairs_hook=without_duplicates)
        if envelope["format"] != FORMAT or not all(isinstance(envelope[name], str) for name in ("model", "sha256")):
            raise ValueError
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
        raise damaged(path, f"its header is not that of a {FORMAT!r} file") from None
    return envelope, entries


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def describe(text: str, path: Path) -> tuple[dict[str, Any], Network]:
    """The description of a model, and its network with shapes in place of arrays: nothing is allocated."""
    try:
        description = json.loads(text, object_pairs_hook=without_duplicates)
        chain, cost = from_json(description["network"]), from_json(description["cost"])
        if not isinstance(chain, Chain) or not isinstance(cost, Cost):
            raise TypeError
        in_shape = tuple(description["in_shape"])
        if not all(type(size) is int and size > 0 for size in in_shape):
            raise ValueError
        Preprocessing(**description["preprocessing"])
        if not all(isinstance(name, str) for name in description["classes"]):
            raise TypeError
        params, state = jax.eval_shape(lambda key: chain.init(key, in_shape)[:2], jax.random.key(0))
        network = Network(chain, cost, in_shape, params, state)
        classes = len(description["classes"])
        if network.shapes()[-1] not in ((classes,), (*in_shape, classes)):  # an output an input, or one a step
            raise ValueError
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
        raise damaged(path, "the network that it describes cannot be built") from None
    return description, network


def check_layout(entries: dict[str, Any], expected: dict[str, Any], start: int, path: Path) -> None:
    """Raise DataError unless the tensors are those of the network, and fill the file from start to its end."""
    if entries.keys() != expected.keys():
        raise damaged(path, "its tensors are not those of its network")
    for name, leaf in expected.items():
        entry = entries[name]
        if not isinstance(entry, dict) or entry.get("shape") != list(leaf.shape) or entry.get("dtype") not in DTYPES:
            raise damaged(path, f"tensor {name} is not of shape {list(leaf.shape)}")
    size = sum(leaf.size * DTYPES[entries[name]["dtype"]].itemsize for name, leaf in expected.items())
    # safetensors itself checks the offsets, once the sizes are known to be honest
    if path.stat().st_size != start + size:
        raise damaged(path, "its length does not match its tensors; it may have been cut off")


def named(params: Any, state: Any) -> dict[str, Any]:
    """The arrays of a network by their place in it, such as params/1/w."""
    leaves, _ = tree_flatten_with_path({"params": params, "state": state})
    return {keystr(path, simple=True, separator="/"): leaf for path, leaf in leaves}


def digest(description: str, tensors: dict[str, np.ndarray]) -> str:
    """A SHA-256 of everything that the model is."""
    sha = hashlib.sha256(description.encode())
    for name in sorted(tensors):
        sha.update(f"{name} {tensors[name].dtype.str} {tensors[name].shape}".encode())
        sha.update(np.ascontiguousarray(tensors[name]).tobytes())
    return sha.hexdigest()


def damaged(path: Path, what: str) -> DataError:
    return DataError(f"{path}: not a usable model file: {what}; train again or fetch it anew")
