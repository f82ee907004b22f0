"""The windows that a convolution or a pooling lays on an image, and the patches of pixels they read (theory E3).

Along an axis of n pixels, a window reads `size` pixels that lie `dilation` apart, so it spans (size - 1) dilation + 1
pixels; windows lie `stride` apart. There are floor((padded n - span) / stride) + 1 of them; pixels left over at the end
are not read.

padding: "valid" adds none. "same" gives ceil(n / stride) windows, with the odd pixel at the end (TensorFlow; ONNX's
SAME_UPPER). A number pads every side; ((top, bottom), (left, right)) pads each side as it says.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array, lax
from jaxtyping import Float

from gradus.checks import MAX_SIZE, is_whole
from gradus.errors import SettingError

__all__ = [
    "PAIR",
    "SUFFIX",
    "Pads",
    "Pair",
    "Shape",
    "Windows",
    "check_image",
    "pair",
    "parse_padding",
    "parse_pair",
    "short",
    "times",
]

Shape = tuple[int, ...]
Pair = tuple[int, int]
Pads = tuple[Pair, Pair]

MOST_TILES = 64  # of a window: the compiler works through each by itself, and 256 take it gigabytes

# A suffix such as -stride2-same, as `Windows.suffix` writes it.
PAIR = r"\d+(?:x\d+)?"
SUFFIX = (
    rf"(?:-stride(?P<stride>{PAIR}))?(?:-(?P<same>same)|-pad(?P<pads>\d+(?:,\d+,\d+,\d+)?))?"
    rf"(?:-dilate(?P<dilation>{PAIR}))?"
)


@dataclass(frozen=True)
class Windows:
    """The geometry of windows.

    Args:
        size, stride, dilation: in pixels, (height, width) or one number for both.
        padding: "valid", "same", a number of pixels, or ((top, bottom), (left, right)).

    Raises:
        SettingError: for anything else.
    """

    size: int | Pair
    stride: int | Pair = 1
    dilation: int | Pair = 1
    padding: str | int | Pads = "valid"

    def __post_init__(self) -> None:
        for name in ("size", "stride", "dilation"):
            setting = getattr(self, name)
            if not is_pair(setting, 1) and not is_whole(setting, 1, MAX_SIZE):
                raise SettingError(f"windows with {name} {setting!r}; it needs whole numbers of at least 1, one or two")
        p = self.padding
        explicit = isinstance(p, tuple) and len(p) == 2 and all(is_pair(sides, 0) for sides in p)
        if p not in ("valid", "same") and not is_whole(p, 0, MAX_SIZE) and not explicit:
            raise SettingError(
                f'padding is {p!r}; it needs "valid", "same", a number of pixels or ((top, bottom), (left, right))'
            )

    def spans(self) -> Pair:
        """The pixels that a window spans, (height, width)."""
        (a, b), (d, e) = pair(self.size), pair(self.dilation)
        return (a - 1) * d + 1, (b - 1) * e + 1

    def pads(self, image: Shape) -> Pads:
        """The padding ((top, bottom), (left, right)) of images (height, width, ...)."""
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
        """The number of windows down and across images (height, width, ...); 0 or less where none fits."""
        axes = zip(image, self.pads(image), self.spans(), pair(self.stride), strict=False)
        down, across = ((n + sum(pads) - span) // stride + 1 for n, pads, span, stride in axes)
        return down, across

    def effective_pads(self, image: Shape) -> Pads:
        """The padding that the windows read; negative at the end where pixels are left over."""
        axes = zip(image, self.pads(image), self.spans(), pair(self.stride), self.counts(image), strict=False)
        (top, bottom), (left, right) = (
            (start, (count - 1) * stride + span - start - n) for n, (start, _), span, stride, count in axes
        )
        return (top, bottom), (left, right)

    def offsets(self) -> list[Pair]:
        """The pixels of a window, row by row, as (down, across) from its first."""
        (a, b), (d, e) = pair(self.size), pair(self.dilation)
        return [(i * d, j * e) for i, j in product(range(a), range(b))]

    def patches(self, x: Float[Array, "b h w k"], fill: float = 0) -> list[Float[Array, "b down across k"]]:
        """im2col: for each offset, the pixel that every window reads there; x is padded with `fill`."""
        (down, across), (s, t) = self.counts(x.shape[1:]), pair(self.stride)
        x = jnp.pad(x, ((0, 0), *self.pads(x.shape[1:]), (0, 0)), constant_values=fill)
        return [x[:, i : i + (down - 1) * s + 1 : s, j : j + (across - 1) * t + 1 : t] for i, j in self.offsets()]

    def scatter_patches(
        self, patch: Callable[[Array | int], Float[Array, "b down across k"]], image: Shape
    ) -> Float[Array, "b h w k"]:
        """col2im, the transpose of `patches`: add the patch of each offset to the pixels it was read from.

        Args:
            patch: gives the patch of offset number p.
            image: the shape of one image, (height, width, channels).
        """
        is_tiling = pair(self.stride) == pair(self.size) and pair(self.dilation) == (1, 1)
        if is_tiling and len(self.offsets()) <= MOST_TILES:
            return self.tile_patches(patch, image)

        def add(x: Array, numbered_offset: tuple[Array, Array]) -> tuple[Array, None]:
            p, offset = numbered_offset
            return self.add_at(x, patch(p), offset), None

        offsets = jnp.array(self.offsets())
        x, _ = lax.scan(add, self.padded_zeros(patch(0), image), (jnp.arange(len(offsets)), offsets))
        return self.without_padding(x, image)

    def tile_patches(self, patch: Callable[[Array | int], Array], image: Shape) -> Array:
        """`scatter_patches` of windows that do not overlap: nothing is added, so patches are only rearranged."""
        (a, b), (batch, down, across, channels) = pair(self.size), jax.eval_shape(patch, 0).shape
        rows = [jnp.stack([patch(i * b + j) for j in range(b)], axis=3) for i in range(a)]
        x = jnp.stack(rows, axis=2).reshape(batch, down * a, across * b, channels)
        left_over = (n - x.shape[1 + axis] for axis, n in enumerate(image[:2]))
        sides = [(-start, start + pixels, 0) for (start, _), pixels in zip(self.pads(image), left_over, strict=True)]
        return lax.pad(x, jnp.zeros((), x.dtype), [(0, 0, 0), *sides, (0, 0, 0)])

    def padded_zeros(self, patch: Array, image: Shape) -> Array:
        """Zeros of the padded images' shape."""
        height, width = (n + sum(sides) for n, sides in zip(image, self.pads(image), strict=False))
        return jnp.zeros((len(patch), height, width, image[2]), patch.dtype)

    def add_at(self, x: Array, patch: Array, offset: Array) -> Array:
        """Padded images x with the patch of one offset added to the pixels it was read from."""
        gaps = [(0, 0, stride - 1) for stride in pair(self.stride)]
        patch = lax.pad(patch, jnp.zeros((), patch.dtype), [(0, 0, 0), *gaps, (0, 0, 0)])
        start = (0, offset[0], offset[1], 0)
        return lax.dynamic_update_slice(x, patch + lax.dynamic_slice(x, start, patch.shape), start)

    def without_padding(self, x: Array, image: Shape) -> Array:
        (top, _), (left, _) = self.pads(image)
        return x[:, top : top + image[0], left : left + image[1]]

    def check_fit(self, image: Shape, name: str) -> None:
        """Raise SettingError where no window fits on images (height, width, channels); name: for the message."""
        check_image(image)
        if min(self.counts(image)) < 1:
            size, spans = times(pair(self.size)), times(self.spans())
            window = size if size == spans else f"{size} dilated to {spans}"
            raise SettingError(
                f"got images of {times(image[:2])}, smaller than its {name} {window}; "
                f'add padding="same" or pool less before it'
            )

    def suffix(self, stride: int | Pair = 1) -> str:
        """The settings that differ from the defaults, as in a network's notation; stride: the default."""
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
            f"got inputs of shape {times(shape) or 'one number'}, expected images (height, width, channels); "
            "images in grey have 1 channel"
        )


def pair(setting: Any) -> Pair:
    """(height, width), where one number stands for both."""
    return setting if isinstance(setting, tuple) else (setting, setting)


def is_pair(value: Any, least: int) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(is_whole(number, least, MAX_SIZE) for number in value)


def parse_pair(text: str) -> int | Pair:
    """3 or 3x5; 3x3 is 3."""
    first, _, second = text.partition("x")
    return int(first) if second in ("", first) else (int(first), int(second))


def parse_padding(match: re.Match[str]) -> str | int | Pads:
    """The padding in a match of SUFFIX."""
    if match["pads"] is None:
        return match["same"] or "valid"
    top, *others = (int(side) for side in match["pads"].split(","))
    if not others:
        return top
    bottom, left, right = others
    return (top, bottom), (left, right)


def times(sizes: Shape) -> str:
    """28x28x1."""
    return "x".join(str(size) for size in sizes)


def short(setting: int | Pair) -> str:
    """3 or 3x5; 3x3 is 3."""
    a, b = pair(setting)
    return str(a) if a == b else f"{a}x{b}"
