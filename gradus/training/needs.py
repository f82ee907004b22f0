"""The memory that a training needs, from shapes alone: nothing is computed or allocated (jax.eval_shape)."""

from itertools import pairwise
from math import prod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from gradus.layers import byte_count, count
from gradus.memory import memory_text
from gradus.network import Network
from gradus.training.step import TrainState

__all__ = ["TrainingNeeds", "training_needs"]


class TrainingNeeds(NamedTuple):
    """The parameters to learn, and bytes of memory.

    weights: of the parameters, and of a layer's state.
    optimizer: of the optimizer's state.
    checkpoint: of a training position, which holds the weights twice, or with patience three times.
    activations: what a step keeps for the backward pass, or what evaluation holds at once, whichever is more.
    """

    parameters: int
    weights: int
    optimizer: int
    checkpoint: int
    activations: int

    @property
    def total(self) -> int:
        """The bytes needed at once: the initial weights, the position, a gradient and a step's activations; while a
        checkpoint is written, its bytes in place of the last two."""
        return self.weights + self.checkpoint + max(self.checkpoint, self.weights + self.activations)

    def __str__(self) -> str:
        parts = (self.weights, self.optimizer, self.checkpoint, self.activations)
        weights, optimizer, checkpoint, activations = map(memory_text, parts)
        return f"weights {weights}, optimizer {optimizer}, checkpoint {checkpoint}, activations {activations}"

    def summary(self) -> str:
        """All bytes and their parts, on one line."""
        return f"memory  {memory_text(self.total)}: {self}"


def training_needs(
    network: Network, start: TrainState, x: jax.ShapeDtypeStruct, evaluated: int, has_patience: bool
) -> TrainingNeeds:
    """What a training needs.

    Args:
        network: with its parameters, or their shapes alone.
        start: the shapes of the arrays before the first step.
        x: the shape of a step's inputs.
        evaluated: the inputs that evaluation takes at once.
        has_patience: whether the best weights are kept beside the current ones.
    """
    key, carry = jax.eval_shape(lambda: jax.random.key(0)), start.carry or None

    def forward(params: Any, x: Array, carry: Any, key: Array) -> Any:
        carry = network.chain.initial_carry(params, len(x)) if carry is None else carry
        return network.chain.forward_from(params, x, carry, key)

    y, cache, carry = jax.eval_shape(forward, network.params, x, carry, key)
    weights = byte_count((network.params, network.state))
    return TrainingNeeds(
        count(network.params),
        weights,
        byte_count(start.optimizer_state),
        byte_count(start) + weights * (2 if has_patience else 1),
        max(byte_count((y, cache, carry)), evaluated * prediction_bytes(network)),
    )


def prediction_bytes(network: Network) -> int:
    """The bytes of a layer's input and output for one input of the network, where they are largest."""
    sizes = [prod(shape) for shape in (network.in_shape, *network.shapes())]
    return jnp.result_type(float).itemsize * max(a + b for a, b in pairwise(sizes))
