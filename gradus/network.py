"""A chain of layers, and backpropagation through it (Nielsen, chapter 2; theory A and C).

The four equations are spread over the stages they belong to:

    BP1  delta^L = grad_a C (.) f'(z^L)                           the cost
    BP2  delta^l = ((w^(l+1))^T delta^(l+1)) (.) f'(z^l)          Dense, then Activation
    BP3  dC/db^l = delta^l                                        Dense
    BP4  dC/dw^l_jk = a^(l-1)_k delta^l_j                         Dense

and the loop that carries the error from the last layer to the first is `Chain.backward`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.tree_util import keystr

from gradus.equations.costs import Cost
from gradus.errors import SettingError
from gradus.layers import (
    Activation,
    Bidirectional,
    Conv,
    Dense,
    Embedding,
    Flatten,
    GlobalAveragePool,
    Last,
    Layer,
    Recurrent,
)
from gradus.layers.layer import Shape

__all__ = ["Chain", "LayerTrace", "Network", "Trace", "backprop", "backprop_from", "complete", "multilayer", "trace"]

VECTORS = (Bidirectional, Embedding, Flatten, GlobalAveragePool, Last, Recurrent)


@dataclass(frozen=True)
class Chain(Layer):
    """Layers one after the other; itself a layer. Its parameters, state and cache are tuples, one entry a layer."""

    layers: tuple[Layer, ...]

    def init(self, key: Array, in_shape: Shape) -> tuple[tuple, tuple, Shape]:
        params, states, shape = [], [], in_shape
        for number, layer in enumerate(self.layers, 1):
            try:
                p, state, shape = layer.init(jax.random.fold_in(key, number), shape)
            except SettingError as error:
                raise SettingError(f"layer {number} ({layer}) {error}") from None
            params.append(p)
            states.append(state)
        return tuple(params), tuple(states), shape

    def start(self, params: tuple, batch: int) -> tuple:
        return tuple(layer.start(p, batch) for layer, p in zip(self.layers, params, strict=True))

    def forward(self, params: tuple, x: Array, key: Array | None = None) -> tuple[Array, tuple]:
        y, cache, _ = self.forward_from(params, x, self.start(params, len(x)), key)
        return y, cache

    def forward_from(
        self, params: tuple, x: Array, carry: tuple, key: Array | None = None, mask: Array | None = None
    ) -> tuple[Array, tuple, tuple]:
        a, caches, carries = x, [], []
        for number, (layer, p, before) in enumerate(zip(self.layers, params, carry, strict=True)):
            layer_key = None if key is None else jax.random.fold_in(key, number)
            a, cache, after = layer.forward_from(p, a, before, layer_key, mask)
            caches.append(cache)
            carries.append(after)
        return a, tuple(caches), tuple(carries)

    def backward(self, params: tuple, cache: tuple, dy: Array) -> tuple[Array, tuple]:
        gradients: list[Any] = []
        for layer, p, layer_cache in reversed(list(zip(self.layers, params, cache, strict=True))):
            dy, gradient = layer.backward(p, layer_cache, dy)
            gradients.append(gradient)
        return dy, tuple(reversed(gradients))

    def infer(self, params: tuple, state: tuple, x: Array) -> Array:
        return self.infer_from(params, state, x, self.start(params, len(x)))[0]

    def infer_from(
        self, params: tuple, state: tuple, x: Array, carry: tuple, mask: Array | None = None
    ) -> tuple[Array, tuple]:
        carries = []
        for layer, p, layer_state, before in zip(self.layers, params, state, carry, strict=True):
            x, after = layer.infer_from(p, layer_state, x, before, mask)
            carries.append(after)
        return x, tuple(carries)

    def update_state(self, state: tuple, cache: tuple) -> tuple:
        triples = zip(self.layers, state, cache, strict=True)
        return tuple(layer.update_state(layer_state, layer_cache) for layer, layer_state, layer_cache in triples)

    def __str__(self) -> str:
        """The line that writes the chain (notation.py), without what goes without saying."""
        without_flatten = tuple(layer for layer in self.layers if layer != Flatten())
        shortest = tuple(layer for layer in without_flatten if layer != Activation("relu"))
        written = next((some for some in (shortest, without_flatten) if complete(some) == self), self.layers)
        return " ".join(str(layer) for layer in written)


def backprop(
    layers: Layer, cost: Cost, params: Any, x: Array, y: Array, key: Array | None = None, weights: Array | None = None
) -> tuple[Array, Any, Any]:
    """The cost of a mini-batch, its gradient for every parameter, and the cache of the forward pass.

    x: (m, ...) inputs.  y: (m, outputs) desired outputs.  key: for layers that draw random numbers.
    weights: (m,), how much each example counts, if not alike.
    """
    z, cache = layers.forward(params, x, key)  # z^l = w^l a^(l-1) + b^l and a^l = f(z^l), up to z^L
    C, delta = cost(z, y, weights)  # BP1
    _, gradients = layers.backward(params, cache, delta)  # BP2, BP3 and BP4, from layer L back to 1
    return C, gradients, cache


def backprop_from(
    layers: Layer, cost: Cost, params: Any, x: Array, y: Array, carry: Any, key: Array | None = None
) -> tuple[Array, Any, Any, Any]:
    """`backprop` of a chunk of sequences (m, time, ...), y (m, time, outputs), that left `carry` so far.

    The carry after the chunk comes last. No error goes back to the chunk before: truncated backpropagation
    through time (Williams & Peng 1990).
    """
    z, cache, carry = layers.forward_from(params, x, carry, key)
    C, delta = cost(z, y)
    _, gradients = layers.backward(params, cache, delta)
    return C, gradients, cache, carry


class LayerTrace(NamedTuple):
    """One layer in one pass: x in, y out, and the errors dy = dC/dy that came back and dx = dC/dx that went on."""

    layer: Layer
    params: Any
    x: Array
    y: Array
    dy: Array
    dx: Array
    gradients: Any


class Trace(NamedTuple):
    """Everything that one step of backpropagation computes; of a Dense layer, y is z and dy is delta."""

    C: Array
    output: Array
    layers: tuple[LayerTrace, ...]


def trace(chain: Chain, cost: Cost, params: tuple, x: Array, y: Array) -> Trace:
    """Forward and back as in `backprop`, keeping every z, a and delta to be looked at."""
    passes, a = [], x
    for layer, p in zip(chain.layers, params, strict=True):
        a_in, (a, cache) = a, layer.forward(p, a)
        passes.append((layer, p, cache, a_in, a))
    C, delta = cost(a, y)
    traces = []
    for layer, p, cache, a_in, a_out in reversed(passes):
        dx, gradients = layer.backward(p, cache, delta)
        traces.append(LayerTrace(layer, p, a_in, a_out, delta, dx, gradients))
        delta = dx
    return Trace(C, cost.output(a), tuple(reversed(traces)))


@dataclass(frozen=True, eq=False)
class Network:
    """A chain of layers with its parameters and the cost whose output activation it predicts with.

    in_shape is the shape of one input. The core (`Chain`, `backprop`) knows nothing of this class.
    """

    chain: Chain
    cost: Cost
    in_shape: Shape
    params: tuple
    state: tuple

    @classmethod
    def create(cls, chain: Chain, cost: Cost, in_shape: Shape, seed: int = 0) -> "Network":
        """A network with initial weights; the same seed gives the same weights. Raises SettingError."""
        params, state, _ = chain.init(jax.random.key(seed), in_shape)
        return cls(chain, cost, tuple(in_shape), params, state)

    def predict(self, x: Array) -> Array:
        """The output activations a^L, (batch, outputs), of inputs (batch, *in_shape)."""
        return _predict(self.chain, self.cost, self.params, self.state, x)

    def check_inputs(self, x: Array | np.ndarray) -> None:
        """Raise SettingError where x is not a batch of inputs of this network."""
        if x.shape[1:] != self.in_shape:
            got, expected = shape_text(x.shape[1:]), shape_text(self.in_shape)
            raise SettingError(f"the inputs are {got} each, but the network takes {expected}")

    def parameter_count(self) -> int:
        """How many numbers the network learns."""
        return count(self.params)

    def shapes(self) -> list[Shape]:
        """The shape of what each layer gives for one input, found without computing a number."""
        found, x = [], jax.ShapeDtypeStruct((1, *self.in_shape), jnp.result_type(float))
        for layer, p, state in zip(self.chain.layers, self.params, self.state, strict=True):
            x = jax.eval_shape(layer.infer, p, state, x)
            found.append(x.shape[1:])
        return found

    def summary(self) -> str:
        """A table of the layers: what each gives, its parameters, and its multiply-adds for one input (theory A1).

        A convolution has beside it the parameters of a fully connected layer in its place (theory E2).
        """
        rows = [("layer", "output", "parameters", "multiply-adds", "fully connected")]
        rows.append(("input", shape_text(self.in_shape), "", "", ""))
        before = self.in_shape
        for layer, shape, p in zip(self.chain.layers, self.shapes(), self.params, strict=True):
            connected = f"{fully_connected(before, shape):,}" if isinstance(layer, Conv) else ""
            work = multiply_adds(layer, p, shape)
            rows.append((str(layer), shape_text(shape), f"{count(p):,}", f"{work:,}" if work else "", connected))
            before = shape
        rows.append(("total", "", f"{self.parameter_count():,}", "", ""))
        return columns(rows)


@partial(jax.jit, static_argnums=(0, 1))
def _predict(chain: Chain, cost: Cost, params: tuple, state: tuple, x: Array) -> Array:
    return cost.output(chain.infer(params, state, x))


def count(params: Any) -> int:
    """The number of numbers in a tree of arrays."""
    return sum(leaf.size for leaf in jax.tree.leaves(params))


def is_weight(path: tuple) -> bool:
    """Whether a parameter, by its place in a tree of them, is a weight: its name begins with w."""
    return keystr(path[-1:], simple=True).startswith("w")


def fully_connected(before: Shape, shape: Shape) -> int:
    """The parameters of a layer that connects each of its outputs with all inputs (theory E2)."""
    return (prod(before) + 1) * prod(shape)


def multiply_adds(layer: Layer, params: Any, shape: Shape) -> int:
    """How often a number is multiplied by a weight for one input: every weight, once for each place of the output."""
    if isinstance(layer, Embedding):
        return 0  # a row is looked up
    weights = sum(leaf.size for path, leaf in jax.tree.leaves_with_path(params) if is_weight(path))
    return weights * prod(shape[:-1])


def columns(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows as text, the first two columns to the left and numbers to the right; empty columns are left out."""
    filled = [column for column in zip(*rows, strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in filled]
    lines = []
    for row in zip(*filled, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row[:2], widths, strict=False)]
        cells += [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def shape_text(shape: Shape) -> str:
    return "x".join(str(size) for size in shape) or "1"


def multilayer(sizes: Sequence[int], activation: str = "sigmoid", weights: str = "scaled") -> Chain:
    """Fully connected layers of the given sizes, inputs first: [784, 30, 10] has one hidden layer of 30.

    The activation follows every layer but the last, whose activation is the cost's. Raises SettingError.
    """
    if len(sizes) < 2:
        raise SettingError(f"sizes {list(sizes)}: expected at least two, inputs and outputs, as in 784-30-10")
    return complete(tuple(Dense(size, weights) for size in sizes[1:]), activation)


def complete(layers: tuple[Layer, ...], activation: str = "relu") -> Chain:
    """The chain of the layers and of those that go without saying.

    Unless there is an Activation among them already, one follows every Dense and Conv but the last of these.
    Unless there is a layer that makes or takes vectors otherwise, the first Dense has a Flatten before it.
    """
    weighted = [number for number, layer in enumerate(layers) if isinstance(layer, Dense | Conv)]
    dense = [number for number in weighted if isinstance(layers[number], Dense)]
    activated = [] if any(isinstance(layer, Activation) for layer in layers) else weighted[:-1]
    flattened = [] if any(isinstance(layer, VECTORS) for layer in layers) else dense[:1]
    chain: list[Layer] = []
    for number, layer in enumerate(layers):
        chain += [Flatten()] if number in flattened else []
        chain += [layer, Activation(activation)] if number in activated else [layer]
    return Chain(tuple(chain))
