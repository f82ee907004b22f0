"""The convolutional layer (theory E; Nielsen, chapter 6)."""

from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from gradus.equations.weights import check_weights, initial_biases, initial_weights
from gradus.equations.windows import Pads, Pair, Windows, by, is_whole, pair
from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape

__all__ = ["Conv", "ConvParams"]

CACHED = 2**21  # numbers: 8 MB of float32; beyond, the product takes longer than the convolution


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
        pads = self.windows().pads(x.shape[1:])
        return convolution(x, params.w, self.stride, self.dilation, pads, self.groups) + params.b, x

    def backward(self, params: ConvParams, cache: Array, dy: Array) -> tuple[Array, ConvParams]:
        a, delta = cache, dy
        db = jnp.einsum("bhwj->j", delta)  # BP3, summed over the examples and the windows
        dw = self.error_times_input(delta, a)  # BP4, likewise
        dx = self.error_through_kernels(delta, params.w, a.shape[1:])  # BP2
        return dx, ConvParams(dw, db)

    def error_times_input(self, delta: Array, a: Array) -> Array:
        """BP4: dC/dw_pkj is the sum of delta_j, window by window, times what place p of the window saw of a_k.

        Where what all places saw, side by side, still fits in a processor's cache, it is one product of matrices.
        """
        shape = (*pair(self.kernel), a.shape[-1] // self.groups, self.maps)
        if self.groups > 1 or prod(shape[:3]) * delta[..., 0].size > CACHED:
            return self.error_convolved_with_input(delta, a)
        seen = lax.optimization_barrier(jnp.concatenate(self.windows().views(a), axis=-1))
        by_place = lax.optimization_barrier(seen.reshape(-1, prod(shape[:3])).T)  # turned in memory, not in the product
        return (by_place @ delta.reshape(-1, self.maps)).reshape(shape)

    def error_convolved_with_input(self, delta: Array, a: Array) -> Array:
        """The same as a convolution, with the error for its kernel and the examples for its channels.

        XLA is fast at these layouts, also inside a compiled loop.
        """
        (batch, height, width, channels), groups = a.shape, self.groups
        a = a.reshape(batch, height, width, groups, -1).transpose(4, 1, 2, 3, 0)
        a = a.reshape(channels // groups, height, width, groups * batch)
        pads = self.windows().used(a.shape[1:])
        dw = convolution(a, delta.transpose(1, 2, 0, 3), self.dilation, self.stride, pads, groups)
        return dw.transpose(1, 2, 0, 3)

    def error_through_kernels(self, delta: Array, w: Array, image: Shape) -> Array:
        """BP2: each window's error, through the weights of place p, is added to the pixel that it saw there.

        A loop over the places, as a convolution of the error with the kernels turned round takes longer.
        """
        w = w.reshape(-1, *w.shape[2:])
        return self.windows().put_back(lambda p: through(w[p], delta, self.groups), image)

    def __str__(self) -> str:
        groups = f"-groups{self.groups}" if self.groups > 1 else ""
        return f"conv{self.maps}-{by(pair(self.kernel))}{self.windows().suffix()}{groups}"


def convolution(x: Array, w: Array, stride: int | Pair, dilation: int | Pair, pads: Pads, groups: int) -> Array:
    """The kernels w, (height, width, channels / groups, maps), laid on x, (batch, height, width, channels)."""
    return lax.conv_general_dilated(
        x,
        w,
        window_strides=pair(stride),
        padding=pads,
        rhs_dilation=pair(dilation),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=groups,
    )


def through(w: Array, delta: Array, groups: int) -> Array:
    """w^T delta, group by group: w is (inputs of a group, maps), delta (..., maps), the result (..., channels)."""
    if groups == 1:
        return delta @ w.T  # of one group, XLA takes longer over the product below
    delta, w = delta.reshape(*delta.shape[:-1], groups, -1), w.reshape(len(w), groups, -1)
    return jnp.einsum("...gj,kgj->...gk", delta, w).reshape(*delta.shape[:-2], -1)
