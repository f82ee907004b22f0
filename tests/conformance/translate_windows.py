"""Conv and the poolings: (batch, channels, height, width) becomes (batch, height, width, channels).

Signals of one axis are images of height 1: a change of layout. Ours pad at most as the image's size needs, so
SAME_LOWER and ceil_mode, which ONNX works out from that size, become explicit numbers of pixels.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from onnx_node import InexpressibleError, Node, Translation, both

from gradus.layers import Conv, ConvParams, GlobalAveragePool, Pool

Pair = tuple[int, int]


def conv(node: Node) -> Translation:
    x, w, b = node.input("X"), node.input("W"), node.input("B")
    node.attribute("kernel_shape")  # w has it
    image, kernels = to_image(x), to_image(w)  # w: (maps, inputs, height, width), laid out as images are
    kernel, stride, dilation = kernels.shape[1:3], sizes(node, "strides"), sizes(node, "dilations")
    padding = pads(node, image.shape[1:3], kernel, stride, dilation)
    layer = Conv(len(w), kernel, stride, dilation, padding, node.attribute("group"))
    params = ConvParams(kernels.transpose(1, 2, 3, 0), np.zeros(len(w), x.dtype) if b is None else b)
    return both(layer, params, image, "Y", lambda y: from_image(y, x.ndim))


def max_pool(node: Node) -> Translation:
    storage_order = node.attribute("storage_order")
    x, translation = node.inputs["X"], pool(node, "max")
    if "Indices" in node.expected:
        translation.ways["backward"] = lambda params, image: {
            "Indices": indices(translation.layer, image, x.ndim, storage_order)
        }
    return translation


def average_pool(node: Node) -> Translation:
    node.require("count_include_pad", 0, "our averages leave out the padding")
    return pool(node, "average")


def lp_pool(node: Node) -> Translation:
    node.require("p", 2, "our norm pooling is L2")
    return pool(node, "l2")


def global_average_pool(node: Node) -> Translation:
    image = to_image(node.input("X"))
    return both(GlobalAveragePool(), (), image, "Y", lambda y: y[:, :, None, None])


def pool(node: Node, pooling: str) -> Translation:
    x = node.input("X")
    image = to_image(x)
    node.require("dilations", (1,) * (x.ndim - 2), "our pooling windows are not dilated")
    window, stride = sizes(node, "kernel_shape"), sizes(node, "strides")
    padding = pads(node, image.shape[1:3], window, stride)
    return both(Pool(window, stride, pooling, padding), (), image, "Y", lambda y: from_image(y, x.ndim))


def indices(layer: Pool, x: Array, axes: int, storage_order: int) -> Array:
    """Where each window's maximum lies in X, flattened: the one pixel that receives this window's error."""
    y, cache = layer.forward((), x)
    errors = jnp.eye(y.size, dtype=y.dtype).reshape(y.size, *y.shape)  # of one window each
    dx = jax.vmap(lambda dy: layer.backward((), cache, dy)[0])(errors)
    dx = dx.transpose(0, 1, 4, 3, 2) if storage_order else dx.transpose(0, 1, 4, 2, 3)
    return from_image(dx.reshape(y.size, -1).argmax(axis=1).reshape(y.shape), axes)


def to_image(x: np.ndarray) -> np.ndarray:
    """(batch, channels, height, width) or (batch, channels, width) as (batch, height, width, channels)."""
    if x.ndim == 3:
        x = x[:, :, None]
    if x.ndim != 4:
        raise InexpressibleError(f"`X` of {x.ndim - 2} spatial axes: our images have two")
    return x.transpose(0, 2, 3, 1)


def from_image(y: Array, axes: int) -> Array:
    """What `to_image` made of an array of so many axes, back."""
    y = y.transpose(0, 3, 1, 2)
    return y[:, :, 0] if axes == 3 else y


def sizes(node: Node, name: str) -> Pair:
    """An attribute with a number for each axis, for height and width; left out it is 1."""
    return (1, 1, *(node.attribute(name) or ()))[-2:]


def pads(node: Node, image: Pair, size: Pair, stride: Pair, dilation: Pair = (1, 1)) -> str | tuple[Pair, Pair]:
    """Our padding, from `auto_pad`, `pads` and `ceil_mode`."""
    auto, given = node.attribute("auto_pad"), node.attribute("pads")
    ceil_mode = node.attribute("ceil_mode")
    if auto in ("VALID", "SAME_UPPER"):
        return {"VALID": "valid", "SAME_UPPER": "same"}[auto]
    spans = [(places - 1) * apart + 1 for places, apart in zip(size, dilation, strict=True)]
    axes = list(zip(image, spans, stride, strict=True))
    if auto == "SAME_LOWER":
        needed = [max(0, (-(-n // step) - 1) * step + span - n) for n, span, step in axes]
        return tuple((total - total // 2, total // 2) for total in needed)
    before, after = np.split(np.array(given or (0, 0), int), 2)
    sides = list(zip((0, 0, *before.tolist())[-2:], (0, 0, *after.tolist())[-2:], strict=True))
    if ceil_mode:
        sides = [(front, behind_last(*axis, front, behind)) for axis, (front, behind) in zip(axes, sides, strict=True)]
    return tuple(sides)


def behind_last(n: int, span: int, step: int, front: int, behind: int) -> int:
    """The padding behind an axis that the last window of `ceil_mode` needs, which must begin before that padding."""
    last = -(-(front + n + behind - span) // step) * step
    if last >= front + n:
        last -= step
    return max(0, last + span - front - n)
