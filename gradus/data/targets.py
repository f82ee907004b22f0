"""Numbers to predict, and the scale on which a network learns them (theory B4: linear outputs, quadratic cost)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import numpy as np

__all__ = ["TargetScaling"]

LEAST = np.finfo(np.float32).tiny  # the argument of a logarithm


@dataclass(frozen=True)
class TargetScaling:
    """Standardised targets t = (y - mean) / deviation, or t = (ln(y + shift) - mean) / deviation for skewed ones.

    A network learns t; people read y. Each argument has a number for each target.

    Args:
        mean, deviation: of the training examples, of y or of its logarithm; a deviation is above 0.
        shift: None for a target without logarithm.

    Raises:
        ValueError: unless the numbers are finite, and as many of each.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    shift: tuple[float | None, ...]

    def __post_init__(self) -> None:
        numbers = (*self.mean, *self.deviation, *(shift for shift in self.shift if shift is not None))
        if not len(self.mean) == len(self.deviation) == len(self.shift):
            raise ValueError("mean, deviation and shift need a number for each target")
        if not all(isinstance(number, float) and isfinite(number) for number in numbers) or min(self.deviation) <= 0:
            raise ValueError("mean, deviation and shift need finite numbers, and deviations above 0")

    @classmethod
    def fit(cls, y: np.ndarray, shift: Sequence[float | None] | None = None) -> "TargetScaling":
        """The scaling of the training examples' targets y (n, targets).

        Args:
            shift: for targets whose logarithm is learned; by default none is.
        """
        shift = tuple(shift) if shift is not None else (None,) * y.shape[1]
        t = logarithms(y, shift)
        deviation = t.std(axis=0)
        deviation[~(deviation > 0)] = 1.0  # all targets are equal
        return cls(tuple(t.mean(axis=0).tolist()), tuple(deviation.tolist()), shift)

    def standardize(self, y: np.ndarray) -> np.ndarray:
        """t of the targets y, (n, targets) each; a y that has no logarithm counts as the least that has one."""
        return (logarithms(y, self.shift) - self.mean) / self.deviation

    def restore(self, t: np.ndarray) -> np.ndarray:
        """y of the network's outputs t, (n, targets) each, in the units of the targets."""
        y = np.asarray(t, float) * self.deviation + self.mean
        for k, shift in enumerate(self.shift):
            if shift is not None:
                y[:, k] = np.exp(y[:, k]) - shift
        return y

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for a model file."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "TargetScaling":
        """The inverse of `to_dict`. Raises TypeError or ValueError for anything that it cannot have written."""
        return cls(**{name: tuple(numbers) for name, numbers in content.items()})


def logarithms(y: np.ndarray, shifts: Sequence[float | None]) -> np.ndarray:
    """A copy of y (n, targets), with ln(y + shift) of the targets that have a shift."""
    t = np.array(y, float)
    for k, shift in enumerate(shifts):
        if shift is not None:
            t[:, k] = np.log(np.maximum(t[:, k] + shift, LEAST))
    return t
