"""The decoded pictures of a folder, kept beside the user's other caches, so that the next training begins at once."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gradus.errors import DataError
from gradus.files import open_regular, write_atomically
from gradus.folders.encoder import ImageEncoder
from gradus.folders.tree import File, Tree

__all__ = ["Pictures", "cached_pictures", "keep_pictures"]

WORTHWHILE = 1000  # pictures; fewer are decoded in a moment
KEPT = 5  # folders; the oldest are removed
HEADER = 256  # bytes that describe the encoder
VERSION = "1"


class Pictures(NamedTuple):
    """The inputs x (n, *in_shape) uint8 of pictures, and the encoder that made them."""

    encoder: ImageEncoder
    x: np.ndarray


def cached_pictures(tree: Tree, files: list[File], image_size: int | None) -> tuple[Pictures, dict[File, str]] | None:
    """The pictures of a folder from the cache, none of them bad; None where it has not these very ones.

    An entry is for the names, sizes and times of change of all pictures. It holds numbers alone, whose shape and
    checksum are compared; anything else is decoded anew.
    """
    if len(files) < WORTHWHILE:
        return None
    with (
        suppress(OSError, KeyError, TypeError, ValueError, DataError),
        open_regular(entry(tree, files, image_size)) as file,
    ):
        encoder = ImageEncoder.from_dict(json.loads(file.read(HEADER)))
        shape = (len(files), *encoder.in_shape)
        size = int(np.prod(shape))
        digest, content = file.read(32), file.read(size + 1)
        if len(content) == size and hashlib.sha256(content).digest() == digest:
            return Pictures(encoder, np.frombuffer(content, np.uint8).reshape(shape)), {}
    return None


def keep_pictures(tree: Tree, files: list[File], image_size: int | None, pictures: Pictures) -> None:
    """Keep pictures, and remove the oldest entries; where nothing can be written, the next time takes as long."""
    if len(files) < WORTHWHILE:
        return
    path, content = entry(tree, files, image_size), pictures.x.tobytes()
    header = json.dumps(pictures.encoder.to_dict()).ljust(HEADER).encode()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, header + hashlib.sha256(content).digest() + content)
        entries = sorted(path.parent.glob("*.bin"), key=lambda entry: entry.stat().st_mtime)
        for old in entries[:-KEPT]:
            old.unlink()


def cache_folder() -> Path:
    """Where the entries are."""
    import platformdirs

    return platformdirs.user_cache_path("gradus") / "images"


def entry(tree: Tree, files: list[File], image_size: int | None) -> Path:
    """The file of a folder's entry: it is another one once a picture has changed."""
    content = [VERSION, str(tree.root.resolve()), image_size, files]
    return cache_folder() / f"{hashlib.sha256(json.dumps(content).encode()).hexdigest()}.bin"
