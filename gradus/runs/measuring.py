"""The examples that the model of a run is measured on."""

import os
from pathlib import Path
from typing import Any

from gradus.data import Dataset, Examples
from gradus.errors import DataError, SettingError
from gradus.folders import ImageEncoder, load_pictures
from gradus.models import Model
from gradus.passages import TextEncoder, load_passage_rows, load_passages
from gradus.runs.folder import RunFolder
from gradus.sources import NOUNS, OPTIONS, find_kind, load
from gradus.tables import TableEncoder, load_rows

__all__ = ["evaluation_examples"]


def evaluation_examples(folder: Path, model: Model, data: str, options: dict[str, Any]) -> Examples:
    """The test part of the data that a model was trained on, or of a data set; all examples of a file of other ones.

    Args:
        folder: of the run.
        model: of the run.
        data: the name of a data set, or a path.
        options: of the data.

    Raises:
        SettingError: where the data has other classes or targets than the model.
        DataError: where the data is missing or damaged.
    """
    kind = find_kind(data)
    if model.encoder is not None:
        trained = RunFolder(folder).read_settings()
        if not is_same(data, trained.get("data", "")):
            return other_examples(Path(data), kind, model, trained.get("target"))
        options = {name: trained[name] for name in OPTIONS[kind] if name in trained}
    dataset = load(data, **options)
    assert isinstance(dataset, Dataset)
    if (model.classes, model.targets) != (dataset.classes, dataset.targets):
        raise SettingError(f"the model of {folder.name} has other classes or targets than {dataset.name}")
    return dataset.test


def other_examples(path: Path, kind: str, model: Model, target: str | None) -> Examples:
    """The examples of a file or folder that a model was not trained on. Raises DataError for one of another kind.

    Args:
        target: the column of classes beside one of passages, where it was given for the training.
    """
    match kind, model.encoder:
        case "table", TableEncoder() as encoder:
            return load_rows(path, encoder, model.classes)
        case "images", ImageEncoder() as encoder:
            return load_pictures(path, encoder, model.classes)
        case "passages", TextEncoder() as encoder:
            return load_passages(path, encoder, model.classes)
        case "table", TextEncoder() as encoder if encoder.column:
            return load_passage_rows(path, encoder, model.classes, target)
    raise DataError(f"{path}: holds {NOUNS[kind]}, which the model was not trained on")


def is_same(path: str, other: str) -> bool:
    """True for two names of one file."""
    return os.path.exists(path) and os.path.exists(other) and os.path.samefile(path, other)
