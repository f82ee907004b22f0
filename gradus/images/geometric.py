"""Transforms that move pixels: rotate, flip, shift, scale, elastic."""

import math
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gradus.checks import check_number, check_whole
from gradus.images.transform import MAX_PIXELS, TRANSFORMS, Geometric

__all__ = ["Elastic", "Flip", "Rotate", "Scale", "Shift"]


@TRANSFORMS.register("rotate")
@dataclass(frozen=True)
class Rotate(Geometric):
    """Rotate about the centre by an angle, uniform within +-degrees; positive is counter-clockwise."""

    degrees: float
    example: ClassVar[str] = "rotate10"

    def __post_init__(self) -> None:
        check_number("degrees", self.degrees, 0, 180, includes="low high")

    def source(self, key: Array, y: Array, x: Array) -> tuple[Array, Array]:
        angle = jnp.deg2rad(uniform(key, len(y), self.degrees))
        cos, sin = jnp.cos(angle), jnp.sin(angle)
        return cos * y + sin * x, cos * x - sin * y


@TRANSFORMS.register("flip")
@dataclass(frozen=True)
class Flip(Geometric):
    """Mirror left to right with probability 1/2. Not for digits or letters, which become other signs."""

    example: ClassVar[str] = "flip"

    def source(self, key: Array, y: Array, x: Array) -> tuple[Array, Array]:
        return y, x * jax.random.rademacher(key, (len(y), 1, 1), x.dtype)


@TRANSFORMS.register("shift")
@dataclass(frozen=True)
class Shift(Geometric):
    """Shift by whole pixels, vertically and horizontally, each uniform from -pixels to pixels."""

    pixels: int
    example: ClassVar[str] = "shift2"

    def __post_init__(self) -> None:
        check_whole("pixels", self.pixels, 0, MAX_PIXELS)

    @property
    def extent(self) -> float:
        return self.pixels

    def source(self, key: Array, y: Array, x: Array) -> tuple[Array, Array]:
        down, right = jax.random.randint(key, (2, len(y), 1, 1), -self.pixels, self.pixels + 1)
        return y - down, x - right


@TRANSFORMS.register("scale")
@dataclass(frozen=True)
class Scale(Geometric):
    """Scale about the centre by a factor, uniform within 1 +- fraction; above 1 enlarges."""

    fraction: float
    example: ClassVar[str] = "scale0.1"

    def __post_init__(self) -> None:
        check_number("fraction", self.fraction, 0, 0.99, includes="low high")

    def source(self, key: Array, y: Array, x: Array) -> tuple[Array, Array]:
        factor = 1 + uniform(key, len(y), self.fraction)
        return y / factor, x / factor


@TRANSFORMS.register("elastic")
@dataclass(frozen=True)
class Elastic(Geometric):
    """Deform elastically: displace each pixel by a smooth random field (Simard, Steinkraus & Platt 2003).

    Simard's alpha = 34 with sigma = 4 is strength 34 / (2 sqrt(3 pi) 4) = 1.4: his alpha multiplies smoothed uniform
    noise on every pixel. This noise is normal, on points 1.5 sigma apart: nearly the same field from fewer random
    numbers.

    Args:
        strength: standard deviation of the displacement along each axis, in pixels.
        smoothness: sigma of the Gaussian that smooths the field, in pixels, at least 1.
    """

    strength: float
    smoothness: float = 4.0  # Simard's for images of 28x28
    example: ClassVar[str] = "elastic1.4 or elastic1.4-smooth4"
    suffixes: ClassVar[dict[str, str]] = {"smooth": "smoothness"}

    def __post_init__(self) -> None:
        check_number("strength", self.strength, 0, MAX_PIXELS, includes="low high")
        check_number("smoothness", self.smoothness, 1, MAX_PIXELS, includes="low high")

    @property
    def extent(self) -> float:
        return self.strength

    def source(self, key: Array, y: Array, x: Array) -> tuple[Array, Array]:
        n, height, width = y.shape
        over_y, over_x = smoothing_matrix(height, self.smoothness), smoothing_matrix(width, self.smoothness)
        noise = self.strength * jax.random.normal(key, (2, n, over_y.shape[1], over_x.shape[1]), y.dtype)
        down, right = jnp.einsum("yk,dnkl,xl->dnyx", over_y, noise, over_x)
        return y - down, x - right


def uniform(key: Array, n: int, limit: float) -> Array:
    """A number within +-limit for each of n images, (n, 1, 1)."""
    return jax.random.uniform(key, (n, 1, 1), minval=-limit, maxval=limit)


def smoothing_matrix(side: int, smoothness: float) -> np.ndarray:
    """(side, points): the weight of the noise at each point for each pixel along one side of the image.

    A Gaussian, normalised so that noise of standard deviation 1 on the points gives 1 at every pixel.
    """
    spacing = 1.5 * smoothness
    points = math.ceil((side - 1) / spacing) + 3  # the first and the last lie outside
    centres = (np.arange(points) - (points - 1) / 2) * spacing + (side - 1) / 2
    weights = np.exp(-(((np.arange(side)[:, None] - centres) / smoothness) ** 2) / 2)
    return (weights / np.sqrt((weights**2).sum(axis=1, keepdims=True))).astype(np.float32)
