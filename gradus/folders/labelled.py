"""Files whose classes are known, to measure a trained model on."""

from pathlib import Path

import numpy as np

from gradus.data import Examples, printable
from gradus.errors import DataError
from gradus.folders.encoder import ImageEncoder
from gradus.folders.layout import find_layout
from gradus.folders.tree import read_tree

__all__ = ["find_labelled", "load_pictures"]


def load_pictures(path: Path, encoder: ImageEncoder, classes: tuple[str, ...]) -> Examples:
    """The pictures of a folder as examples; the arguments and errors are those of `find_labelled`."""
    files, labels = find_labelled(path, "image", classes)
    return Examples(encoder.encode(files), labels)


def find_labelled(path: Path, noun: str, classes: tuple[str, ...]) -> tuple[list[Path], np.ndarray]:
    """The files of a folder's test part, or all where it has none, and the labels (n,) that a trained model gave them.

    Args:
        path: the folder.
        noun: "image" or "text".
        classes: of the model.

    Raises:
        DataError: where the folder cannot be used, and for a class that the model does not know.
    """
    tree = read_tree(path, noun)
    layout = find_layout(tree)
    rows = layout.parts.get("test") or [row for rows in layout.parts.values() for row in rows]
    labels = {name: k for k, name in enumerate(classes)}
    for _, name in rows:
        if name not in labels:
            known = ", ".join(map(printable, classes[:8]))
            raise DataError(f"{path}: has the class {name!r}, which the model does not know; its classes are {known}")
    return [tree.path(file) for file, _ in rows], np.array([labels[name] for _, name in rows], int)
