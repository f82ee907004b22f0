"""Texts to continue: one file, or the files of a folder one after the other."""

import os
from pathlib import Path

from gradus.data import MAX_TEXT_BYTES, Text, load_text, read_text
from gradus.errors import DataError
from gradus.folders import find_files

__all__ = ["load_one_text"]


def load_one_text(data: str | Path, vocabulary: tuple[str, ...] | None = None) -> Text:
    """The text of a file or of a folder, or the documentation inside Python.

    Args:
        data: "text" for the documentation, or a path; the files of a folder follow each other by their paths, with an
            empty line between them.
        vocabulary: the characters by index; by default those of the text, sorted.

    Raises:
        DataError: if there is no such text, or it is too long, too short or not in the vocabulary.
    """
    if not os.path.isdir(data):
        return load_text(data, vocabulary)
    folder, texts, size = Path(data), [], 0
    for path in find_files(folder, "text"):
        texts.append(read_text(path).strip("\n"))
        size += len(texts[-1])
        if size > MAX_TEXT_BYTES:
            raise DataError(f"{folder}: its texts have more than {MAX_TEXT_BYTES:,} characters; take a part of them")
    return Text.from_string("\n\n".join(texts) + "\n", folder.resolve().name, vocabulary)
