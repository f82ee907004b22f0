"""The convolutional layer (theory E; Nielsen, chapter 6)."""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from gradus.equations.weights import check_weights, initial_biases, initial_weights
from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape
from gradus.layers.windows import Pads, Pair, Windows, by, is_whole, pair

__all__ = ["Conv", "ConvParams"]


class ConvParams(NamedTuple):
    """w: (height, width, inputs / groups, maps).  b: (maps,)."""

    w: Array
    b: Array


@dataclass(frozen=True)
class Conv(Layer):
    """z_j = sum over places p and channels k of w_pkj a_k at p, + b_j: `maps` feature maps, one kernel and bias each.

    (batch, height, width, channels) becomes (batch, down, across, maps), one pixel for every window that the
    kernel is laid on; `windows` says where they lie. The channels and maps are in `groups`: a map sees only the
    channels of its group, so that with as many groups as channels each is convolved by itself (depthwise).
    As everywhere in this field the kernel is not flipped. The activation is a layer of its own after it.
    """

    maps: int
    kernel: int | Pair
    stride: int | Pair = 1
    dilation: int | Pair = 1
    padding: str | int | Pads = "valid"
    groups: int = 1
    weights: str = "he"

    def __post_init__(self) -> None:
        if not is_whole(self.maps, 1) or not is_whole(self.groups, 1):
            raise SettingError(
                f"a convolution to {self.maps!r} maps in {self.groups!r} groups; it needs whole numbers of at least 1"
            )
        if self.maps % self.groups:
            raise SettingError(f"{self.maps} maps cannot be divided into {self.groups} groups")
        check_weights(self.weights)
        self.windows()

    def windows(self) -> Windows:
        return Windows(self.kernel, self.stride, self.dilation, self.padding)

    def init(self, key: Array, in_shape: Shape) -> tuple[ConvParams, tuple, Shape]:
        self.windows().check_fit(in_shape, "kernel")
        if in_shape[2] % self.groups:
            raise SettingError(f"got {in_shape[2]} channels, which cannot be divided into {self.groups} groups")
        (height, width), inputs, outputs = pair(self.kernel), in_shape[2] // self.groups, self.maps // self.groups
        key_w, key_b = jax.random.split(key)
        shape, places = (height, width, inputs, self.maps), height * width
        w = initial_weights(self.weights, key_w, shape, places * inputs, places * outputs)
        b = initial_biases(self.weights, key_b, (self.maps,))
        return ConvParams(w, b), (), (*self.windows().counts(in_shape), self.maps)

    def forward(self, params: ConvParams, x: Array, key: Array | None = None) -> tuple[Array, Array]:
        z = lax.conv_general_dilated(
            x,
            params.w,
            pair(self.stride),
            self.windows().pads(x.shape[1:]),
            rhs_dilation=pair(self.dilation),
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=self.groups,
        )
        return z + params.b, x

    def backward(self, params: ConvParams, cache: Array, dy: Array) -> tuple[Array, ConvParams]:
        a, windows, groups = cache, self.windows(), self.groups
        delta = dy.reshape(*dy.shape[:3], groups, -1)
        w = params.w.reshape(-1, params.w.shape[2], *delta.shape[3:])
        seen = [view.reshape(*dy.shape[:3], groups, -1) for view in windows.views(a)]
        db = jnp.einsum("bhwj->j", dy)  # BP3, summed over the pixels of a map, which share their bias
        dw = jnp.stack([jnp.einsum("bhwgk,bhwgj->kgj", view, delta) for view in seen])  # BP4, likewise
        da = [jnp.einsum("bhwgj,kgj->bhwgk", delta, w_p).reshape(*dy.shape[:3], -1) for w_p in w]  # BP2
        return windows.put_back(da, a.shape[1:]), ConvParams(dw.reshape(params.w.shape), db)

    def __str__(self) -> str:
        groups = f"-groups{self.groups}" if self.groups > 1 else ""
        return f"conv{self.maps}-{by(pair(self.kernel))}{self.windows().suffix()}{groups}"
