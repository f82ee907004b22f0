"""Transforms that change the values of pixels: noise, cutout."""

import math
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array, lax

from gradus.checks import check_number, check_whole
from gradus.images.transform import MAX_PIXELS, TRANSFORMS, Pixelwise

__all__ = ["Cutout", "Noise"]


@TRANSFORMS.register("noise")
@dataclass(frozen=True)
class Noise(Pixelwise):
    """Add normal noise of mean 0 to every pixel and channel, and clip the result to 0 to 1.

    Args:
        spread: standard deviation of the noise; black is 0, white is 1.
    """

    spread: float
    example: ClassVar[str] = "noise0.05"

    def __post_init__(self) -> None:
        check_number("spread", self.spread, 0, 1, includes="low high")

    def apply(self, key: Array, images: Array) -> Array:
        return jnp.clip(images + self.spread * hashed_normal(key, images.shape).astype(images.dtype), 0, 1)


@TRANSFORMS.register("cutout")
@dataclass(frozen=True)
class Cutout(Pixelwise):
    """Black out a square (DeVries & Taylor 2017); near an edge, a part of it lies outside the image.

    Args:
        size: side of the square in pixels. Its middle (size // 2 down and right of its corner) is any pixel.
    """

    size: int
    example: ClassVar[str] = "cutout6"

    def __post_init__(self) -> None:
        check_whole("size", self.size, 0, MAX_PIXELS)

    @property
    def extent(self) -> float:
        return self.size

    def apply(self, key: Array, images: Array) -> Array:
        n, height, width, _ = images.shape
        keys = jax.random.split(key)
        rows, columns = (self.is_inside(key, n, side) for key, side in zip(keys, (height, width), strict=True))
        return jnp.where((rows[:, :, None] & columns[:, None, :])[..., None], 0, images)

    def is_inside(self, key: Array, n: int, side: int) -> Array:
        """(n, side): True for the rows, or columns, that each image's square covers."""
        start = jax.random.randint(key, (n, 1), 0, side) - self.size // 2
        return (jnp.arange(side) >= start) & (jnp.arange(side) < start + self.size)


def hashed_normal(key: Array, shape: tuple[int, ...]) -> Array:
    """Normal random numbers, float32, from a hash of each one's position and the key.

    jax.random.normal takes several times as long, more than everything else here together, as its generator passes
    every statistical test, which noise on pixels does not need. The hash is Wellons's lowbias32 (2018).
    """
    first, second = jax.random.bits(key, (2,))
    bits = lax.iota(jnp.uint32, math.prod(shape)) ^ first
    bits = (bits ^ (bits >> 16)) * jnp.uint32(0x21F0AAAD) + second
    bits = (bits ^ (bits >> 15)) * jnp.uint32(0xD35A2D97)
    bits = (bits ^ (bits >> 15)) >> 9  # as many as float32 can tell apart
    between = (bits.astype(jnp.int32).astype(jnp.float32) + 0.5) / 2**22 - 1  # uniform, never -1 or 1
    return (math.sqrt(2) * lax.erf_inv(between)).reshape(shape)
