"""What the tests of the figures share: experiments small enough for a test, on data that is always there."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from gradus.data import Dataset, Examples, Preprocessing, Text, documentation_text, load
from gradus.figures.catalogue import LANGUAGES
from gradus.figures.measured import Measured
from gradus.figures.production import pictures, told
from gradus.figures.sources import Sources

__all__ = ["SmallSources", "WrongLabels", "looked_at"]


@dataclass(frozen=True)
class SmallSources(Sources):
    """The 8x8 digits of scikit-learn, enlarged to the size of MNIST's; a part of the text; no curves of the book."""

    text_start: int = 0

    @cached_property
    def mnist(self) -> Dataset:
        digits = load("digits")
        parts = (enlarged(part) for part in (digits.training, digits.validation, digits.test))
        return Dataset("mnist", *parts, digits.classes, Preprocessing(255))

    @cached_property
    def text(self) -> Text:
        return Text.from_string(documentation_text()[self.text_start :][:60_000])

    def curve(self, name: str) -> Any | None:
        return None


class WrongLabels(SmallSources):
    """A third of the training labels are wrong: to know them by heart is of no use for the test images."""

    @cached_property
    def mnist(self) -> Dataset:
        data = super().mnist
        x, y = data.training
        return replace(data, training=Examples(x, np.where(np.arange(len(y)) % 3, y, (y + 1) % 10)))


def enlarged(examples: Examples) -> Examples:
    """8x8 numbers up to 16 become 28x28 bytes, three points for one, with a margin of two."""
    images = np.kron(examples.x[..., 0] / 16 * 255, np.ones((3, 3)))
    return Examples(np.pad(images, ((0, 0), (2, 2), (2, 2)))[..., None].astype(np.uint8), examples.y)


def looked_at(name: str, measured: Measured) -> None:
    """Draw what was measured and say it, in every language; warnings, as of a missing letter, are errors."""
    lengths = {len(column) for column in measured.table.values()}
    assert len(lengths) == 1, f"columns of lengths {lengths}"
    for language in LANGUAGES:
        account = told(name, language, measured, 1.0, ("svg",))
        assert account.shows
        assert "{" not in account.shows
        contents = pictures(name, language, measured)
        assert contents["svg"].startswith(b"<?xml")
        assert contents["png"].startswith(b"\x89PNG")
        assert contents.get("gif", b"GIF8").startswith(b"GIF8")
