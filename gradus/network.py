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
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import Array

from gradus.equations.costs import Cost
from gradus.errors import SettingError
from gradus.layers import Activation, Dense, Flatten, Layer
from gradus.layers.layer import Shape

__all__ = ["Chain", "LayerTrace", "Network", "Trace", "backprop", "multilayer", "trace"]


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

    def forward(self, params: tuple, x: Array, key: Array | None = None) -> tuple[Array, tuple]:
        a, caches = x, []
        for number, (layer, p) in enumerate(zip(self.layers, params, strict=True)):
            layer_key = None if key is None else jax.random.fold_in(key, number)
            a, cache = layer.forward(p, a, layer_key)
            caches.append(cache)
        return a, tuple(caches)

    def backward(self, params: tuple, cache: tuple, dy: Array) -> tuple[Array, tuple]:
        gradients: list[Any] = []
        for layer, p, layer_cache in reversed(list(zip(self.layers, params, cache, strict=True))):
            dy, gradient = layer.backward(p, layer_cache, dy)
            gradients.append(gradient)
        return dy, tuple(reversed(gradients))

    def infer(self, params: tuple, state: tuple, x: Array) -> Array:
        for layer, p, layer_state in zip(self.layers, params, state, strict=True):
            x = layer.infer(p, layer_state, x)
        return x

    def update_state(self, state: tuple, cache: tuple) -> tuple:
        triples = zip(self.layers, state, cache, strict=True)
        return tuple(layer.update_state(layer_state, layer_cache) for layer, layer_state, layer_cache in triples)

    def __str__(self) -> str:
        return " ".join(str(layer) for layer in self.layers)


def backprop(
    layers: Layer, cost: Cost, params: Any, x: Array, y: Array, key: Array | None = None
) -> tuple[Array, Any, Any]:
    """The cost of a mini-batch, its gradient for every parameter, and the cache of the forward pass.

    x: (m, ...) inputs.  y: (m, outputs) desired outputs.  key: for layers that draw random numbers.
    """
    z, cache = layers.forward(params, x, key)  # z^l = w^l a^(l-1) + b^l and a^l = f(z^l), up to z^L
    C, delta = cost(z, y)  # BP1
    _, gradients = layers.backward(params, cache, delta)  # BP2, BP3 and BP4, from layer L back to 1
    return C, gradients, cache


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
        found, x = [], jax.ShapeDtypeStruct((1, *self.in_shape), float)
        for layer, p, state in zip(self.chain.layers, self.params, self.state, strict=True):
            x = jax.eval_shape(layer.infer, p, state, x)
            found.append(x.shape[1:])
        return found

    def summary(self) -> str:
        """A table of the layers: the shape of what each gives, and how many parameters it has (theory A1)."""
        rows = [("layer", "output", "parameters"), ("input", shape_text(self.in_shape), "")]
        for layer, shape, p in zip(self.chain.layers, self.shapes(), self.params, strict=True):
            rows.append((str(layer), shape_text(shape), f"{count(p):,}"))
        rows.append(("total", "", f"{self.parameter_count():,}"))
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        return "\n".join(f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}".rstrip() for a, b, c in rows)


@partial(jax.jit, static_argnums=(0, 1))
def _predict(chain: Chain, cost: Cost, params: tuple, state: tuple, x: Array) -> Array:
    return cost.output(chain.infer(params, state, x))


def count(params: Any) -> int:
    """The number of numbers in a tree of arrays."""
    return sum(leaf.size for leaf in jax.tree.leaves(params))


def shape_text(shape: Shape) -> str:
    return "x".join(str(size) for size in shape) or "1"


def multilayer(sizes: Sequence[int], activation: str = "sigmoid", weights: str = "scaled") -> Chain:
    """Fully connected layers of the given sizes, inputs first: [784, 30, 10] has one hidden layer of 30.

    The activation follows every layer but the last, whose activation is the cost's. Inputs of more than
    one axis are flattened. Raises SettingError.
    """
    if len(sizes) < 2:
        raise SettingError(f"sizes {list(sizes)}: expected at least two, inputs and outputs, as in 784-30-10")
    layers: list[Layer] = [Flatten()]
    for size in sizes[1:-1]:
        layers += [Dense(size, weights), Activation(activation)]
    return Chain((*layers, Dense(sizes[-1], weights)))
