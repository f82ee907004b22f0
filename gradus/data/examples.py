"""Examples to learn from, and the checks that they can be used."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from gradus.errors import DataError

__all__ = ["LARGEST_TARGET", "Examples", "as_array", "check_examples", "check_weights"]

MOST_BYTES = 8  # of a number
LARGEST_INPUT = float(np.finfo(np.float32).max)  # that a network computes with
LARGEST_TARGET = 1e30  # whose square, in a sum over all examples, is still one


class Examples(NamedTuple):
    """Inputs and desired outputs, in the same order.

    Args:
        x: (n, ...) raw inputs as they were read (images of bytes stay uint8).
        y: (n,) integer class labels from 0, or (n, targets) floating-point numbers in their own units.
    """

    x: np.ndarray
    y: np.ndarray


def check_examples(examples: Examples, part: str, classes: int, targets: int = 0, may_be_empty: bool = False) -> None:
    """Raise DataError for inputs that are not finite numbers, y that do not fit, or no examples at all.

    Args:
        part: for the message.
        classes, targets: how many there are; one of the two is 0.
    """
    x, y = examples
    if len(x) != len(y):
        raise DataError(f"{part} data: {len(x)} inputs but {len(y)} labels; each input needs one label")
    if len(x) == 0:
        if may_be_empty:
            return
        raise DataError(f"{part} data: there are no examples; at least one is needed")
    if x.dtype.kind not in "uif" or x.dtype.itemsize > MOST_BYTES:
        raise DataError(f"{part} data: inputs are of type {x.dtype}, expected numbers of at most 64 bits")
    if x.size == 0:
        raise DataError(f"{part} data: inputs are of shape {x.shape[1:]}, which holds no number")
    check_range(x, part, LARGEST_INPUT)
    if targets:
        if y.dtype.kind != "f" or y.shape[1:] != (targets,):
            raise DataError(f"{part} data: targets are {y.dtype} of shape {y.shape}, expected {targets} per example")
        check_range(y, part, LARGEST_TARGET)
    else:
        check_labels(y, part, classes)


def check_range(values: np.ndarray, part: str, largest: float) -> None:
    """Raise DataError for floating-point numbers that are not finite, or larger than `largest`."""
    if values.dtype.kind != "f" or (-largest <= float(values.min()) and float(values.max()) <= largest):
        return  # NaN is neither
    row = int(np.argwhere(~(np.abs(values) <= largest))[0][0])
    if np.isfinite(values[row]).all():
        raise DataError(f"{part} data: example {row} holds a number beyond {largest:.0e}; correct or scale it")
    raise DataError(f"{part} data: example {row} holds NaN or infinity; remove it or fill in a number")


def check_labels(y: np.ndarray, part: str, classes: int) -> None:
    """Raise DataError unless y (n,) holds whole numbers from 0 to classes - 1."""
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


def as_array(values: Sequence[Any] | np.ndarray, noun: str) -> np.ndarray:
    """The values as an array with an axis of examples; `noun` names them in the error."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise DataError(f"{noun} are not all of one shape; give the same number of values in each") from None
    if array.ndim == 0:
        raise DataError(f"{noun} are a single value, expected one for each example")
    return array
