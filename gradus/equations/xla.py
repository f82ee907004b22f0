"""The products of the gradients, in the order and layout that XLA is fast at on a CPU.

Each is a sum that the layers' pages state as an equation; tests hold both equal, and the benchmark named beside each
measures the gain.
"""

from math import prod

import jax.numpy as jnp
from jax import Array, lax
from jaxtyping import Float

from gradus.equations.windows import Pads, Pair, Windows, pair

__all__ = ["convolution", "kernel_gradient", "weight_gradient"]

CACHED_NUMBERS = 2**21  # 8 MB of float32; beyond, the product of patches takes longer than the convolution


def weight_gradient(delta: Float[Array, "*m outputs"], a: Float[Array, "*m inputs"]) -> Float[Array, "outputs inputs"]:
    """delta^T a: the sum of delta_j a_k over all axes but the last (python -m bench mlp).

    XLA is slow where a product sums over the first axis of both factors, so the smaller one is transposed in memory
    first; the barriers keep it from being transposed back.
    """
    delta, a = delta.reshape(-1, delta.shape[-1]), a.reshape(-1, a.shape[-1])
    if delta.shape[1] <= a.shape[1]:
        return lax.optimization_barrier(delta.T) @ a
    return lax.optimization_barrier(lax.optimization_barrier(a.T) @ delta).T


def convolution(
    x: Float[Array, "b h w inputs"],
    kernels: Float[Array, "kh kw inputs_of_group maps"],
    stride: int | Pair,
    dilation: int | Pair,
    pads: Pads,
    groups: int,
) -> Float[Array, "b down across maps"]:
    """The kernels laid on the images x, in the one layout that is fast inside a compiled loop (python -m bench cnn)."""
    return lax.conv_general_dilated(
        x,
        kernels,
        window_strides=pair(stride),
        padding=pads,
        rhs_dilation=pair(dilation),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=groups,
    )


def kernel_gradient(
    windows: Windows, delta: Float[Array, "b down across maps"], a: Float[Array, "b h w inputs"], groups: int
) -> Float[Array, "kh kw inputs_of_group maps"]:
    """The sum over all windows of delta_j times the pixel a_k at each offset (python -m bench cnn).

    One product of matrices where the patches of all offsets fit into the cache, else a convolution.
    """
    shape = (*pair(windows.size), a.shape[-1] // groups, delta.shape[-1])
    if groups > 1 or prod(shape[:3]) * delta[..., 0].size > CACHED_NUMBERS:
        return kernel_gradient_by_convolution(windows, delta, a, groups)
    patches = lax.optimization_barrier(jnp.concatenate(windows.patches(a), axis=-1))
    by_offset = lax.optimization_barrier(patches.reshape(-1, prod(shape[:3])).T)  # transposed in memory
    return (by_offset @ delta.reshape(-1, shape[-1])).reshape(shape)


def kernel_gradient_by_convolution(windows: Windows, delta: Array, a: Array, groups: int) -> Array:
    """The same as a convolution of a with delta as its kernel, where examples take the place of channels."""
    batch, height, width, channels = a.shape
    a = a.reshape(batch, height, width, groups, -1).transpose(4, 1, 2, 3, 0)
    a = a.reshape(channels // groups, height, width, groups * batch)
    pads = windows.effective_pads(a.shape[1:])
    dw = convolution(a, delta.transpose(1, 2, 0, 3), windows.dilation, windows.stride, pads, groups)
    return dw.transpose(1, 2, 0, 3)
