"""Where the experiments get what they do not compute: images, text, and the book's own curves."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gradus.data import Dataset, Text, load, load_text
from gradus.figures.book_curves import load_curve

__all__ = ["Sources"]


@dataclass(frozen=True)
class Sources:
    """data_dir: a folder with MNIST's files, and one named nielsen with the book's curves, in place of downloads."""

    data_dir: Path | None = None

    @cached_property
    def mnist(self) -> Dataset:
        """Handwritten digits, 28x28 (data/mnist.py). Raises DataError."""
        return load("mnist", self.data_dir)

    @cached_property
    def text(self) -> Text:
        """The documentation inside Python (data/text.py)."""
        return load_text("text")

    def curve(self, name: str) -> Any | None:
        """The numbers behind a figure of the book (figures/book_curves.py); None where they are out of reach."""
        return load_curve(name, self.data_dir)
