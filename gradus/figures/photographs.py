"""Photographs that a person has: a folder of small pictures, with a folder for each class."""

import os
from pathlib import Path

import numpy as np

from gradus.data import Dataset, Examples, Preprocessing
from gradus.errors import DataError

__all__ = ["load_photographs"]

FOLDER = "cifar10-sample"
MAX_SIDE = 64  # pixels: larger pictures are scaled down


def load_photographs(data_dir: Path | None = None) -> Dataset:
    """Photographs from train/CLASS/*.jpg and test/CLASS/*.jpg in a folder cifar10-sample/.

    Args:
        data_dir: a folder of data with that folder in it or beside it; by default the environment variable GRADUS_DATA.

    Returns:
        x (n, height, width, 3) uint8, without validation examples; the classes are in alphabetical order.

    Raises:
        DataError: if there is no such folder, a class has no pictures, or the pictures are not all of one shape.
    """
    folder = find_folder(data_dir or os.environ.get("GRADUS_DATA"))
    classes = sorted(path.name for path in (folder / "train").glob("*/"))
    training, test = (read_part(folder / part, classes) for part in ("train", "test"))
    none = Examples(training.x[:0], training.y[:0])
    return Dataset("photographs", training, none, test, tuple(classes), Preprocessing(255))


def find_folder(data_dir: str | Path | None) -> Path:
    """The folder of photographs in a folder of data or beside it. Raises DataError."""
    places = (Path(data_dir), Path(data_dir).absolute().parent) if data_dir else ()
    folder = next((place / FOLDER for place in places if (place / FOLDER / "train").is_dir()), None)
    if folder is None:
        raise DataError(
            f"there are no photographs; put small ones into {FOLDER}/train/CLASS/*.jpg and {FOLDER}/test/CLASS/*.jpg, "
            "in or beside the folder that --data-dir or GRADUS_DATA names"
        )
    return folder


def read_part(folder: Path, classes: list[str]) -> Examples:
    """The pictures of one part with their labels, class by class. Raises DataError."""
    from gradus.images import read_picture  # needs JAX

    pictures = {
        name: [read_picture(path, MAX_SIDE) for path in sorted((folder / name).glob("*.jpg"))] for name in classes
    }
    empty = [name for name, found in pictures.items() if not found]
    if empty or not classes:
        raise DataError(f"{folder / (empty or ['CLASS'])[0]}: there are no pictures *.jpg in it")
    shapes = {picture.shape for found in pictures.values() for picture in found}
    if len(shapes) > 1:
        raise DataError(f"{folder}: the pictures have shapes {sorted(shapes)[:2]}; give all of them the same")
    y = np.repeat(np.arange(len(classes)), [len(found) for found in pictures.values()])
    return Examples(np.stack([picture for found in pictures.values() for picture in found]), y)
