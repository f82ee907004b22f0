"""Shared by the tests of the figures: experiments that are small enough for a test, on data that is always there."""

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from gradus.data import Dataset, Examples, Preprocessing, Text, documentation_text, load
from gradus.figures import LANGUAGES, Measurement, Sources, chinese_font
from gradus.figures.record import describe
from gradus.figures.runner import draw_pictures

__all__ = ["SmallSources", "WrongLabels", "check_figure"]


@dataclass(frozen=True)
class SmallSources(Sources):
    """The 8x8 digits of scikit-learn, enlarged to the size of MNIST's; a part of the text; no curves of the book."""

    text_start: int = 0

    @cached_property
    def mnist(self) -> Dataset:
        return enlarged_digits()

    @cached_property
    def text(self) -> Text:
        characters = documentation_text()
        part = characters[self.text_start :][:60_000]
        return Text.from_string(
            part, vocabulary=tuple(sorted(set(characters)))
        )  # one vocabulary, so one program for all

    def curve(self, name: str) -> Any | None:
        return None


class WrongLabels(SmallSources):
    """A third of the training labels are wrong: memorising them is of no use for the test images."""

    @cached_property
    def mnist(self) -> Dataset:
        data = super().mnist
        x, y = data.training
        return replace(data, training=Examples(x, np.where(np.arange(len(y)) % 3, y, (y + 1) % 10)))


@cache
def enlarged_digits() -> Dataset:
    """8x8 numbers up to 16 become 28x28 bytes: 3x3 pixels for one, with a margin of two."""
    digits = load("digits")
    parts = []
    for x, y in (digits.training, digits.validation, digits.test):
        images = np.kron(x[..., 0] / 16 * 255, np.ones((3, 3)))
        parts.append(Examples(np.pad(images, ((0, 0), (2, 2), (2, 2)))[..., None].astype(np.uint8), y))
    return Dataset("mnist", *parts, digits.classes, Preprocessing(255))


def check_figure(name: str, measurement: Measurement) -> dict[str, bytes]:
    """Describe and draw a measurement in every language; warnings, as of a missing letter, are errors.

    Without a Chinese font, Chinese pictures are the English ones, and are not drawn again.

    Returns:
        The pictures in English, by kind.
    """
    lengths = {len(column) for column in measurement.table.values()}
    assert len(lengths) == 1, f"columns of lengths {lengths}"
    pictures = {}
    for language in LANGUAGES:
        record = describe(name, language, measurement, 1.0, {"svg": f"{name}.svg"})
        assert record.shows
        assert "{" not in record.shows
        if language == "en" or chinese_font():
            pictures[language] = draw_pictures(name, language, measurement)
            assert pictures[language]["svg"].startswith(b"<?xml")
            assert pictures[language]["png"].startswith(b"\x89PNG")
            assert pictures[language].get("gif", b"GIF8").startswith(b"GIF8")
    return pictures["en"]
