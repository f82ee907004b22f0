"""Backpropagation through a chain of layers (Nielsen, chapter 2; theory A and C).

Each of the four equations is written in the stage it belongs to:

    BP1  delta^L = grad_a C (.) f'(z^L)                           the cost
    BP2  delta^l = ((w^(l+1))^T delta^(l+1)) (.) f'(z^l)          Dense, then Activation
    BP3  dC/db^l = delta^l                                        Dense
    BP4  dC/dw^l_jk = a^(l-1)_k delta^l_j                         Dense

The loop that carries the error from the last layer to the first is `Chain.backward`.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from gradus.equations import Cost
from gradus.errors import SettingError
from gradus.layers import Chain, Layer, Shape, count
from gradus.memory import check_memory
from gradus.seeds import seed_bits
from gradus.summary import layer_bytes, output_shapes, shape_text, summary_table

__all__ = ["Backprop", "LayerTrace", "Network", "Predictor", "Trace", "backprop", "trace"]


class Backprop(NamedTuple):
    """The result of one pass forward and one backward.

    C: the cost.
    gradients: dC/dparams, a tree like the parameters.
    cache: of the forward pass.
    carry: of recurrent layers, for the next chunk of the sequences.
    dx: dC/dx, of x's shape.
    """

    C: Float[Array, ""]
    gradients: Any
    cache: Any
    carry: Any
    dx: Array


def backprop(
    layers: Layer,
    cost: Cost,
    params: Any,
    x: Array,
    y: Array,
    key: Array | None = None,
    weights: Array | None = None,
    carry: Any = None,
    mask: Array | None = None,
) -> Backprop:
    """The cost of a mini-batch and its gradient: forward, BP1, then BP2 to BP4 from the last layer to the first.

    Args:
        layers: usually a Chain.
        x: (m, ...) inputs; sequences are (m, time, ...).
        y: (m, outputs) desired outputs, or (m, time, outputs) where the network gives one at every time step.
        key: for layers that draw random numbers.
        weights: (m,) or (m, time), how much each example or time step counts; all alike if None.
        carry: left by the previous chunk of the sequences. No error goes back into that chunk: truncated
            backpropagation through time (Williams & Peng 1990).
        mask: (m, time), False at the time steps that a shorter sequence lacks; C is the mean over all others.
    """
    carry = layers.initial_carry(params, len(x)) if carry is None else carry
    z, cache, carry = layers.forward_from(params, x, carry, key, mask)  # z^l = w^l a^(l-1) + b^l and a^l = f(z^l)
    C, delta = cost(z, y, step_weights(z, weights, mask))  # BP1
    dx, gradients = layers.backward(params, cache, delta)  # BP2, BP3 and BP4, from layer L back to 1
    return Backprop(C, gradients, cache, carry, dx)


def step_weights(z: Array, weights: Array | None, mask: Array | None) -> Array | None:
    """The weights of the cost: 0 at masked time steps, and larger at all others, so that C stays a mean.

    A network with one output for each sequence, z (m, outputs), has no time steps to leave out of its cost.
    """
    if mask is None or z.ndim != mask.ndim + 1:
        return weights
    existing = mask / jnp.mean(mask, dtype=z.dtype)
    if weights is None:
        return existing
    return existing * weights.reshape(weights.shape + (1,) * (existing.ndim - weights.ndim))


class LayerTrace(NamedTuple):
    """One layer in one pass: input x, output y, the error dy = dC/dy it received and dx = dC/dx it passed on."""

    layer: Layer
    params: Any
    x: Array
    y: Array
    dy: Array
    dx: Array
    gradients: Any


class Trace(NamedTuple):
    """Everything that one step of backpropagation computes. Of a Dense layer, y is z and dy is delta."""

    C: Array
    output: Array
    layers: tuple[LayerTrace, ...]


@dataclass(frozen=True)
class Traced(Layer):
    """A layer that records: its cache also holds x and y, its gradients also dy and dx."""

    layer: Layer

    def initial_carry(self, params: Any, batch: int) -> Any:
        return self.layer.initial_carry(params, batch)

    def forward_from(
        self, params: Any, x: Array, carry: Any, key: Array | None = None, mask: Array | None = None
    ) -> tuple[Array, Any, Any]:
        y, cache, carry = self.layer.forward_from(params, x, carry, key, mask)
        return y, (cache, x, y), carry

    def backward(self, params: Any, cache: Any, dy: Array) -> tuple[Array, Any]:
        dx, gradients = self.layer.backward(params, cache[0], dy)
        return dx, (gradients, dy, dx)


def trace(
    chain: Chain,
    cost: Cost,
    params: tuple[Any, ...],
    x: Array,
    y: Array,
    key: Array | None = None,
    carry: Any = None,
) -> Trace:
    """Backpropagation as in `backprop`, with every z, a and delta by layer.

    Args:
        x, y, key, carry: as in `backprop`.
    """
    traced = Chain(tuple(Traced(layer) for layer in chain.layers))
    C, backward, forward, *_ = backprop(traced, cost, params, x, y, key, carry=carry)
    layers = tuple(
        LayerTrace(layer, p, x, y, dy, dx, gradients)
        for layer, p, (_, x, y), (gradients, dy, dx) in zip(chain.layers, params, forward, backward, strict=True)
    )
    return Trace(C, cost.output(layers[-1].y), layers)


class Predictor(Protocol):
    """A chain of layers, or what else gives z^L; hashable, for `jax.jit`."""

    def infer(self, params: Any, state: Any, x: Array) -> Array:
        """z^L (m, outputs) of inputs x (m, ...)."""


@dataclass(frozen=True, eq=False)
class Network:
    """A chain of layers with its parameters and its cost.

    `Chain` and `backprop` know nothing of this class: it is a convenience for users.

    Args:
        cost: owns the activation of the output, so prediction needs it, too.
        in_shape: of one input, without the batch axis.
    """

    chain: Chain
    cost: Cost
    in_shape: Shape
    params: tuple[Any, ...]
    state: tuple[Any, ...]

    @classmethod
    def create(cls, chain: Chain, cost: Cost, in_shape: Shape, seed: int = 0) -> "Network":
        """A network with initial weights, which depend on the seed alone.

        Raises:
            SettingError: where a layer does not fit its inputs, or the network does not fit into memory.
        """
        cls.abstract(chain, cost, in_shape).check_memory()
        params, state = _init(chain, tuple(in_shape), jax.random.key(seed_bits(seed)))
        return cls(chain, cost, tuple(in_shape), params, state)

    @classmethod
    def abstract(cls, chain: Chain, cost: Cost, in_shape: Shape) -> "Network":
        """The network with shapes in place of arrays, of whatever size they are: nothing is allocated.

        Raises:
            SettingError: where a layer does not fit its inputs.
        """
        params, state = jax.eval_shape(partial(_init, chain, tuple(in_shape)), jax.random.key(0))
        return cls(chain, cost, tuple(in_shape), params, state)

    def predict(self, x: Array) -> Array:
        """The output activations a^L, (m, outputs), of inputs x, (m, *in_shape)."""
        return _predict(self.predictor, self.cost, self.params, self.state, x)

    @property
    def predictor(self) -> Predictor:
        """Gives z^L of inputs."""
        return self.chain

    def check_inputs(self, x: Array | np.ndarray) -> None:
        """Raise SettingError unless x is a batch of inputs of this network."""
        if x.shape[1:] != self.in_shape:
            got, expected = shape_text(x.shape[1:]), shape_text(self.in_shape)
            raise SettingError(f"the inputs are {got} each, but the network takes {expected}")

    def check_memory(self) -> None:
        """Raise SettingError if parameters and the outputs for one input need more memory than there is."""
        sizes = layer_bytes(self.chain, self.in_shape, self.params, self.state)
        largest = max(range(len(sizes)), key=sizes.__getitem__, default=0)
        check_memory(sum(sizes), f"the network, above all its layer {largest + 1} ({self.chain.layers[largest]}),")

    def parameter_count(self) -> int:
        """The number of parameters that the network learns."""
        return count(self.params)

    def shapes(self) -> list[Shape]:
        """The shape of each layer's output for one input; nothing is computed."""
        return output_shapes(self.chain, self.in_shape, self.params, self.state)

    def summary(self) -> str:
        """A table of the layers: the output of each, its parameters, and its multiply-adds (theory A1)."""
        return summary_table(self.chain, self.in_shape, self.params, self.state)


@partial(jax.jit, static_argnums=(0, 1))  # operation by operation, a network is 20 small programs
def _init(chain: Chain, in_shape: Shape, key: Array) -> tuple[Any, Any]:
    params, state, _ = chain.init(key, in_shape)
    return params, state


@partial(jax.jit, static_argnums=(0, 1))
def _predict(predictor: Predictor, cost: Cost, params: tuple[Any, ...], state: tuple[Any, ...], x: Array) -> Array:
    return cost.output(predictor.infer(params, state, x))
