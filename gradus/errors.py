"""What Gradus raises when it cannot use what it is given: the value, what was expected, and the way out."""

from typing import Any

__all__ = ["DataError", "DivergedError", "GradusError", "RunInterruptedError", "SettingError"]


class GradusError(Exception):
    """The base of all errors that Gradus raises on purpose."""


class SettingError(GradusError, ValueError):
    """A setting (a size, a name, a learning rate) that cannot be used."""


class DataError(GradusError, ValueError):
    """A file, a folder or an array that is missing, damaged or not what it should be."""


class DivergedError(GradusError, ArithmeticError):
    """A cost that is no longer a finite number: training cannot go on.

    epoch, step: where, both from 1.  network: the one after the last good epoch, or before the first.
    """

    def __init__(self, message: str, epoch: int, step: int, network: Any):
        super().__init__(message)
        self.epoch, self.step, self.network = epoch, step, network


class RunInterruptedError(GradusError):
    """A run that was asked to stop before its end, and has saved what is there."""
