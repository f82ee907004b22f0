"""Data: files become arrays. Nothing here knows of networks."""

from pathlib import Path

from gradus.data.dataset import Dataset, Examples, Preprocessing, from_arrays
from gradus.data.digits import load_digits
from gradus.data.mnist import load_mnist
from gradus.data.text import DOCUMENTATION, Text, encode, is_text, load_text, text_of
from gradus.errors import SettingError

__all__ = [
    "DATASETS",
    "DOCUMENTATION",
    "Dataset",
    "Examples",
    "Preprocessing",
    "Text",
    "encode",
    "from_arrays",
    "is_text",
    "load",
    "load_text",
    "text_of",
]

DATASETS = ("digits", "mnist")


def load(name: str, data_dir: str | Path | None = None) -> Dataset:
    """A data set by its name: "digits" comes with scikit-learn, "mnist" is downloaded or read from data_dir.

    Raises SettingError for another name, and DataError where files are missing or damaged.
    """
    if name == "digits":
        return load_digits()
    if name == "mnist":
        return load_mnist(Path(data_dir) if data_dir else None)
    raise SettingError(f"there is no data set {name!r}; choose {', '.join(DATASETS)} or text, or give a text file")
