"""Data sets of a person's own arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradus.data.dataset import Dataset, Preprocessing
from gradus.data.examples import Examples, as_array, check_examples, check_weights
from gradus.data.split import training_validation_test
from gradus.errors import DataError

__all__ = ["from_arrays"]


def from_arrays(
    x: Sequence[Any] | np.ndarray,
    y: Sequence[Any] | np.ndarray,
    *,
    classes: Sequence[str] | None = None,
    targets: Sequence[str] | None = None,
    name: str = "arrays",
    divide_by: float = 1.0,
    sample_weights: Sequence[Any] | np.ndarray | None = None,
    seed: int = 0,
) -> Dataset:
    """Make a data set of your own arrays: shuffled and split, every class into 70% training, 15% validation, 15% test.

    A class of fewer than three examples is used for training alone; any larger class is in all three parts.

    Args:
        x: (n, ...) numbers.
        y: (n,) class labels 0, 1, 2, ..., or floating-point numbers to predict, (n,) or (n, targets).
        classes: names of the classes; by default "0", "1", ...
        targets: names of the numbers to predict; by default "target", or "target 1", "target 2", ...
        name: for messages and folders.
        divide_by: the network sees x / divide_by; 255 for images of bytes.
        sample_weights: (n,) non-negative weights of the examples in training; by default all count alike.
        seed: of the shuffling.

    Raises:
        DataError: if the arrays cannot be used.
        SettingError: if divide_by is not a number above 0, or the seed not a whole number.
    """
    x, y = as_array(x, f"{name} data: inputs"), as_array(y, f"{name} data: labels")
    if classes is None and y.dtype.kind == "f":
        y = y.reshape(len(y), -1)
        targets = numbered_targets(y.shape[1]) if targets is None else targets
    elif targets is not None:
        raise DataError(f"{name} data: targets {list(targets)} are names of numbers, but y is {y.dtype}; give floats")
    else:
        classes = numbered_classes(y, name) if classes is None else classes
    classes, targets = tuple(classes or ()), tuple(targets or ())
    check_examples(Examples(x, y), name, len(classes), len(targets))
    parts = training_validation_test(np.zeros(len(y), int) if targets else y, seed)
    weights = None
    if sample_weights is not None:
        weights = as_array(sample_weights, f"{name} data: sample weights")
        check_weights(weights, name, len(x))
        weights = weights[parts[0]]
    training, validation, test = (Examples(x[rows], y[rows]) for rows in parts)
    return Dataset(name, training, validation, test, classes, Preprocessing(divide_by), weights, targets)


def numbered_targets(count: int) -> list[str]:
    """The names of targets that have none."""
    return ["target"] if count == 1 else [f"target {number}" for number in range(1, count + 1)]


def numbered_classes(y: np.ndarray, name: str) -> list[str]:
    """The names "0", "1", ... up to the highest label; none if the labels are not whole numbers."""
    if y.size == 0 or y.dtype.kind not in "ui":
        return []
    if y.max() >= len(y):  # most of such classes would be empty, and a stray label would name millions
        raise DataError(f"{name} data: label {y.max()} among {len(y)} examples; number the classes 0, 1, 2, ...")
    return [str(k) for k in range(int(y.max()) + 1)]
