"""The operators that see features, not windows or time: Gemm, activations, Softmax, normalisations and Gather."""

import jax.numpy as jnp
import numpy as np
from jax import Array
from onnx_node import InexpressibleError, Node, Outputs, Translation, both

from gradus.layers import Activation, BatchNorm, Dense, DenseParams, Embedding, LayerNorm, Softmax
from gradus.layers.embedding import EmbeddingParams
from gradus.layers.norm import Moments, NormParams


def gemm(node: Node) -> Translation:
    """alpha A' B' + beta C, with A' and B' maybe transposed: a dense layer of w = alpha B'^T and b = beta C."""
    a, b, c = node.input("A"), node.input("B"), node.input("C")
    node.attribute("broadcast")  # before version 7: whether C may be smaller, as it may ever since
    x = a.T if node.attribute("transA") else a
    w = node.attribute("alpha") * (b if node.attribute("transB") else b.T)
    bias = node.attribute("beta") * (np.zeros((), a.dtype) if c is None else c)
    if bias.ndim == 2 and len(bias) > 1:
        raise InexpressibleError(f"`C` of shape {bias.shape}: a dense layer has one bias for all examples")
    params = DenseParams(w, np.broadcast_to(bias.reshape(-1), len(w)))
    return both(Dense(len(w)), params, x, "Y", lambda y: y)


def activation(node: Node) -> Translation:
    ((name,), (output,)) = node.inputs, node.expected  # X and Y, or input and output
    return both(Activation(node.operator.lower()), (), node.input(name), output, lambda y: y)


def softmax(node: Node) -> Translation:
    """Over an axis that is moved last, and back; before version 13, over all axes from `axis` on as one."""
    axis, x = node.attribute("axis"), node.input("input")
    if node.version < 13:
        flat = x.reshape(*x.shape[:axis], -1)
        return both(Softmax(), (), flat, "output", lambda y: y.reshape(x.shape))
    return both(Softmax(), (), np.moveaxis(x, axis, -1), "output", lambda y: jnp.moveaxis(y, -1, axis))


def layer_normalization(node: Node) -> Translation:
    """Over all axes from `axis` on, which are laid out as one axis of features."""
    x, gamma, beta = node.input("X"), node.input("Scale"), node.input("B")
    node.require("stash_type", 1, "moments are computed in the dtype of X")
    axis = node.attribute("axis") % x.ndim
    layer = LayerNorm(node.attribute("epsilon"))
    features = x.reshape(*(x.shape[:axis] or (1,)), -1)
    params = NormParams(gamma.reshape(-1), beta.reshape(-1))
    translation = both(layer, params, features, "Y", lambda y: y.reshape(x.shape))
    translation.not_compared = dict.fromkeys(("Mean", "InvStdDev"), "a layer returns y, not its moments")
    return translation


def batch_normalization(node: Node) -> Translation:
    """Over axis 1, moved last: `infer` in ONNX's inference, `forward` and `update_state` in its training mode."""
    node.require("spatial", 1, "there is one mean for each channel, not for each pixel")
    x = np.moveaxis(node.input("X"), 1, -1)
    params = NormParams(node.input("scale"), node.input("B"))
    before = "" if node.version < 14 else "input_"
    state = Moments(node.input(f"{before}mean"), node.input(f"{before}var"))
    layer = BatchNorm(node.attribute("momentum"), node.attribute("epsilon"))
    output = lambda y: jnp.moveaxis(y, -1, 1)  # noqa: E731

    def train(params: NormParams, x: Array, state: Moments) -> Outputs:
        y, cache = layer.forward(params, x)
        return {"Y": output(y), "running_mean": layer.update_state(state, cache).mean}

    trains = not node.attribute("is_test") if node.version < 7 else node.attribute("training_mode")
    if not trains:
        ways = {"infer": lambda params, x, state: {"Y": output(layer.infer(params, state, x))}}
        return Translation(layer, params, x, ways, arguments=(params, x, state))
    reason = "we average the unbiased variance, like PyTorch, and ONNX the biased one, (m - 1)/m of it"
    return Translation(layer, params, x, {"forward": train}, {"running_var": reason}, (params, x, state))


def gather(node: Node) -> Translation:
    """Along an axis that is moved first; the others are one axis of features, and find back to their places."""
    data, indices = node.input("data"), node.input("indices")
    axis = node.attribute("axis") % data.ndim
    if (indices < 0).any():
        raise InexpressibleError(f"`indices={indices.tolist()}`: our embedding gives 0 for indices out of range")
    data = np.moveaxis(data, axis, 0)
    vectors = data.reshape(len(data), -1)

    def output(y: Array) -> Array:
        y = y.reshape(*indices.shape, *data.shape[1:])
        before = range(indices.ndim, indices.ndim + axis)
        return jnp.moveaxis(y, before, range(axis))

    return both(Embedding(*vectors.shape), EmbeddingParams(vectors.T), indices, "output", output)
