"""RNN, GRU and LSTM: (time, batch, inputs) becomes (batch, time, inputs), and ONNX's gates ours.

ONNX has a bias of W x and one of R h; where both are added before the gate, ours has one, their sum. A direction
`reverse` is the layer on the sequences reversed within their lengths, which are our mask. `bidirectional` is
both, and, unless it begins with a state of its own, also Bidirectional.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from onnx_node import InexpressibleError, Node, Outputs, Translation, Ways

from gradus.recurrent import (
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    GRUParams,
    Hidden,
    LastStep,
    Recurrent,
    RecurrentParams,
)
from gradus.recurrent.bidirectional import reverse


def rnn(node: Node) -> Translation:
    refuse_other_activations(node, "Tanh")
    params = [RecurrentParams(w, r, b + b_h) for w, r, b, b_h in directions(node, 1)]
    return recurrent(node, RNN(node.attribute("hidden_size")), params)


def gru(node: Node) -> Translation:
    """z, r, h are our update, reset and candidate; R h's bias of the candidate is apart if it is reset, too."""
    refuse_other_activations(node, "Sigmoid", "Tanh")
    layer = GRU(node.attribute("hidden_size"), reset_after=bool(node.attribute("linear_before_reset")))
    params = []
    for w, r, b, b_h in directions(node, 3):
        before = b_h.copy()
        if layer.reset_after:
            before[2 * layer.size :] = 0
        params.append(GRUParams(w, r, b + before, b_h[2 * layer.size :] if layer.reset_after else None))
    return recurrent(node, layer, params)


def lstm(node: Node) -> Translation:
    """From i, o, f, c to our forget, input, candidate, output."""
    refuse_other_activations(node, "Sigmoid", "Tanh", "Tanh")
    node.require("input_forget", 0, "the input and forget gates are not coupled")
    if "P" in node.inputs:
        raise InexpressibleError("`P`: our gates have no peephole connections")

    def ours(gates: np.ndarray) -> np.ndarray:
        i, o, f, c = np.split(gates, 4)
        return np.concatenate([f, i, c, o])

    params = [RecurrentParams(ours(w), ours(r), ours(b + b_h)) for w, r, b, b_h in directions(node, 4)]
    return recurrent(node, LSTM(node.attribute("hidden_size")), params)


def refuse_other_activations(node: Node, *names: str) -> None:
    count = len(node.inputs["W"])
    if node.attributes["activations"] == ("Tanh", "Tanh"):  # the default of RNN, of whatever direction
        node.attributes["activations"] = ("Tanh",) * count
    node.require("activations", names * count, f"the activations are {', '.join(names)}")
    for name in ("activation_alpha", "activation_beta"):
        node.require(name, None, "the activations have no parameters")
    node.require("clip", None, "nothing is clipped")


def directions(node: Node, gates: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """W, R and the biases of W x and R h, of each direction."""
    w, r, b = node.input("W"), node.input("R"), node.input("B")
    if b is None:
        b = np.zeros((len(w), 2 * gates * r.shape[2]), w.dtype)
    return list(zip(w, r, *np.split(b, 2, axis=1), strict=True))


def recurrent(node: Node, layer: Recurrent, params: list) -> Translation:
    """params: of each direction."""
    direction, batch_first = node.attribute("direction"), node.attribute("layout")
    x = node.input("X") if batch_first else node.input("X").swapaxes(0, 1)
    lengths = node.input("sequence_lens")
    mask = None if lengths is None else np.arange(x.shape[1]) < lengths[:, None]
    starts, given = [layer.initial_carry(p, len(x)) for p in params], False
    for name in starts[0]._fields:
        states = node.input(f"initial_{name}")
        if states is not None:
            states, given = (states.swapaxes(0, 1) if batch_first else states), True
            starts = [start._replace(**{name: state}) for start, state in zip(starts, states, strict=True)]

    def each(read: Callable[..., tuple[Array, Any]]) -> Callable[..., Outputs]:
        """read(params, x, carry, mask) -> y, carry after it, in each direction by itself."""

        def outputs(params: list, x: Array, mask: Array | None, starts: list) -> Outputs:
            ys, carries = [], []
            for p, start, backwards in zip(params, starts, (direction == "reverse", True), strict=False):
                y, carry = read(p, reverse(x, mask) if backwards else x, start, mask)
                ys.append(reverse(y, mask) if backwards else y)
                carries.append(carry)
            return to_onnx(jnp.stack(ys, axis=2), jax.tree.map(lambda *c: jnp.stack(c), *carries), batch_first)

        return outputs

    ways = {
        "forward_from": each(lambda p, x, start, mask: layer.forward_from(p, x, start, None, mask)[::2]),
        "infer_from": each(lambda p, x, start, mask: layer.infer_from(p, (), x, start, mask)),
    }
    if direction == "bidirectional" and not given:
        ways |= side_by_side(Bidirectional(layer), batch_first)
    return Translation(layer, params[0], x, ways, arguments=(params, x, mask, starts))


def side_by_side(layer: Bidirectional, batch_first: bool) -> Ways:
    """The ways of a bidirectional layer, of which ONNX's last states are the ends of y."""

    def outputs(y: Array, mask: Array | None) -> Outputs:
        ahead, back = jnp.split(y, 2, axis=2)
        last = LastStep().forward_from((), ahead, (), None, mask)[0]
        return to_onnx(jnp.stack([ahead, back], axis=2), Hidden(jnp.stack([last, back[:, 0]])), batch_first)

    def forward(params: list, x: Array, mask: Array | None, starts: list) -> Outputs:
        return outputs(layer.forward_from(tuple(params), x, (), None, mask)[0], mask)

    def infer(params: list, x: Array, mask: Array | None, starts: list) -> Outputs:
        return outputs(layer.infer_from(tuple(params), ((), ()), x, (), mask)[0], mask)

    return {"Bidirectional.forward_from": forward, "Bidirectional.infer_from": infer}


def to_onnx(y: Array, carry: Any, batch_first: bool) -> Outputs:
    """Y and the last states, of y, (batch, time, directions, size), and a carry of (directions, batch, size)."""
    states = {f"Y_{name}": s.swapaxes(0, 1) if batch_first else s for name, s in carry._asdict().items()}
    return {"Y": y if batch_first else y.transpose(1, 2, 0, 3), **states}
