"""Loading what a person names: a data set, a text, arrays."""

from pathlib import Path
from typing import Any

from gradus.data import Dataset, Text
from gradus.data import load as load_named
from gradus.errors import DataError, SettingError
from gradus.folders import load_image_folder
from gradus.passages import load_passage_folder, load_passage_table
from gradus.sources.arrays import load_arrays
from gradus.sources.kinds import find_kind
from gradus.sources.texts import load_one_text
from gradus.tables import load_table

__all__ = ["DATA_OPTIONS", "NOUNS", "OPTIONS", "check_options", "load"]

NOUNS = {"data set": "images", "text": "a text", "arrays": "arrays", "table": "a table", "images": "images",
         "passages": "passages of text"}  # in messages  # fmt: skip
OPTIONS: dict[str, tuple[str, ...]] = {
    "data set": ("data_dir",),
    "text": (),
    "arrays": (),
    "table": ("target", "task", "drop", "keep", "text"),
    "images": ("image_size", "skip_bad"),
    "passages": ("target", "text"),
}  # that each kind of data takes
DATA_OPTIONS = tuple(dict.fromkeys(name for names in OPTIONS.values() for name in names))


def load(data: str | Path, **options: Any) -> Dataset | Text:
    """Load the data that a person names; what it is, its name and its content say.

    Args:
        data: the name of a data set, "text" for Python's documentation, or a path: FILE.txt for a language model;
            FILE.npz with arrays x and y; a table, FILE.csv, .tsv, .parquet or .xlsx; a folder of pictures.
        options: those of the kind of data; None for the default. data_dir: a folder with a data set's files; for a
            table, those of `load_table`; for pictures, those of `load_image_folder`.

    Raises:
        SettingError: for a name of nothing, and for an option that does not apply.
        DataError: for data that are missing, damaged, or cannot be used.
    """
    check_name(str(data))
    kind = find_kind(str(data))
    given = {name: value for name, value in options.items() if value is not None}
    check_options(kind, given)
    match kind:
        case "text":
            return load_one_text(data)
        case "arrays":
            return load_arrays(Path(data))
        case "passages":
            return load_passage_folder(Path(data))
        case "table" if "text" in given:
            check_options("passages", given)
            return load_passage_table(Path(data), **given)
        case "table":
            return load_table(Path(data), **given)
        case "images":
            return load_image_folder(Path(data), **given)
        case _:
            return load_named(str(data), **given)


def check_name(data: str) -> None:
    """Raise DataError for a name in bytes that are no UTF-8: a run records the name of its data."""
    try:
        data.encode()
    except UnicodeEncodeError:
        raise DataError(f"{data!r}: the name of the file or folder is not in UTF-8; rename it") from None


def check_options(kind: str, given: dict[str, Any]) -> None:
    """Raise SettingError for an option that does not apply to a kind of data."""
    for name in given:
        if name not in OPTIONS[kind]:
            raise SettingError(f"--{name.replace('_', '-')} does not apply to {NOUNS[kind]}; leave it out")
