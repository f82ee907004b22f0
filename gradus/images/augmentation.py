"""More data: every epoch sees other versions of the images (theory D3).

Where a transform moves an image (rotate, flip, shift, scale, elastic), it says for each pixel where in the
original it comes from. A whole line of them is one such map, so each image is interpolated once, whatever the
line holds, and is blurred once. What changes the pixels themselves (noise, cutout) comes after that.

Pure functions of images and a key, to be compiled into a training step: this is the one file of data/ that
knows JAX, and `import gradus.data` leaves it alone.
"""

import math
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from gradus.errors import SettingError

__all__ = [
    "LARGEST", "Augmentation", "Cutout", "Elastic", "Flip", "Moving", "Noise", "Painting", "Rotate", "Scale", "Shift",
    "Transform",
]  # fmt: skip

LARGEST = 1000  # pixels: whoever asks for more has mistyped
SMOOTHNESS = 4.0  # pixels: Simard's of images of 28x28


class Transform:
    """What happens to an image, at random, with settings of its own; each image of a batch draws for itself."""

    in_pixels: ClassVar[str] = ""  # the setting, if any, that has to be smaller than the image's sides

    def __str__(self) -> str:
        numbers = "".join(number_text(getattr(self, field.name)) for field in fields(self)[:1])  # type: ignore[arg-type]
        return type(self).__name__.lower() + numbers


class Moving(Transform):
    """A transform that moves pixels."""

    def source(self, key: Array, y: Array, x: Array) -> tuple[Array, Array]:
        """Where what ends up at y, x comes from; all (n, height, width), in pixels from the image's centre."""
        raise NotImplementedError


class Painting(Transform):
    """A transform that changes pixels where they are."""

    def painted(self, key: Array, images: Array) -> Array:
        """The images (n, height, width, channels), from 0 (black) to 1, after it."""
        raise NotImplementedError


@dataclass(frozen=True)
class Rotate(Moving):
    """Turn about the centre by an angle, uniform within +-degrees; positive is counter-clockwise."""

    degrees: float

    def __post_init__(self) -> None:
        check(self, "degrees", 180)

    def source(self, key: Array, y: Array, x: Array) -> tuple[Array, Array]:
        angle = jnp.deg2rad(uniform(key, len(y), self.degrees))
        cos, sin = jnp.cos(angle), jnp.sin(angle)
        return cos * y + sin * x, cos * x - sin * y


@dataclass(frozen=True)
class Flip(Moving):
    """Mirror left to right, every second image on average. Not for digits: theirs would be another sign."""

    def source(self, key: Array, y: Array, x: Array) -> tuple[Array, Array]:
        return y, x * jax.random.rademacher(key, (len(y), 1, 1), x.dtype)


@dataclass(frozen=True)
class Shift(Moving):
    """Move by whole pixels, up or down and left or right, each uniform from -pixels to pixels."""

    pixels: int
    in_pixels: ClassVar[str] = "pixels"

    def __post_init__(self) -> None:
        check(self, "pixels", LARGEST, whole=True)

    def source(self, key: Array, y: Array, x: Array) -> tuple[Array, Array]:
        down, right = jax.random.randint(key, (2, len(y), 1, 1), -self.pixels, self.pixels + 1)
        return y - down, x - right


@dataclass(frozen=True)
class Scale(Moving):
    """Enlarge about the centre by a factor, uniform within 1 +- fraction; below 1 the image shrinks."""

    fraction: float

    def __post_init__(self) -> None:
        check(self, "fraction", 0.99)

    def source(self, key: Array, y: Array, x: Array) -> tuple[Array, Array]:
        factor = 1 + uniform(key, len(y), self.fraction)
        return y / factor, x / factor


