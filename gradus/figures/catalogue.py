"""The catalogue of the figures: one file of texts for each, with its languages side by side."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from gradus.figures.measurement import FigureModule
from gradus.registry import Registry

__all__ = ["FIGURES", "LANGUAGES", "FigureEntry", "Texts", "common_texts"]

LANGUAGES = ("en", "zh")
FOLDER = files("gradus.figures") / "texts"
COMMON = "common"  # the file of the words that all figures share


@dataclass(frozen=True)
class Texts:
    """The texts of a figure in one language.

    Args:
        source: the chapter or paper.
        sentences: descriptions of possible outcomes, with placeholders for the numbers that are measured.
        labels: the words in the picture.
    """

    title: str
    question: str
    source: str
    sentences: Mapping[str, str]
    labels: Mapping[str, str]


@dataclass(frozen=True)
class FigureEntry:
    """One figure: its file in texts/.

    Args:
        name: the name of the file, and of the module with "_" for "-".
        theory: the number of the theory that it shows, such as "D5".
        equation: the equation that it illustrates.
        texts: by language.
        place: its place among the figures of the same number.
        takes_hours: whether it is left out where all figures are drawn.
        needs_own_data: whether it needs data of the reader's own; where all figures are drawn, it may be missing.
    """

    name: str
    theory: str
    equation: str
    texts: Mapping[str, Texts]
    place: int = 1
    takes_hours: bool = False
    needs_own_data: bool = False

    def module(self) -> FigureModule:
        """The module that measures and draws it."""
        return import_module(f"gradus.figures.{self.name.replace('-', '_')}")


def common_texts(language: str) -> Mapping[str, str]:
    """The words that all figures share, by name."""
    return read(COMMON)[language]


@cache
def read(name: str) -> dict[str, Any]:
    """The file of texts of that name."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def entry(name: str) -> FigureEntry:
    parts = dict(read(name))
    return FigureEntry(name, texts={language: Texts(**parts.pop(language)) for language in LANGUAGES}, **parts)


def entries() -> dict[str, FigureEntry]:
    """All figures by name, in the order of the theory."""
    names = {file.name.removesuffix(".toml") for file in FOLDER.iterdir() if file.name.endswith(".toml")} - {COMMON}
    order = sorted(map(entry, names), key=lambda one: (one.theory[0], int(one.theory[1:]), one.place, one.name))
    return {one.name: one for one in order}


FIGURES: Registry[FigureEntry] = Registry("figure", entries())
