"""The contract of an image transform: random, with settings of its own, drawn independently for each image."""

from dataclasses import dataclass, fields
from typing import ClassVar

from jax import Array

from gradus.registry import Registry

__all__ = ["MAX_PIXELS", "TRANSFORMS", "Geometric", "Pixelwise", "Transform"]

MAX_PIXELS = 1000  # the largest length a setting may have: more is a typing error


@dataclass(frozen=True)
class Transform:
    """A random change of images. `str` of it is its word in a line such as `rotate10 shift2`.

    A word is the name, the first setting, and optional settings by their suffix: elastic1.4-smooth6.
    """

    example: ClassVar[str] = ""  # what its word looks like, for messages
    suffixes: ClassVar[dict[str, str]] = {}  # optional settings, by the suffix that writes them

    @property
    def extent(self) -> float:
        """The length in pixels, if any, that must be smaller than the image's sides."""
        return 0

    def __str__(self) -> str:
        numbers = [number_text(getattr(self, field.name)) for field in fields(self)[:1]]
        word = type(self).__name__.lower() + "".join(numbers)
        for suffix, name in self.suffixes.items():
            if getattr(self, name) != getattr(type(self), name):  # the default
                word += f"-{suffix}{number_text(getattr(self, name))}"
        return word


class Geometric(Transform):
    """A transform that moves pixels."""

    def source(self, key: Array, y: Array, x: Array) -> tuple[Array, Array]:
        """Where the transformed image at y, x takes its values from.

        Args:
            key: decides the random numbers.
            y, x: (n, height, width) coordinates in pixels from the image's centre, down and to the right.

        Returns:
            The coordinates in the original image, of the same shape.
        """
        raise NotImplementedError


class Pixelwise(Transform):
    """A transform that changes the values of pixels and leaves them in place."""

    def apply(self, key: Array, images: Array) -> Array:
        """The transformed images.

        Args:
            key: decides the random numbers.
            images: (n, height, width, channels) from 0 (black) to 1.
        """
        raise NotImplementedError


TRANSFORMS: Registry[type[Transform]] = Registry("transform")


def number_text(value: float) -> str:
    """10 for 10.0, 0.5 for 0.5."""
    return repr(int(value) if value == int(value) else value)