@dataclass(frozen=True)
class Elastic(Moving):
    """Bend as rubber: each pixel moves by a smooth random field (Simard, Steinkraus & Platt 2003).

    strength: the standard deviation of the displacement, in pixels, up or down as well as left or right.
    smoothness: sigma of the Gaussian that smooths the field, in pixels, 1 at least.
    Simard's alpha = 34 with sigma = 4 is strength 34 / (2 sqrt(3 pi) 4) = 1.4: alpha multiplies smoothed uniform noise
    on every pixel. Here it is normal, on points 1.5 sigma apart: nearly the same field for fewer random numbers.
    """

    strength: float
    smoothness: float = SMOOTHNESS
    in_pixels: ClassVar[str] = "strength"

    def __post_init__(self) -> None:
        check(self, "strength", LARGEST)
        check(self, "smoothness", LARGEST, least=1)

    def source(self, key: Array, y: Array, x: Array) -> tuple[Array, Array]:
        n, height, width = y.shape
        over_y, over_x = smoothing(height, self.smoothness), smoothing(width, self.smoothness)
        noise = self.strength * jax.random.normal(key, (2, n, over_y.shape[1], over_x.shape[1]), y.dtype)
        down, right = jnp.einsum("yk,dnkl,xl->dnyx", over_y, noise, over_x)
        return y - down, x - right

    def __str__(self) -> str:
        smooth = "" if self.smoothness == SMOOTHNESS else f"-smooth{number_text(self.smoothness)}"
        return super().__str__() + smooth


@dataclass(frozen=True)
class Noise(Painting):
    """Add to every pixel and channel a normal number of mean 0; what leaves the range from 0 to 1 is cut off.

    spread: its standard deviation, where black is 0 and white is 1.
    """

    spread: float

    def __post_init__(self) -> None:
        check(self, "spread", 1)

    def painted(self, key: Array, images: Array) -> Array:
        return jnp.clip(images + self.spread * normal(key, images.shape).astype(images.dtype), 0, 1)


@dataclass(frozen=True)
class Cutout(Painting):
    """Black out a square (DeVries & Taylor 2017); near an edge, a part of it lies outside the image.

    size: its side, in pixels. The point size // 2 down and right from its corner is any of the image's.
    """

    size: int
    in_pixels: ClassVar[str] = "size"

    def __post_init__(self) -> None:
        check(self, "size", LARGEST, whole=True)

    def painted(self, key: Array, images: Array) -> Array:
        n, height, width, _ = images.shape
        keys = jax.random.split(key)
        rows, columns = (self.inside(key, n, side) for key, side in zip(keys, (height, width), strict=True))
        return jnp.where((rows[:, :, None] & columns[:, None, :])[..., None], 0, images)

    def inside(self, key: Array, n: int, side: int) -> Array:
        """(n, side): which rows, or columns, the square of each image covers."""
        start = jax.random.randint(key, (n, 1), 0, side) - self.size // 2
        return (jnp.arange(side) >= start) & (jnp.arange(side) < start + self.size)


@dataclass(frozen=True)
class Augmentation:
    """Transforms in the order in which they are applied, those that move pixels first.

    `str` of it is the line that `parse_augmentation` reads. Raises SettingError where there are none.
    """

    transforms: tuple[Transform, ...]

    def __post_init__(self) -> None:
        if not self.transforms or not all(isinstance(transform, Transform) for transform in self.transforms):
            raise SettingError(f"augmentation {self.transforms!r}: expected transforms such as (Rotate(10), Shift(2))")

    def __str__(self) -> str:
        return " ".join(map(str, self.transforms))

    def __call__(self, key: Array, images: Array) -> Array:
        """Other versions of images (n, height, width, channels): bytes, or floats from 0 (black) to 1.

        The result has their shape and dtype; what comes from outside an image is black.
        """
        if images.dtype == jnp.uint8:
            return jnp.round(255 * self(key, images / jnp.float32(255))).astype(jnp.uint8)
        draws = list(zip(jax.random.split(key, len(self.transforms)), self.transforms, strict=True))
        moving = [(key, transform) for key, transform in draws if isinstance(transform, Moving)]
        if moving:
            y, x = centred(images.shape, images.dtype)
            for key, transform in reversed(moving):  # from where a pixel ends up, back to where it comes from
                y, x = transform.source(key, y, x)
            # or else XLA computes the noise inside the loop that looks pixels up, which takes twice as long
            images = lax.optimization_barrier(resampled(images, y, x))
        for key, transform in draws:
            if isinstance(transform, Painting):
                images = transform.painted(key, images)
        return images

    def check_images(self, in_shape: tuple[int, ...]) -> None:
        """Raise SettingError unless inputs of this shape are images that are large enough for the transforms."""
        if len(in_shape) != 3:
            raise SettingError(f"augmentation: inputs of shape {in_shape} are no images (height, width, channels)")
        side = min(in_shape[:2])
        for transform in self.transforms:
            if getattr(transform, transform.in_pixels, 0) >= side:
                raise SettingError(f"augmentation, {transform}: expected less than the image's {side} pixels")


