"""Examples to learn from: inputs and labels, split into training, validation and test."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gradus.checks import check_number, is_whole
from gradus.data.split import training_validation_test
from gradus.errors import DataError, SettingError
from gradus.registry import Registry

__all__ = ["DATASETS", "Dataset", "Examples", "Preprocessing", "from_arrays", "load"]


DIVISORS = (1e-30, 1e30)  # the least and the greatest: float32, which the network computes in, has few more


class Examples(NamedTuple):
    """Inputs and labels, in the same order.

    Args:
        x: (n, ...) raw inputs as they were read (images of bytes stay uint8).
        y: (n,) integer class labels from 0.
    """

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Preprocessing:
    """What the network sees of a raw input x: x / divide_by, in floating point.

    Args:
        divide_by: a number above 0 that float32 can hold, such as 255 for images of bytes.

    Raises:
        SettingError: for any other value.
    """

    divide_by: float = 1.0

    def __post_init__(self) -> None:
        if isinstance(self.divide_by, np.generic):  # such as x.max(); a model file takes Python's numbers only
            object.__setattr__(self, "divide_by", self.divide_by.item())
        check_number("divide_by", self.divide_by, *DIVISORS, includes="low high")


@dataclass(frozen=True)
class Dataset:
    """Training, validation and test examples, with the names of their classes.

    The network learns from `training`, settings are chosen on `validation`, and `test` is used once, at the end.

    Args:
        name: for messages and folders.
        training: at least one example.
        validation, test: may be empty.
        classes: names of the classes, by label.
        preprocessing: how raw inputs are scaled.
        sample_weights: (n,) weights of the training examples; None if all count alike, as they always do in an
            evaluation.

    Raises:
        DataError: if the arrays cannot be used.
    """

    name: str
    training: Examples
    validation: Examples
    test: Examples
    classes: tuple[str, ...]
    preprocessing: Preprocessing = Preprocessing()
    sample_weights: np.ndarray | None = None

    def __post_init__(self) -> None:
        duplicates = sorted({name for name in self.classes if self.classes.count(name) > 1})
        if duplicates:
            raise DataError(f"{self.name} data: two classes are named {duplicates[0]!r}; give each a name of its own")
        check_examples(self.training, "training", len(self.classes))
        check_examples(self.validation, "validation", len(self.classes), may_be_empty=True)
        check_examples(self.test, "test", len(self.classes), may_be_empty=True)
        if self.sample_weights is not None:
            check_weights(self.sample_weights, "training", len(self.training.x))

    @property
    def in_shape(self) -> tuple[int, ...]:
        """The shape of one input, without the batch axis."""
        return self.training.x.shape[1:]

    def with_examples(self, n: int) -> "Dataset":
        """The same data set with its first n training examples only.

        Raises:
            SettingError: if n is not from 1 to the number of training examples.
        """
        x, y = self.training
        if not is_whole(n, most=len(x)):
            raise SettingError(f"examples {n!r}: expected 1 to {len(x):,}, the number of training examples")
        weights = None if self.sample_weights is None else self.sample_weights[:n]
        return replace(self, training=Examples(x[:n], y[:n]), sample_weights=weights)


DATASETS: Registry[Callable[[Path | None], Dataset]] = Registry("data set")


def load(name: str, data_dir: str | Path | None = None) -> Dataset:
    """Load a data set by name.

    Args:
        name: a name in DATASETS: "digits" comes with scikit-learn, "mnist" is downloaded once.
        data_dir: a folder with the data set's files, in place of a download.

    Raises:
        SettingError: for a name that is not in DATASETS.
        DataError: if files are missing or damaged.
    """
    try:
        loader = DATASETS.find(name)
    except SettingError as error:
        raise SettingError(f"{error}; for a text, give FILE.txt or the word text") from None
    return loader(Path(data_dir) if data_dir is not None else None)


def check_examples(examples: Examples, part: str, classes: int, may_be_empty: bool = False) -> None:
    """Raise DataError for inputs that are not finite numbers, labels outside the classes, or no examples at all."""
    x, y = examples
    if len(x) != len(y):
        raise DataError(f"{part} data: {len(x)} inputs but {len(y)} labels; each input needs one label")
    if len(x) == 0:
        if may_be_empty:
            return
        raise DataError(f"{part} data: there are no examples; at least one is needed")
    if x.dtype.kind not in "uif":
        raise DataError(f"{part} data: inputs are of type {x.dtype}, expected numbers")
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        row = int(np.argwhere(~np.isfinite(x))[0][0])
        raise DataError(f"{part} data: example {row} holds NaN or infinity; remove it or fill in a number")
    if y.dtype.kind not in "ui" or y.ndim != 1:
        raise DataError(f"{part} data: labels are {y.dtype} of shape {y.shape}, expected one whole number per example")
    if y.min() < 0 or y.max() >= classes:
        label = int(y.min() if y.min() < 0 else y.max())
        raise DataError(f"{part} data: label {label} is outside the {classes} classes 0 to {classes - 1}")


def check_weights(weights: np.ndarray, part: str, n: int) -> None:
    """Raise DataError unless there are n sample weights, one for each example, none negative and not all 0."""
    if weights.shape != (n,) or weights.dtype.kind not in "buif":
        raise DataError(
            f"{part} data: sample weights are {weights.dtype} of shape {weights.shape}, "
            f"expected {n} numbers, one for each example"
        )
    usable = (weights >= 0) & np.isfinite(weights)
    if not usable.all():
        row = int(np.argmin(usable))
        raise DataError(f"{part} data: example {row} has sample weight {weights[row]}, expected a number of at least 0")
    if not weights.any():
        raise DataError(f"{part} data: all sample weights are 0; there is nothing to learn from")


def from_arrays(
    x: Sequence[Any] | np.ndarray,
    y: Sequence[Any] | np.ndarray,
    *,
    classes: Sequence[str] | None = None,
    name: str = "arrays",
    divide_by: float = 1.0,
    sample_weights: Sequence[Any] | np.ndarray | None = None,
    seed: int = 0,
) -> Dataset:
    """Make a data set of your own arrays: shuffled and split, every class into 70% training, 15% validation, 15% test.

    A class of fewer than three examples is used for training alone; any larger class is in all three parts.

    Args:
        x: (n, ...) numbers.
        y: (n,) class labels 0, 1, 2, ...
        classes: names of the classes; by default "0", "1", ...
        name: for messages and folders.
        divide_by: the network sees x / divide_by; 255 for images of bytes.
        sample_weights: (n,) non-negative weights of the examples in training; by default all count alike.
        seed: of the shuffling.

    Raises:
        DataError: if the arrays cannot be used.
        SettingError: if divide_by is not a number above 0, or the seed not a whole number.
    """
    x, y = as_array(x, f"{name} data: inputs"), as_array(y, f"{name} data: labels")
    classes = numbered_classes(y, name) if classes is None else classes
    check_examples(Examples(x, y), name, len(classes))
    parts = training_validation_test(y, seed)
    weights = None
    if sample_weights is not None:
        weights = as_array(sample_weights, f"{name} data: sample weights")
        check_weights(weights, name, len(x))
        weights = weights[parts[0]]
    training, validation, test = (Examples(x[rows], y[rows]) for rows in parts)
    return Dataset(name, training, validation, test, tuple(classes), Preprocessing(divide_by), weights)


def numbered_classes(y: np.ndarray, name: str) -> list[str]:
    """The names "0", "1", ... up to the highest label; none if the labels are not whole numbers."""
    if y.size == 0 or y.dtype.kind not in "ui":
        return []
    if y.max() >= len(y):  # most of such classes would be empty, and a stray label would name millions
        raise DataError(f"{name} data: label {y.max()} among {len(y)} examples; number the classes 0, 1, 2, ...")
    return [str(k) for k in range(int(y.max()) + 1)]


def as_array(values: Sequence[Any] | np.ndarray, noun: str) -> np.ndarray:
    """The values as an array with an axis of examples; `noun` names them in the error."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise DataError(f"{noun} are not all of one shape; give the same number of values in each") from None
    if array.ndim == 0:
        raise DataError(f"{noun} are a single value, expected one for each example")
    return array
