"""The checks that settings share: whole numbers, numbers in a range. Nothing from a model file is trusted either."""

from math import inf
from typing import Any

from gradus.errors import SettingError

__all__ = ["MAX_SIZE", "check_number", "check_whole", "is_whole"]


LARGEST = 3.4e38  # of numbers of 32 bits
FAR = 10**8  # a limit that nobody but a mistake comes near
MAX_SIZE = 2**31 - 1  # the largest index of an axis in XLA


def is_whole(value: Any, least: int = 1, most: float = inf) -> bool:
    """True for an int from `least` to `most`; False for 2.0, True and "2"."""
    return type(value) is int and least <= value <= most


def check_whole(name: str, value: Any, least: int = 1, most: float = inf) -> None:
    """Raise SettingError unless value is a whole number from `least` to `most`.

    Args:
        name: the setting and its unit, for the message, such as "epochs" or "dense layer: outputs".
    """
    if is_whole(value, least, most):
        return
    if is_whole(value, least):
        raise SettingError(f"{name} {value!r}: expected at most {most:,}")
    limits = f"from {least} to {most:,}" if most < FAR else f"of at least {least}"
    raise SettingError(f"{name} {value!r}: expected a whole number {limits}")


def check_number(name: str, value: Any, low: float = 0.0, high: float = inf, *, includes: str = "") -> None:
    """Raise SettingError unless value is a finite number between low and high.

    Args:
        name: the setting, for the message.
        includes: which bounds are allowed: "", "low", "high" or "low high".
    """
    is_number = type(value) in (int, float) and value == value and abs(value) != inf
    if is_number and abs(value) > LARGEST:
        raise SettingError(f"{name} {value!r}: too large for a number of 32 bits; expected at most {LARGEST:g}")
    above = is_number and (value > low or ("low" in includes and value == low))
    below = is_number and (value < high or ("high" in includes and value == high))
    if not (above and below):
        raise SettingError(f"{name} {value!r}: expected {interval(low, high, includes)}")


def interval(low: float, high: float, includes: str) -> str:
    """The allowed numbers in words, such as "a number above 0" or "a number in (0, 1]"."""
    if high == inf:
        return f"a number of at least {low:g}" if "low" in includes else f"a number above {low:g}"
    opening, closing = "[" if "low" in includes else "(", "]" if "high" in includes else ")"
    return f"a number in {opening}{low:g}, {high:g}{closing}"
