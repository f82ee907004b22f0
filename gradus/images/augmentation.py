"""Augmentation: every epoch sees other versions of the training images (theory D3).

A geometric transform says for each pixel where in the original its value comes from. All those of a line are composed
into one map, so that an image is interpolated, and blurred, only once. Pixelwise transforms come after it.

These are pure functions of images and a key, to be compiled into a training step.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from gradus.errors import SettingError
from gradus.images.transform import Geometric, Pixelwise, Transform

__all__ = ["Augmentation"]


@dataclass(frozen=True)
class Augmentation:
    """Transforms in the order in which they are applied, geometric ones before pixelwise ones.

    `str` of it is the line that `parse_augmentation` reads.

    Args:
        transforms: at least one.

    Raises:
        SettingError: for no transforms, or anything that is not one.
    """

    transforms: tuple[Transform, ...]

    def __post_init__(self) -> None:
        if not self.transforms or not all(isinstance(transform, Transform) for transform in self.transforms):
            raise SettingError(f"augmentation {self.transforms!r}: expected transforms such as (Rotate(10), Shift(2))")

    def __str__(self) -> str:
        return " ".join(map(str, self.transforms))

    def __call__(self, key: Array, images: Array) -> Array:
        """Augment images.

        Args:
            key: decides the random numbers.
            images: (n, height, width, channels), bytes, or floats from 0 (black) to 1.

        Returns:
            Images of the same shape and dtype; whatever comes from outside an image is black.
        """
        if images.dtype == jnp.uint8:
            return jnp.round(255 * self(key, images / jnp.float32(255))).astype(jnp.uint8)
        steps = list(zip(jax.random.split(key, len(self.transforms)), self.transforms, strict=True))
        geometric = [(key, transform) for key, transform in steps if isinstance(transform, Geometric)]
        if geometric:
            y, x = pixel_grid(images.shape, images.dtype)
            for key, transform in reversed(geometric):  # from where a pixel ends up, back to where it comes from
                y, x = transform.source(key, y, x)
            # without the barrier, XLA computes the noise inside the loop of the look-up, which takes twice as long
            images = lax.optimization_barrier(interpolate(images, y, x))
        for key, transform in steps:
            if isinstance(transform, Pixelwise):
                images = transform.apply(key, images)
        return images

    def check_images(self, in_shape: tuple[int, ...]) -> None:
        """Raise SettingError unless inputs of this shape are images large enough for the transforms."""
        if len(in_shape) != 3:
            raise SettingError(f"augmentation: inputs of shape {in_shape} are not images (height, width, channels)")
        side = min(in_shape[:2])
        for transform in self.transforms:
            if transform.extent >= side:
                raise SettingError(f"augmentation, {transform}: expected less than the image's {side} pixels")


def pixel_grid(shape: tuple[int, ...], dtype: Any) -> tuple[Array, Array]:
    """Coordinates y and x, (n, height, width), of the pixels of images, from their centre."""
    n, height, width, _ = shape
    y, x = (jnp.arange(side, dtype=dtype) - (side - 1) / 2 for side in (height, width))
    return jnp.broadcast_to(y[:, None], (n, height, width)), jnp.broadcast_to(x, (n, height, width))


def interpolate(images: Array, y: Array, x: Array) -> Array:
    """Bilinear interpolation: the mean of the four pixels around each point, weighted by nearness; black outside.

    Args:
        images: (n, height, width, channels).
        y, x: (n, height, width) coordinates from the images' centre.
    """
    n, height, width, channels = images.shape
    # everything further outside than 1 is black; with a black border no neighbour needs a test whether it is inside
    y = jnp.clip(y + (height - 1) / 2, -1, height)
    x = jnp.clip(x + (width - 1) / 2, -1, width)
    top, left = jnp.floor(y), jnp.floor(x)
    down, right = (y - top)[..., None], (x - left)[..., None]
    bordered = lax.optimization_barrier(jnp.pad(images, ((0, 0), (1, 2), (1, 2), (0, 0))))  # once, not per look-up
    pixels, row = bordered.reshape(-1, channels), width + 3
    corner = (jnp.arange(n)[:, None, None] * (height + 3) + top.astype(int) + 1) * row + left.astype(int) + 1

    def neighbour(offset: int) -> Array:
        return pixels.at[corner + offset].get(mode="promise_in_bounds")

    above = neighbour(0) * (1 - right) + neighbour(1) * right
    below = neighbour(row) * (1 - right) + neighbour(row + 1) * right
    return (above * (1 - down) + below * down).astype(images.dtype)
