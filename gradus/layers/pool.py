"""Pooling: each channel of an image condensed, window by window (theory E4; Nielsen, chapter 6)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import jax.numpy as jnp
from jax import Array

from gradus.equations.windows import Pads, Pair, Windows, check_image, short
from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape

__all__ = ["GlobalAveragePool", "Pool"]


@dataclass(frozen=True)
class Pool(Layer):
    """The largest, the average, or the square root of the sum of squares (l2) of the pixels in each window.

    (batch, height, width, channels) becomes (batch, down, across, channels). The windows lie side by side
    unless `stride` says otherwise; `windows` says how many there are and what is left over where they do not fit.
    The padding is never pooled: no maximum is found there, and an average is that of the pixels in the image
    (ONNX: count_include_pad=0). At ties the first maximum, row by row, receives the error; where all pixels
    of an l2 window are 0 the derivative is taken to be 0.
    """

    window: int | Pair
    stride: int | Pair | None = None
    pooling: str = "max"
    padding: str | int | Pads = "valid"

    def __post_init__(self) -> None:
        if self.pooling not in tuple(KINDS):
            raise SettingError(f"there is no pooling {self.pooling!r}; choose one of {', '.join(KINDS)}")
        windows = self.windows()
        if self.padding == "same":
            return
        pads, spans = windows.pads((1, 1)), windows.spans()
        if any(max(sides) >= span for sides, span in zip(pads, spans, strict=True)):
            raise SettingError(f"padding {self.padding!r} would hold whole windows of {short(self.window)}")

    def windows(self) -> Windows:
        return Windows(self.window, self.window if self.stride is None else self.stride, 1, self.padding)

    def init(self, key: Array, in_shape: Shape) -> tuple[tuple, tuple, Shape]:
        self.windows().check_fit(in_shape, "window")
        return (), (), (*self.windows().counts(in_shape), in_shape[2])

    def forward(self, params: tuple, x: Array, key: Array | None = None) -> tuple[Array, tuple]:
        forward, _ = KINDS[self.pooling]
        return forward(self.windows(), x)

    def backward(self, params: tuple, cache: tuple, dy: Array) -> tuple[Array, tuple]:
        _, backward = KINDS[self.pooling]
        return backward(self.windows(), cache, dy), ()

    def __str__(self) -> str:
        return f"{self.pooling}pool{short(self.window)}{self.windows().suffix(self.window)}"


def forward_max(windows: Windows, x: Array) -> tuple[Array, tuple]:
    y = reduce(jnp.maximum, windows.views(x, fill=-jnp.inf))
    return y, (x, y)


def backward_max(windows: Windows, cache: tuple, dy: Array) -> Array:
    x, y = cache
    views = windows.views(x, fill=-jnp.inf)
    first = jnp.full(y.shape, len(views) - 1)  # the number of the first place with the maximum
    for p, view in reversed(list(enumerate(views[:-1]))):
        first = jnp.where(view == y, p, first)
    return windows.put_back(lambda p: jnp.where(first == p, dy, 0), x.shape[1:])


def forward_average(windows: Windows, x: Array) -> tuple[Array, tuple]:
    pixels = reduce(jnp.add, windows.views(jnp.ones_like(x[:1, :, :, :1])))  # of the image in each window
    # The cache may hold arrays only; an empty slice carries the shape of one example.
    return reduce(jnp.add, windows.views(x)) / pixels, (pixels, x[:0])


def backward_average(windows: Windows, cache: tuple, dy: Array) -> Array:
    pixels, x = cache
    return windows.put_back(lambda p: dy / pixels, x.shape[1:])


def forward_l2(windows: Windows, x: Array) -> tuple[Array, tuple]:
    y = jnp.sqrt(reduce(jnp.add, windows.views(x**2)))
    return y, (x, y)


def backward_l2(windows: Windows, cache: tuple, dy: Array) -> Array:
    x, y = cache
    slope = jnp.where(y == 0, 0, dy / jnp.where(y == 0, 1, y))  # dy/dx = x / y
    return x * windows.put_back(lambda p: slope, x.shape[1:])


KINDS: dict[str, tuple[Callable[[Windows, Array], tuple], Callable[[Windows, tuple, Array], Array]]] = {
    "max": (forward_max, backward_max),
    "average": (forward_average, backward_average),
    "l2": (forward_l2, backward_l2),
}


@dataclass(frozen=True)
class GlobalAveragePool(Layer):
    """The average of each channel: (batch, height, width, channels) becomes (batch, channels) (Lin et al. 2013)."""

    def init(self, key: Array, in_shape: Shape) -> tuple[tuple, tuple, Shape]:
        check_image(in_shape)
        return (), (), in_shape[2:]

    def forward(self, params: tuple, x: Array, key: Array | None = None) -> tuple[Array, Array]:
        # The cache may hold arrays only; an empty slice carries the shape of one example.
        return x.mean(axis=(1, 2)), x[:0]

    def backward(self, params: tuple, cache: Array, dy: Array) -> tuple[Array, tuple]:
        height, width = cache.shape[1:3]
        dx = dy[:, None, None] / (height * width)
        return jnp.broadcast_to(dx, (len(dy), *cache.shape[1:])), ()
