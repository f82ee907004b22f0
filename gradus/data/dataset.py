"""What training learns from: examples (inputs and what they should give), split in three."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from gradus.data.split import stratified
from gradus.errors import DataError, SettingError

__all__ = ["Dataset", "Examples", "Preprocessing"]


class Examples(NamedTuple):
    """Inputs and targets, example by example.

    x: (n, ...) the raw inputs, as they were read (uint8 images stay uint8).
    y: (n,) integer class labels from 0.
    """

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Preprocessing:
    """How a raw input becomes what the network sees: x / divide_by, as floating point."""

    divide_by: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.divide_by < float("inf"):
            raise SettingError(f"divide_by {self.divide_by}: expected a number above 0, such as 255 for bytes")


@dataclass(frozen=True)
class Dataset:
    """Training, validation and test examples, the names of their classes, and how inputs are scaled.

    The network learns from `training`; settings are chosen by `validation`; `test` is looked at last.
    `validation` and `test` may be empty.
    sample_weights: how much each example of `training` counts, (n,); None where all count alike. In an
    evaluation they always do.
    """

    name: str
    training: Examples
    validation: Examples
    test: Examples
    classes: tuple[str, ...]
    preprocessing: Preprocessing = Preprocessing()
    sample_weights: np.ndarray | None = None

    def __post_init__(self) -> None:
        twice = sorted({name for name in self.classes if self.classes.count(name) > 1})
        if twice:
            raise DataError(f"{self.name} data: there are two classes named {twice[0]!r}; each needs a name of its own")
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
        """The same with the first n training examples only. Raises SettingError where there are not so many."""
        x, y = self.training
        if not 1 <= n <= len(x):
            raise SettingError(f"examples {n}: expected 1 to {len(x):,}, the number of training examples")
        return replace(self, training=Examples(x[:n], y[:n]))


def check_examples(examples: Examples, part: str, classes: int, may_be_empty: bool = False) -> None:
    """Raise DataError where inputs are not finite, labels are outside the classes, or there are no examples."""
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
        raise DataError(f"{part} data: labels are {y.dtype} of shape {y.shape}, expected whole numbers, one each")
    if y.min() < 0 or y.max() >= classes:
        wrong = int(y.min() if y.min() < 0 else y.max())
        raise DataError(f"{part} data: label {wrong} is outside the {classes} classes 0 to {classes - 1}")


def check_weights(weights: np.ndarray, part: str, n: int) -> None:
    """Raise DataError unless there is a weight for each of n examples, 0 or more, and not all are 0."""
    if weights.shape != (n,) or weights.dtype.kind not in "buif":
        raise DataError(
            f"{part} data: sample weights are {weights.dtype} of shape {weights.shape}, "
            f"expected {n} numbers, one for each example"
        )
    usable = (weights >= 0) & np.isfinite(weights)
    if not usable.all():
        row = int(np.argmin(usable))
        raise DataError(f"{part} data: example {row} has sample weight {weights[row]}, expected 0 or a number above it")
    if not weights.any():
        raise DataError(f"{part} data: all sample weights are 0; there is nothing to learn from")


def from_arrays(
    x: Sequence | np.ndarray,
    y: Sequence | np.ndarray,
    *,
    classes: Sequence[str] | None = None,
    name: str = "arrays",
    divide_by: float = 1.0,
    sample_weights: Sequence | np.ndarray | None = None,
    seed: int = 0,
) -> Dataset:
    """Make a data set of your own arrays: shuffled, then of every class 70% training, 15% validation, 15% test.

    x: (n, ...) numbers.  y: (n,) class labels 0, 1, 2, ...  classes: their names ("0", "1", ... by default).
    A class with fewer than three examples is in the training part alone; one with more is in all three.
    divide_by: every input is divided by it (255 for images of bytes).
    sample_weights: (n,), how much each example counts where it is learned from, 0 or more; alike by default.
    Raises DataError where the arrays cannot be used.
    """
    x, y = as_array(x, f"{name} data: inputs"), as_array(y, f"{name} data: labels")
    classes = numbered_classes(y, name) if classes is None else classes
    check_examples(Examples(x, y), name, len(classes))
    rows = stratified(y, seed)
    weights = None
    if sample_weights is not None:
        weights = as_array(sample_weights, f"{name} data: sample weights")
        check_weights(weights, name, len(x))
        weights = weights[rows[0]]
    training, validation, test = (Examples(x[part], y[part]) for part in rows)
    return Dataset(name, training, validation, test, tuple(classes), Preprocessing(divide_by), weights)


def numbered_classes(y: np.ndarray, name: str) -> list[str]:
    """The names "0", "1", ... up to the highest label; none where labels are no whole numbers."""
    if y.size == 0 or y.dtype.kind not in "ui":
        return []
    if y.max() >= len(y):  # most of such classes would be empty, and a stray label would name millions
        raise DataError(f"{name} data: label {y.max()} among {len(y)} examples; number the classes 0, 1, 2, ...")
    return [str(k) for k in range(int(y.max()) + 1)]


def as_array(values: Sequence | np.ndarray, what: str) -> np.ndarray:
    try:
        array = np.asarray(values)
    except ValueError:
        raise DataError(f"{what} are not all of one shape, expected as many numbers in each") from None
    if array.ndim == 0:
        raise DataError(f"{what} are a single value, expected one for each example")
    return array
