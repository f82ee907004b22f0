"""Where the windows of a convolution or a pooling lie on an image, and what each of their places sees.

Along each axis of n pixels with padding in front and behind, windows of `size` places that are `dilation` pixels
apart span (size - 1) dilation + 1 pixels and lie `stride` apart. Where they do not fit, as many are taken as
do, and the pixels left over at the end are not looked at: floor((padded - span) / stride) + 1 windows.

padding: "valid" is none. "same" makes it ceil(n / stride) windows, with the odd pixel behind (TensorFlow; ONNX's
SAME_UPPER). A number is as much on every side; ((top, bottom), (left, right)) is what it says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax

from gradus.errors import SettingError

__all__ = ["Pads", "Pair", "Shape", "Windows", "check_image"]

Shape = tuple[int, ...]
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
        down, across = (max(0, (-(-n // stride) - 1) * stride + span - n) for n, span, stride in axes)
        return (down // 2, down - down // 2), (across // 2, across - across // 2)

    def counts(self, image: Shape) -> Pair:
        """How many windows there are down and across images (height, width, ...); none or fewer if they do not fit."""
        axes = zip(image, self.pads(image), self.spans(), pair(self.stride), strict=False)
        down, across = ((n + sum(pads) - span) // stride + 1 for n, pads, span, stride in axes)
        return down, across

    def used(self, image: Shape) -> Pads:
        """The padding without what is left over behind the last windows, which is less than 0 where pixels are."""
        axes = zip(image, self.pads(image), self.spans(), pair(self.stride), self.counts(image), strict=False)
        (top, bottom), (left, right) = (
            (before, (count - 1) * stride + span - before - n) for n, (before, _), span, stride, count in axes
        )
        return (top, bottom), (left, right)

    def places(self) -> list[Pair]:
        """The places of a window, row by row: how many pixels each is down and across from the window's first."""
        (a, b), (d, e) = pair(self.size), pair(self.dilation)
        return [(i * d, j * e) for i, j in product(range(a), range(b))]

    def views(self, x: Array, fill: float = 0) -> list[Array]:
        """What each place sees, over all windows: (batch, down, across, channels) each, of x with `fill` around it."""
        (down, across), (s, t) = self.counts(x.shape[1:]), pair(self.stride)
        x = jnp.pad(x, ((0, 0), *self.pads(x.shape[1:]), (0, 0)), constant_values=fill)
        return [x[:, i : i + (down - 1) * s + 1 : s, j : j + (across - 1) * t + 1 : t] for i, j in self.places()]

    def put_back(self, part: Callable[[Array | int], Array], image: Shape) -> Array:
        """The transpose of `views`: part(p), what belongs to place number p, is added up where it was seen.

        part(p): (batch, down, across, channels).  The result: (batch, *image).
        """
        if pair(self.stride) == pair(self.size) and pair(self.dilation) == (1, 1):
            return self.put_side_by_side(part, image)

        def add(x: Array, numbered: tuple[Array, Array]) -> tuple[Array, None]:
            number, place = numbered
            return self.add_at(x, part(number), place), None

        places = jnp.array(self.places())
        x, _ = lax.scan(add, self.blank(part(0), image), (jnp.arange(len(places)), places))
        return self.without_padding(x, image)

    def put_side_by_side(self, part: Callable[[Array | int], Array], image: Shape) -> Array:
        """`put_back` of windows that do not overlap: nothing is added, so it is a change of the array's shape."""
        (a, b), (batch, down, across, channels) = pair(self.size), jax.eval_shape(part, 0).shape
        rows = [jnp.stack([part(i * b + j) for j in range(b)], axis=3) for i in range(a)]
        x = jnp.stack(rows, axis=2).reshape(batch, down * a, across * b, channels)
        behind = (n - x.shape[1 + axis] for axis, n in enumerate(image[:2]))
        sides = [(-before, before + less, 0) for (before, _), less in zip(self.pads(image), behind, strict=True)]
        return lax.pad(x, jnp.zeros((), x.dtype), [(0, 0, 0), *sides, (0, 0, 0)])

    def blank(self, part: Array, image: Shape) -> Array:
        """Zeros of the padded images' shape, to which `add_at` adds."""
        height, width = (n + sum(sides) for n, sides in zip(image, self.pads(image), strict=False))
        return jnp.zeros((len(part), height, width, image[2]), part.dtype)

    def add_at(self, x: Array, part: Array, place: Array) -> Array:
        """Padded images x with a part, (batch, down, across, channels), added at one place of all windows."""
        between = [(0, 0, stride - 1) for stride in pair(self.stride)]
        part = lax.pad(part, jnp.zeros((), part.dtype), [(0, 0, 0), *between, (0, 0, 0)])
        start = (0, place[0], place[1], 0)
        return lax.dynamic_update_slice(x, part + lax.dynamic_slice(x, start, part.shape), start)

    def without_padding(self, x: Array, image: Shape) -> Array:
        (top, _), (left, _) = self.pads(image)
        return x[:, top : top + image[0], left : left + image[1]]

    def check_fit(self, image: Shape, name: str) -> None:
        """Raise SettingError where no window fits on images (height, width, channels)."""
        check_image(image)
        if min(self.counts(image)) < 1:
            size, spans = by(pair(self.size)), by(self.spans())
            what = size if size == spans else f"{size} dilated to {spans}"
            raise SettingError(
                f"got images of {by(image[:2])}, smaller than its {name} {what}; "
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
