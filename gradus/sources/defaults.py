"""The settings of a training where the user gives none, by the kind of the data."""

from math import log2
from typing import Any

from gradus.data import Dataset, Text
from gradus.folders import ImageEncoder
from gradus.passages import TextEncoder
from gradus.tables import TableEncoder

__all__ = ["IMAGE_SETTINGS", "default_settings"]

IMAGE_SETTINGS: dict[str, Any] = {
    "layers": "convolutional", "cost": "log-likelihood", "activation": "relu", "weights": None, "learning_rate": 0.05,
}  # fmt: skip
VECTOR_SETTINGS: dict[str, Any] = {"layers": "hidden100", "activation": "relu", "learning_rate": 0.05}


ENSEMBLE = 5  # networks for a small table, each stopped on a fifth of the rows
MOST_STAGES = 4  # of convolutions; the first has 32 maps, and each has twice as many as the one before
FIRST_MAPS = 32
COLOURS = 3
SEEN = 150_000  # pictures that a network sees in training, if that is 8 to 60 epochs
SMALL_TABLE = 10_000  # rows to learn from
READ = 10_000_000  # characters that a language model reads in training: a quarter of an hour on two cores
MOST_PASSES = 10  # through a short text, which it begins to learn by heart


def default_settings(data: Dataset | Text) -> dict[str, Any]:
    """The settings by name that the data call for; those that are left out have defaults of their own."""
    if isinstance(data, Text):
        return {"epochs": min(MOST_PASSES, max(1, round(READ / len(data.training)))), "patience": 3}
    if isinstance(data.encoder, TableEncoder):
        return table_settings(data)
    if isinstance(data.encoder, ImageEncoder):
        return picture_settings(data)
    if isinstance(data.encoder, TextEncoder):
        return passage_settings(data)
    if len(data.in_shape) != 3:
        return VECTOR_SETTINGS
    return IMAGE_SETTINGS | ({"cost": None} if data.targets else {})


def table_settings(data: Dataset) -> dict[str, Any]:
    """Those for a table: RealMLP-TD-S of Holzmueller, Grinsztajn and Steinwart, "Better by Default" (2024)."""
    is_small = len(data.training.x) + len(data.validation.x) <= SMALL_TABLE
    if data.targets:
        # the sum of the blocks holds a linear function of the inputs, which numbers often nearly are
        activation, learning_rate, hidden = "mish", 0.03, "ntkdense256" + 2 * " residual(mish ntkdense256)"
    else:
        activation, learning_rate, hidden = "selu", 0.04, " ".join(3 * ["ntkdense256 selu"])
    settings: dict[str, Any] = {
        "layers": f"scale {hidden} ntkdense{data.outputs}-zeros",
        "activation": activation,
        "epochs": 256,
        "patience": 256,  # never stops, but keeps the best epoch
        "monitor": "cost",
        "batch_size": min(256, learned_rows(data)),
        "learning_rate": learning_rate,
        "optimizer": "adam95",
        "schedule": "coslog4",
    }
    if data.classes:
        settings |= {"cost": "log-likelihood", "label_smoothing": 0.1}
    if is_small:
        settings["ensemble"] = ENSEMBLE
    return settings


def picture_settings(data: Dataset) -> dict[str, Any]:
    """Those for a folder of pictures: convolutions with batch norm, halved in size until little is left."""
    height, width, channels = data.in_shape
    stages = min(MOST_STAGES, int(log2(max(1, min(height, width)))))
    maps = " ".join(f"conv{FIRST_MAPS << stage}-3x3-same batchnorm relu maxpool2" for stage in range(stages))
    shift = max(1, round(min(height, width) / 10))
    rows = learned_rows(data)
    return {
        "layers": f"{maps} flatten dropout0.5 dense{data.outputs}".strip(),
        "cost": "log-likelihood",
        "activation": "relu",
        "epochs": min(60, max(8, round(SEEN / rows))),
        "batch_size": min(64, rows),
        "learning_rate": 0.003,
        "optimizer": "adamw",
        "schedule": "one-cycle",
        "label_smoothing": 0.1,
        # what is grey may be writing, which is not what it was once it is mirrored
        "augment": f"flip shift{shift}" if channels == COLOURS else f"shift{shift}",
    }


def passage_settings(data: Dataset) -> dict[str, Any]:
    """Those for passages of text: their terms are many, so that one small hidden layer with much dropout is enough."""
    return {
        "layers": f"dense64 relu dropout0.5 dense{data.outputs}",
        "cost": "log-likelihood",
        "activation": "relu",
        "epochs": 30,
        "patience": 5,
        "monitor": "cost",
        "batch_size": min(32, learned_rows(data)),
        "learning_rate": 0.001,
        "optimizer": "adam",
        "ensemble": ENSEMBLE,
    }


def learned_rows(data: Dataset) -> int:
    """The examples that one network learns from, alone or as a member of an ensemble, at least."""
    rows = len(data.training.x) + len(data.validation.x)
    return min(len(data.training.x), rows - -(-rows // ENSEMBLE))
