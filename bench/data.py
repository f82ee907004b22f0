"""The data that every contender of a benchmark gets."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from gradus.data import Dataset, Examples, Text, documentation_text, load

__all__ = ["as_floats", "characters", "mnist", "one_hot"]


def mnist(data_dir: str | None, images: int) -> Dataset:
    """MNIST with the first `images` training images, all test images, and nothing to validate on."""
    data = load("mnist", Path(data_dir) if data_dir else None)
    x, y = data.training
    return replace(data, training=Examples(x[:images], y[:images]), validation=Examples(x[:0], y[:0]))


def as_floats(examples: Examples, data: Dataset) -> np.ndarray:
    """The images as a peer wants them: float32, (n, 28, 28, 1), scaled once and for all."""
    return examples.x.astype(np.float32) / np.float32(data.preprocessing.divide_by)


def one_hot(y: np.ndarray, classes: int) -> np.ndarray:
    """The desired outputs of labels (n,): (n, classes) in float32."""
    return np.eye(classes, dtype=np.float32)[y]


def characters(length: int, classes: int) -> Text:
    """The documentation inside Python, over and over: `length` characters to learn from, of `classes` different ones.

    The rarest are all read as the same one.
    """
    written = documentation_text()
    frequent = {character for character, _ in Counter(written).most_common(classes - 1)}
    read = "".join(character if character in frequent else "\0" for character in written)
    whole = Text.from_string(read * -(-length // len(read)))
    numbers = np.concatenate([whole.validation, whole.training, whole.test])
    return Text("documentation", numbers[:length], numbers[:0], numbers[:0], whole.vocabulary)
