"""The errors that Gradus raises. Each message names the value, what was expected, and the remedy."""

from math import nan
from typing import Any

__all__ = ["DataError", "DivergedError", "GradusError", "RunInterruptedError", "SettingError"]


class GradusError(Exception):
    """The base of all errors that Gradus raises on purpose."""


class SettingError(GradusError, ValueError):
    """A setting (a size, a name, a learning rate) that cannot be used."""


class DataError(GradusError, ValueError):
    """A file, folder or array that is missing, damaged or of the wrong kind."""


class DivergedError(GradusError, ArithmeticError):
    """Training has diverged: a cost is no longer a finite number.

    epoch, step: where, both counted from 1.
    network: after the last good epoch, or before the first.
    cost: the mean of the epoch before that step; nan at its first.
    """

    def __init__(self, message: str, epoch: int, step: int, network: Any, cost: float = nan):
        super().__init__(message)
        self.epoch, self.step, self.network, self.cost = epoch, step, network, cost


class RunInterruptedError(GradusError):
    """A run was interrupted before its end, and has saved its weights so far."""
