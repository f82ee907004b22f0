"""The data of the experiments: digits, photographs, text, and the book's own curves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from gradus.data import Dataset, Text, load, load_text
from gradus.figures.book_curves import load_curve
from gradus.figures.photographs import load_photographs

__all__ = ["Sources"]

K = TypeVar("K")


@dataclass(frozen=True)
class Sources:
    """Everything that an experiment reads, loaded at its first use.

    Args:
        data_dir: a folder with MNIST's files and the book's curves, instead of downloads, and with photographs.
    """

    data_dir: Path | None = None
    missing_curves: set[str] = field(default_factory=set, init=False)  # after the first, no download is tried

    @cached_property
    def mnist(self) -> Dataset:
        """Handwritten digits, x (n, 28, 28, 1). Raises DataError."""
        return load("mnist", self.data_dir)

    @cached_property
    def digits(self) -> Dataset:
        """Handwritten digits of scikit-learn, x (n, 8, 8, 1)."""
        return load("digits")

    @cached_property
    def photographs(self) -> Dataset:
        """Photographs in a folder for each class, x (n, height, width, 3). Raises DataError."""
        return load_photographs(self.data_dir)

    @cached_property
    def text(self) -> Text:
        """The documentation inside Python."""
        return load_text("text")

    def curve(self, name: str) -> Any | None:
        """The numbers behind a figure of the book; None if they cannot be had. Raises DataError."""
        curve = load_curve(name, self.data_dir, is_offline=bool(self.missing_curves))
        if curve is None:
            self.missing_curves.add(name)
        return curve

    def curves(self, names: Mapping[K, str]) -> dict[K, Any]:
        """The numbers behind several figures of the book, by key; empty unless all can be had. Raises DataError."""
        curves = {key: self.curve(name) for key, name in names.items()}
        return {} if None in curves.values() else curves
