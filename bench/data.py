"""The data that every contender of a benchmark gets."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from gradus.data import Dataset, Examples, load

__all__ = ["flat", "mnist", "one_hot"]


def mnist(data_dir: str | None, images: int) -> Dataset:
    """MNIST with the first `images` training images, all test images, and nothing to validate on."""
    data = load("mnist", Path(data_dir) if data_dir else None)
    x, y = data.training
    return replace(data, training=Examples(x[:images], y[:images]), validation=Examples(x[:0], y[:0]))


def flat(examples: Examples, data: Dataset) -> np.ndarray:
    """The images as a peer wants them: one float32 row each, (n, 784), scaled once and for all."""
    return examples.x.reshape(len(examples.x), -1).astype(np.float32) / np.float32(data.preprocessing.divide_by)


def one_hot(y: np.ndarray, classes: int) -> np.ndarray:
    """The desired outputs of labels (n,): (n, classes) in float32."""
    return np.eye(classes, dtype=np.float32)[y]