def centred(shape: tuple[int, ...], dtype: Any) -> tuple[Array, Array]:
    """y and x (n, height, width) of the pixels of images, from their centre."""
    n, height, width, _ = shape
    y, x = (jnp.arange(side, dtype=dtype) - (side - 1) / 2 for side in (height, width))
    return jnp.broadcast_to(y[:, None], (n, height, width)), jnp.broadcast_to(x, (n, height, width))


def resampled(images: Array, y: Array, x: Array) -> Array:
    """The images (n, height, width, channels) at places y, x (n, height, width) from their centre.

    Between pixels bilinear: the mean of the four around a place, each weighted by how near it is.
    """
    n, height, width, channels = images.shape
    # further outside than 1 it is as black; with a border of black no neighbour has to be asked whether it is inside
    y = jnp.clip(y + (height - 1) / 2, -1, height)
    x = jnp.clip(x + (width - 1) / 2, -1, width)
    top, left = jnp.floor(y), jnp.floor(x)
    down, right = (y - top)[..., None], (x - left)[..., None]
    bordered = lax.optimization_barrier(jnp.pad(images, ((0, 0), (1, 2), (1, 2), (0, 0))))  # once, not at every look-up
    pixels, row = bordered.reshape(-1, channels), width + 3
    corner = (jnp.arange(n)[:, None, None] * (height + 3) + top.astype(int) + 1) * row + left.astype(int) + 1

    def neighbour(offset: int) -> Array:
        return pixels.at[corner + offset].get(mode="promise_in_bounds")

    above = neighbour(0) * (1 - right) + neighbour(1) * right
    below = neighbour(row) * (1 - right) + neighbour(row + 1) * right
    return (above * (1 - down) + below * down).astype(images.dtype)


def smoothing(side: int, smoothness: float) -> np.ndarray:
    """(side, points): how much of the noise at each point arrives at each pixel along one side of the image.

    A Gaussian, scaled so that noise of standard deviation 1 on the points gives 1 at every pixel.
    """
    spacing = 1.5 * smoothness
    points = math.ceil((side - 1) / spacing) + 3  # the first and the last lie outside
    centres = (np.arange(points) - (points - 1) / 2) * spacing + (side - 1) / 2
    weights = np.exp(-(((np.arange(side)[:, None] - centres) / smoothness) ** 2) / 2)
    return (weights / np.sqrt((weights**2).sum(axis=1, keepdims=True))).astype(np.float32)


def uniform(key: Array, n: int, reach: float) -> Array:
    """A number within +-reach for each of n images, (n, 1, 1)."""
    return jax.random.uniform(key, (n, 1, 1), minval=-reach, maxval=reach)


def normal(key: Array, shape: tuple[int, ...]) -> Array:
    """Normal random numbers, float32, by hashing each one's position with the key.

    jax.random.normal takes several times as long, more than all else here together; its generator is made to
    pass every statistical test, which noise on pixels does not need. The hash is Wellons's lowbias32 (2018).
    """
    first, second = jax.random.bits(key, (2,))
    bits = lax.iota(jnp.uint32, math.prod(shape)) ^ first
    bits = (bits ^ (bits >> 16)) * jnp.uint32(0x21F0AAAD) + second
    bits = (bits ^ (bits >> 15)) * jnp.uint32(0xD35A2D97)
    bits = (bits ^ (bits >> 15)) >> 9  # as many as float32 tells apart
    between = (bits.astype(jnp.int32).astype(jnp.float32) + 0.5) / 2**22 - 1  # uniform, and neither -1 nor 1
    return (math.sqrt(2) * lax.erf_inv(between)).reshape(shape)


def check(transform: Transform, name: str, largest: float, least: float = 0, whole: bool = False) -> None:
    """Raise SettingError unless a setting is a number from least to largest."""
    value = getattr(transform, name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= largest
    if not is_number or (whole and value != int(value)):
        kind = "a whole number" if whole else "a number"
        raise SettingError(f"{name} {value!r}: expected {kind} from {least} to {largest}")


def number_text(value: float) -> str:
    """10 rather than 10.0."""
    return repr(int(value) if value == int(value) else value)
