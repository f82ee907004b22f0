"""The texts of the figures: one file a figure, with its languages beside each other."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["LANGUAGES", "Texts", "common", "texts"]

LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Texts:
    """What is said of a figure in one language.

    theory: its number in the theory.  equation: the one it belongs to.  source: the chapter or paper.
    sentences: what it may show, with places for numbers in braces.  labels: the words in the picture.
    """

    theory: str
    equation: str
    title: str
    question: str
    source: str
    sentences: Mapping[str, str]
    labels: Mapping[str, str]


def texts(name: str, language: str) -> Texts:
    """The texts of the figure of that name."""
    parts = read(name)
    return Texts(parts["theory"], parts["equation"], **parts[language])


def common(language: str) -> Mapping[str, str]:
    """The words that all figures share, by name."""
    return read("common")[language]


@cache
def read(name: str) -> dict[str, Any]:
    """The whole file of a figure."""
    return tomllib.loads((files("gradus.figures") / "texts" / f"{name}.toml").read_text(encoding="utf-8"))
