"""Pooling: each channel of an image condensed, window by window (theory E4; Nielsen, chapter 6)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from gradus.equations import (
    PAIR,
    SUFFIX,
    Pads,
    Pair,
    Windows,
    check_image,
    parse_padding,
    parse_pair,
    short,
)
from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape
from gradus.layers.registry import LineSettings, Word, register
from gradus.registry import Registry

__all__ = ["POOLINGS", "GlobalAveragePool", "Pool"]

Cache = tuple[Array, Array]


def parse_pool(match: re.Match[str], line: LineSettings) -> "Pool":
    """The layer that a word such as maxpool2-stride1 writes."""
    if match["dilation"]:
        raise SettingError("a pooling has no -dilate")
    stride = parse_pair(match["stride"]) if match["stride"] else None
    return Pool(parse_pair(match["window"]), stride, match["pooling"], parse_padding(match))


@register(
    *(
        Word(f"{pooling}pool2", rf"(?P<pooling>{pooling})pool(?P<window>{PAIR}){SUFFIX}", parse_pool)
        for pooling in ("max", "average", "l2")
    )
)
@dataclass(frozen=True)
class Pool(Layer):
    """The maximum, the average, or the root of the sum of squares (l2) of the pixels in each window.

    (batch, height, width, channels) becomes (batch, down, across, channels). Padding is never pooled: it is no
    maximum, and an average is over the pixels of the image (ONNX: count_include_pad=0). At ties the first maximum, row
    by row, receives the error; where all pixels of an l2 window are 0, the derivative is defined as 0.

    Args:
        window, stride: in pixels, (height, width) or one number for both; without a stride, windows lie side by side.
        pooling: "max", "average" or "l2".
        padding: "valid", "same", a number of pixels, or ((top, bottom), (left, right)).

    Raises:
        SettingError: for anything else.
    """

    window: int | Pair
    stride: int | Pair | None = None
    pooling: str = "max"
    padding: str | int | Pads = "valid"

    def __post_init__(self) -> None:
        POOLINGS.find(self.pooling)
        windows = self.windows()
        if self.padding == "same":
            return
        pads, spans = windows.pads((1, 1)), windows.spans()
        if any(max(sides) >= span for sides, span in zip(pads, spans, strict=True)):
            raise SettingError(f"padding {self.padding!r}: expected less than the window of {short(self.window)}")

    def windows(self) -> Windows:
        return Windows(self.window, self.window if self.stride is None else self.stride, 1, self.padding)

    def init(self, key: Array, in_shape: Shape) -> tuple[tuple[()], tuple[()], Shape]:
        self.windows().check_fit(in_shape, "window")
        return (), (), (*self.windows().counts(in_shape), in_shape[2])

    def forward(
        self, params: tuple[()], x: Float[Array, "b h w k"], key: Array | None = None
    ) -> tuple[Float[Array, "b down across k"], Cache]:
        return POOLINGS[self.pooling].forward(self.windows(), x)

    def backward(
        self, params: tuple[()], cache: Cache, dy: Float[Array, "b down across k"]
    ) -> tuple[Float[Array, "b h w k"], tuple[()]]:
        return POOLINGS[self.pooling].backward(self.windows(), cache, dy), ()

    def __str__(self) -> str:
        return f"{self.pooling}pool{short(self.window)}{self.windows().suffix(self.window)}"


def forward_max(windows: Windows, x: Array) -> tuple[Array, Cache]:
    y = reduce(jnp.maximum, windows.patches(x, fill=-jnp.inf))
    return y, (x, y)


def backward_max(windows: Windows, cache: Cache, dy: Array) -> Array:
    x, y = cache
    patches = windows.patches(x, fill=-jnp.inf)
    first = jnp.full(y.shape, len(patches) - 1)  # the number of the first offset with the maximum
    for p, patch in reversed(list(enumerate(patches[:-1]))):
        first = jnp.where(patch == y, p, first)
    return windows.scatter_patches(lambda p: jnp.where(first == p, dy, 0), x.shape[1:])


def forward_average(windows: Windows, x: Array) -> tuple[Array, Cache]:
    pixels = reduce(jnp.add, windows.patches(jnp.ones_like(x[:1, :, :, :1])))  # of the image in each window
    # The cache may hold arrays only; an empty slice carries the shape of one example.
    return reduce(jnp.add, windows.patches(x)) / pixels, (pixels, x[:0])


def backward_average(windows: Windows, cache: Cache, dy: Array) -> Array:
    pixels, x = cache
    return windows.scatter_patches(lambda p: dy / pixels, x.shape[1:])


def forward_l2(windows: Windows, x: Array) -> tuple[Array, Cache]:
    y = jnp.sqrt(reduce(jnp.add, windows.patches(x**2)))
    return y, (x, y)


def backward_l2(windows: Windows, cache: Cache, dy: Array) -> Array:
    x, y = cache
    dy_over_y = jnp.where(y == 0, 0, dy / jnp.where(y == 0, 1, y))  # dy/dx = x / y
    return x * windows.scatter_patches(lambda p: dy_over_y, x.shape[1:])


class Pooling(NamedTuple):
    """A pooling in both directions."""

    forward: Callable[[Windows, Array], tuple[Array, Cache]]
    backward: Callable[[Windows, Cache, Array], Array]


POOLINGS: Registry[Pooling] = Registry(
    "pooling",
    {
        "max": Pooling(forward_max, backward_max),
        "average": Pooling(forward_average, backward_average),
        "l2": Pooling(forward_l2, backward_l2),
    },
)


@register(Word("globalaveragepool", "globalaveragepool", lambda match, line: GlobalAveragePool()))
@dataclass(frozen=True)
class GlobalAveragePool(Layer):
    """The average of each channel: (batch, height, width, channels) becomes (batch, channels) (Lin et al. 2013)."""

    gives_vectors = True

    def init(self, key: Array, in_shape: Shape) -> tuple[tuple[()], tuple[()], Shape]:
        check_image(in_shape)
        return (), (), in_shape[2:]

    def forward(
        self, params: tuple[()], x: Float[Array, "b h w k"], key: Array | None = None
    ) -> tuple[Float[Array, "b k"], Array]:
        # The cache may hold arrays only; an empty slice carries the shape of one example.
        return x.mean(axis=(1, 2)), x[:0]

    def backward(
        self, params: tuple[()], cache: Array, dy: Float[Array, "b k"]
    ) -> tuple[Float[Array, "b h w k"], tuple[()]]:
        height, width = cache.shape[1:3]
        dx = dy[:, None, None] / (height * width)
        return jnp.broadcast_to(dx, (len(dy), *cache.shape[1:])), ()
