"""Augmentation on one line: `rotate10 shift2 scale0.1 elastic1.4 noise0.05 cutout6 flip`.

A word is a transform, as the transform prints itself (transform.py).
"""

import re
from dataclasses import fields

from gradus.errors import SettingError
from gradus.images.augmentation import Augmentation
from gradus.images.transform import MAX_PIXELS, TRANSFORMS, Transform

__all__ = ["parse_augmentation"]

NUMBER = r"(\d*\.?\d+(?:e[+-]?\d+)?)"
SUFFIX = rf"-([a-z]+){NUMBER}"
WORD = re.compile(rf"[a-z]+?{NUMBER}?((?:{SUFFIX})*)")


def parse_augmentation(line: str) -> Augmentation:
    """Parse a line such as `rotate10 shift2 noise0.05`; `str` of the result is the same line.

    Raises:
        SettingError: naming the first word that cannot be used.
    """
    words = line.split()
    if not words:
        raise SettingError("augmentation: the line is empty; expected words such as rotate10 shift2")
    transforms = []
    for number, word in enumerate(words, 1):
        try:
            transforms.append(parse_transform(word))
        except SettingError as error:
            raise SettingError(f"augmentation, word {number} ({word}): {error}") from None
    return Augmentation(tuple(transforms))


def parse_transform(word: str) -> Transform:
    """Parse a word. Raises SettingError."""
    name = re.match("[a-z]*", word)[0] or word  # type: ignore[index]
    kind = TRANSFORMS.find(name)
    first, *_ = [*(field.name for field in fields(kind)), None]
    malformed = SettingError(f"expected it to look like {kind.example}")
    match = WORD.fullmatch(word)
    if not match or (match[1] is None) != (first is None):
        raise malformed
    settings = {first: parse_number(match[1])} if first else {}
    for suffix, number in re.findall(SUFFIX, match[2]):
        setting = kind.suffixes.get(suffix)
        if setting is None or setting in settings:
            raise malformed
        settings[setting] = parse_number(number)
    return kind(**settings)


def parse_number(text: str) -> float:
    """The number as an int where it is whole and within any setting's limits."""
    value = float(text)
    return int(value) if value.is_integer() and value <= MAX_PIXELS else value
