"""The convolutional layer (theory E; Nielsen, chapter 6)."""

import re
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from gradus.checks import check_whole
from gradus.equations import (
    INITIAL_WEIGHTS,
    PAIR,
    SUFFIX,
    Pads,
    Pair,
    Windows,
    convolution,
    initial_biases,
    initial_weights,
    kernel_gradient,
    pair,
    parse_padding,
    parse_pair,
    times,
)
from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape
from gradus.layers.registry import LineSettings, Word, register

__all__ = ["Conv", "ConvParams"]


class ConvParams(NamedTuple):
    """w: the kernels, one for each map.  b: one for each map."""

    w: Float[Array, "kh kw inputs_of_group maps"]
    b: Float[Array, " maps"]


def parse_conv(match: re.Match[str], line: LineSettings) -> "Conv":
    """The layer that a word such as conv20-5x5-stride2-same-groups4 writes."""
    kernel, stride, dilation = (parse_pair(match[name] or "1") for name in ("kernel", "stride", "dilation"))
    return Conv(
        int(match["maps"]), kernel, stride, dilation, parse_padding(match), int(match["groups"] or 1), line.weights
    )


@register(Word("conv20-5x5", rf"conv(?P<maps>\d+)-(?P<kernel>{PAIR}){SUFFIX}(?:-groups(?P<groups>\d+))?", parse_conv))
@dataclass(frozen=True)
class Conv(Layer):
    """Feature maps, z_j = b_j + sum over offsets p and channels k of w_pkj a_k(p), each with one kernel and one bias.

    (batch, height, width, channels) becomes (batch, down, across, maps), a pixel for every window that the kernel is
    laid on (equations/windows.py). As everywhere in this field, the kernel is not flipped. The activation is a layer of
    its own after it.

    Args:
        maps: feature maps.
        kernel, stride, dilation: in pixels, (height, width) or one number for both.
        padding: "valid", "same", a number of pixels, or ((top, bottom), (left, right)).
        groups: a map reads only the channels of its group; one group for each channel is a depthwise convolution.
        weights: the initial ones, a name in INITIAL_WEIGHTS.

    Raises:
        SettingError: for anything else.
    """

    computes_z = True

    maps: int
    kernel: int | Pair
    stride: int | Pair = 1
    dilation: int | Pair = 1
    padding: str | int | Pads = "valid"
    groups: int = 1
    weights: str = "he"

    def __post_init__(self) -> None:
        check_whole("a convolution's maps", self.maps)
        check_whole("a convolution's groups", self.groups)
        if self.maps % self.groups:
            raise SettingError(f"{self.maps} maps cannot be divided into {self.groups} groups")
        INITIAL_WEIGHTS.find(self.weights)
        self.windows()

    def windows(self) -> Windows:
        return Windows(self.kernel, self.stride, self.dilation, self.padding)

    def init(self, key: Array, in_shape: Shape) -> tuple[ConvParams, tuple[()], Shape]:
        self.windows().check_fit(in_shape, "kernel")
        if in_shape[2] % self.groups:
            raise SettingError(f"got {in_shape[2]} channels, which cannot be divided into {self.groups} groups")
        (height, width), inputs, outputs = pair(self.kernel), in_shape[2] // self.groups, self.maps // self.groups
        key_w, key_b = jax.random.split(key)
        shape, pixels = (height, width, inputs, self.maps), height * width
        w = initial_weights(self.weights, key_w, shape, pixels * inputs, pixels * outputs)
        b = initial_biases(self.weights, key_b, (self.maps,))
        return ConvParams(w, b), (), (*self.windows().counts(in_shape), self.maps)

    def forward(
        self, params: ConvParams, x: Float[Array, "b h w inputs"], key: Array | None = None
    ) -> tuple[Float[Array, "b down across maps"], Array]:
        pads = self.windows().pads(x.shape[1:])
        return convolution(x, params.w, self.stride, self.dilation, pads, self.groups) + params.b, x

    def backward(
        self, params: ConvParams, cache: Float[Array, "b h w inputs"], dy: Float[Array, "b down across maps"]
    ) -> tuple[Float[Array, "b h w inputs"], ConvParams]:
        a, delta = cache, dy
        db = jnp.einsum("bhwj->j", delta)  # BP3: delta, summed over the examples and windows
        dw = kernel_gradient(self.windows(), delta, a, self.groups)  # BP4: dw_pkj = sum of delta_j a_k(p), likewise
        dx = self.input_gradient(delta, params.w, a.shape[1:])  # BP2
        return dx, ConvParams(dw, db)

    def input_gradient(self, delta: Array, w: Array, image: Shape) -> Array:
        """BP2: each window adds w_p^T delta to the pixel that it read at offset p.

        A loop over the offsets, which is faster than a convolution of delta with the flipped kernels.
        """
        w = w.reshape(-1, *w.shape[2:])
        return self.windows().scatter_patches(lambda p: transposed_product(w[p], delta, self.groups), image)

    def __str__(self) -> str:
        groups = f"-groups{self.groups}" if self.groups > 1 else ""
        return f"conv{self.maps}-{times(pair(self.kernel))}{self.windows().suffix()}{groups}"


def transposed_product(
    w: Float[Array, "inputs_of_group maps"], delta: Float[Array, "b down across maps"], groups: int
) -> Float[Array, "b down across inputs"]:
    """w^T delta, group by group."""
    if groups == 1:
        return delta @ w.T  # XLA takes longer over the product below
    delta, w = delta.reshape(*delta.shape[:-1], groups, -1), w.reshape(len(w), groups, -1)
    return jnp.einsum("...gj,kgj->...gk", delta, w).reshape(*delta.shape[:-2], -1)
