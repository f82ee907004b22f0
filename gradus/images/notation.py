"""Augmentation on one line: `rotate10 shift2 scale0.1 elastic1.4 noise0.05 cutout6 flip`.

A word is a transform, as it prints itself: its name and its first setting.
"""

import re
from dataclasses import fields
from difflib import get_close_matches

from gradus.errors import SettingError
from gradus.images.augmentation import (
    LARGEST,
    Augmentation,
    Cutout,
    Elastic,
    Flip,
    Noise,
    Rotate,
    Scale,
    Shift,
    Transform,
)

__all__ = ["parse_augmentation"]

# Each kind by its name, with what its words look like, for messages.
KINDS: dict[str, tuple[type[Transform], str]] = {
    "rotate": (Rotate, "rotate10"),
    "flip": (Flip, "flip"),
    "shift": (Shift, "shift2"),
    "scale": (Scale, "scale0.1"),
    "elastic": (Elastic, "elastic1.4 or elastic1.4-smooth4"),
    "noise": (Noise, "noise0.05"),
    "cutout": (Cutout, "cutout6"),
}
NUMBER = r"(\d*\.?\d+(?:e[+-]?\d+)?)"
WORD = re.compile(rf"([a-z]+?){NUMBER}?(?:-smooth{NUMBER})?")


def parse_augmentation(line: str) -> Augmentation:
    """The augmentation that a line such as `rotate10 shift2 noise0.05` writes; `str` of it is the same line.

    Raises SettingError that names the word that is wrong.
    """
    words = line.split()
    if not words:
        raise SettingError("augmentation: the line is empty; expected words such as rotate10 shift2")
    transforms = []
    for number, word in enumerate(words, 1):
        try:
            transforms.append(transform(word))
        except SettingError as error:
            raise SettingError(f"augmentation, word {number} ({word}): {error}") from None
    return Augmentation(tuple(transforms))


def transform(word: str) -> Transform:
    """The transform that a word writes. Raises SettingError."""
    name = re.match("[a-z]*", word)[0]  # type: ignore[index]
    if name not in KINDS:
        close = get_close_matches(name, KINDS, n=1)
        hint = f"did you mean {KINDS[close[0]][1]}?" if close else f"there are {', '.join(KINDS)}"
        raise SettingError(f"there is no such transform; {hint}")
    kind, example = KINDS[name]
    match = WORD.fullmatch(word)
    numbers = [as_number(text) for text in match.groups()[1:] if text] if match else []
    needed = len(fields(kind))  # type: ignore[arg-type]
    if not match or not min(needed, 1) <= len(numbers) <= needed or (match[3] and not match[2]):
        raise SettingError(f"expected it to look like {example}")
    return kind(*numbers)


def as_number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() and value <= LARGEST else value
