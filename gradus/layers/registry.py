"""The layers that a line of text, a model file and the tests know. Each registers itself, in its own file."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from gradus.layers.layer import Layer
from gradus.registry import Registry

__all__ = ["LAYERS", "WORDS", "LineSettings", "Word", "register"]

L = TypeVar("L", bound=type[Layer])


class LineSettings(NamedTuple):
    """What the words of a line share.

    weights: initial weights of layers that take some.
    parse: the layer, or the chain of layers, that a text inside brackets writes.
    """

    weights: str
    parse: Callable[[str], Layer]


@dataclass(frozen=True)
class Word:
    """How a layer is written on a line (notation.py).

    example: a word, for messages; it begins with the layer's name.
    pattern: a regular expression that matches the whole word.
    build: the layer, from the match and the line's settings.
    """

    example: str
    pattern: str
    build: Callable[[re.Match[str], LineSettings], Layer]

    @property
    def name(self) -> str:
        """The word without its numbers, such as "dense" or "l2pool"."""
        return re.match(r"(?:l2pool|[a-z_]*)", self.example)[0]  # type: ignore[index]


LAYERS: Registry[type[Layer]] = Registry("layer")
WORDS: dict[str, Word] = {}


def register(*words: Word) -> Callable[[L], L]:
    """A class decorator for a layer that ships: it may stand on a line, in these words, and in a model file."""

    def add(layer: L) -> L:
        LAYERS[layer.__name__] = layer
        WORDS.update({word.name: word for word in words})
        return layer

    return add
