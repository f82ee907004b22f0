"""Where the windows of a convolution or a pooling lie on an image, and what each of their places sees.

Along each axis of n pixels with padding in front and behind, windows of `size` places that are `dilation` pixels
apart span (size - 1) dilation + 1 pixels and lie `stride` apart. Where they do not fit, as many are taken as
do, and the pixels left over at the end are not looked at: floor((padded - span) / stride) + 1 windows.

padding: "valid" is none. "same" makes it ceil(n / stride) windows, with the odd pixel behind (TensorFlow; ONNX's
SAME_UPPER). A number is as much on every side; ((top, bottom), (left, right)) is what it says.
"""

from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import add
from typing import Any

import jax.numpy as jnp
from jax import Array, lax

from gradus.errors import SettingError
from gradus.layers.layer import Shape

__all__ = ["Pads", "Pair", "Windows", "check_image"]

Pair = tuple[int, int]
Pads = tuple[Pair, Pair]


@dataclass(frozen=True)
class Windows:
    """Windows of `size`; each setting for height and width, or one number for both. Raises SettingError."""

    size: int | Pair
    stride: int | Pair = 1
    dilation: int | Pair = 1
    padding: str | int | Pads = "valid"

    def __post_init__(self) -> None:
        for name in ("size", "stride", "dilation"):
            setting = getattr(self, name)
            if not is_pair(setting, 1) and not is_whole(setting, 1):
                raise SettingError(f"windows with {name} {setting!r}; it needs whole numbers of at least 1, one or two")
        p = self.padding
        explicit = isinstance(p, tuple) and len(p) == 2 and all(is_pair(sides, 0) for sides in p)
        if p not in ("valid", "same") and not is_whole(p, 0) and not explicit:
            raise SettingError(
                f'padding is {p!r}; it needs "valid", "same", a number of pixels or ((top, bottom), (left, right))'
            )

    def spans(self) -> Pair:
        """How many pixels a window reaches over, in height and width."""
        (a, b), (d, e) = pair(self.size), pair(self.dilation)
        return (a - 1) * d + 1, (b - 1) * e + 1

    def pads(self, image: Shape) -> Pads:
        """((top, bottom), (left, right)) of images (height, width, ...)."""
        if isinstance(self.padding, int):
            return ((self.padding,) * 2,) * 2
        if isinstance(self.padding, tuple):
            return self.padding
        if self.padding == "valid":
            return (0, 0), (0, 0)
        axes = zip(image, self.spans(), pair(self.stride), strict=False)
        missing = [max(0, (-(-n // stride) - 1) * stride + span - n) for n, span, stride in axes]
        return tuple((m // 2, m - m // 2) for m in missing)

    def counts(self, image: Shape) -> Pair:
        """How many windows there are down and across images (height, width, ...); none or fewer if they do not fit."""
        axes = zip(image, self.pads(image), self.spans(), pair(self.stride), strict=False)
        down, across = ((n + sum(pads) - span) // stride + 1 for n, pads, span, stride in axes)
        return down, across

    def places(self) -> list[Pair]:
        """The pixels of a window, row by row, counted from its first."""
        (a, b), (d, e) = pair(self.size), pair(self.dilation)
        return [(i * d, j * e) for i, j in product(range(a), range(b))]

    def views(self, x: Array, fill: float = 0) -> list[Array]:
        """What each place sees, over all windows: (batch, down, across, channels) each, of x with `fill` around it."""
        (down, across), (s, t) = self.counts(x.shape[1:]), pair(self.stride)
        x = jnp.pad(x, ((0, 0), *self.pads(x.shape[1:]), (0, 0)), constant_values=fill)
        return [
            x[:, i : i + (down - 1) * s + 1 : s, j : j + (across - 1) * t + 1 : t] for i, j in self.places()
        ]

    def put_back(self, parts: list[Array], image: Shape) -> Array:
        """The transpose of `views`: what was cut from each place is added up there, (batch, *image)."""
        pads, strides = self.pads(image), pair(self.stride)
        counts, nothing = self.counts(image), jnp.zeros((), parts[0].dtype)

        def whole(part: Array, place: Pair) -> Array:
            config = [(0, 0, 0)]
            for start, (before, _), n, count, stride in zip(place, pads, image, counts, strides, strict=False):
                low = start - before  # less than 0 where the place lies on the padding, which is cut off
                config.append((low, n - low - (count - 1) * stride - 1, stride - 1))
            return lax.pad(part, nothing, [*config, (0, 0, 0)])

        return reduce(add, (whole(part, place) for part, place in zip(parts, self.places(), strict=True)))

    def check_fit(self, image: Shape, name: str) -> None:
        """Raise SettingError where no window fits on images (height, width, channels)."""
        check_image(image)
        if min(self.counts(image)) < 1:
            (a, b), dilated = pair(self.size), f" dilated to {by(self.spans())}" if self.spans() != pair(self.size) else ""
            raise SettingError(
                f"got images of {by(image[:2])}, smaller than its {name} {a}x{b}{dilated}; "
                f'add padding="same" or pool less before it'
            )

    def suffix(self, stride: int | Pair = 1) -> str:
        """The settings that are not the usual ones, as in a network's notation; stride: the usual one."""
        parts = []
        if pair(self.stride) != pair(stride):
            parts.append(f"-stride{short(self.stride)}")
        if isinstance(self.padding, tuple):
            (top, bottom), (left, right) = self.padding
            same = top == bottom == left == right
            parts.append(f"-pad{top}" if same else f"-pad{top},{bottom},{left},{right}")
        elif self.padding != "valid":
            parts.append("-same" if self.padding == "same" else f"-pad{self.padding}")
        if pair(self.dilation) != (1, 1):
            parts.append(f"-dilate{short(self.dilation)}")
        return "".join(parts)


def check_image(shape: Shape) -> None:
    """Raise SettingError unless the shape is (height, width, channels)."""
    if len(shape) != 3:
        raise SettingError(
            f"got inputs of shape {by(shape) or 'one number'}, expected images (height, width, channels); "
            "images in grey have 1 channel"
        )


def pair(setting: Any) -> Pair:
    return setting if isinstance(setting, tuple) else (setting, setting)


def is_whole(value: Any, least: int) -> bool:
    return type(value) is int and value >= least


def is_pair(value: Any, least: int) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(is_whole(number, least) for number in value)


def by(sizes: Shape) -> str:
    return "x".join(str(size) for size in sizes)


def short(setting: int | Pair) -> str:
    """One number where height and width have the same."""
    a, b = pair(setting)
    return str(a) if a == b else f"{a}x{b}"
