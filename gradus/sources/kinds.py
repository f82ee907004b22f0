"""What a name of data is: a data set, a text, arrays, a table, or a folder of images or passages."""

import os
from pathlib import Path

from gradus.data import DATASETS, DOCUMENTATION
from gradus.errors import DataError, SettingError
from gradus.folders import TEXT_SUFFIXES, read_tree
from gradus.tables import TABLE_SUFFIXES

__all__ = ["KINDS", "find_kind"]

SUFFIXES = {
    "arrays": (".npz", ".npy"),
    "table": TABLE_SUFFIXES,
    "text": TEXT_SUFFIXES,
}
KINDS = ("data set", *SUFFIXES, "images", "passages")


def find_kind(data: str) -> str:
    """The kind of the data that a user names.

    Args:
        data: the name of a data set, "text" for Python's documentation, or the path of a file or folder.

    Returns:
        One of KINDS.

    Raises:
        SettingError: for a name of neither data set nor file.
        DataError: for a file or folder of another kind.
    """
    if data in DATASETS:
        return "data set"
    if data == DOCUMENTATION:
        return "text"
    if os.path.isdir(data):
        return folder_kind(Path(data))
    suffix = Path(data).suffix.lower()
    for kind, suffixes in SUFFIXES.items():
        if suffix in suffixes:
            return kind
    if not os.path.lexists(data):
        raise unknown(data)
    if suffix == "" and os.path.isfile(data):
        return "text"
    raise DataError(f"{data}: its name does not say what it holds; expected one of {suffix_list()}")


def folder_kind(path: Path) -> str:
    """The kind of what a folder holds: images, texts with classes (in sub-folders), or the files of one text."""
    tree = read_tree(path)
    texts = [parts for parts in tree.others if parts[-1].lower().endswith(TEXT_SUFFIXES)]
    if len(tree.files) >= len(texts):
        if not tree.files:
            raise DataError(f"{path}: holds neither images nor texts")
        return "images"
    return "text" if any(len(parts) == 1 for parts in texts) else "passages"


def unknown(data: str) -> SettingError:
    """The error for a name of nothing."""
    try:
        DATASETS.find(data)
    except SettingError as error:
        return SettingError(f"{error}; there is no file or folder of that name, either")
    raise AssertionError(data)


def suffix_list() -> str:
    """The endings of file names that are known."""
    return ", ".join(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
