"""One step of gradient descent on one example, every number of it kept (theory C3)."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gradus.equations.activations import derivative
from gradus.equations.costs import Quadratic, cost_named
from gradus.layers import Dense
from gradus.network import LayerTrace, Network, backprop, trace
from gradus.notation import mlp
from gradus.training.settings import check_positive

__all__ = ["Stage", "WorkedStep", "worked_step"]


class Stage(NamedTuple):
    """One fully connected layer of l = 1..L. Vectors (units,), w (units, inputs); a_in is a^(l-1).

    f_prime is None at an output whose cost is matched: delta^L = a^L - y has no such factor.
    """

    number: int
    w: np.ndarray
    b: np.ndarray
    a_in: np.ndarray
    z: np.ndarray
    a: np.ndarray
    f_prime: np.ndarray | None
    delta: np.ndarray
    dw: np.ndarray
    db: np.ndarray


class WorkedStep(NamedTuple):
    """The example, its cost before and after the step, and the layers."""

    x: np.ndarray
    y: np.ndarray
    C: float
    new_C: float
    stages: list[Stage]


def worked_step(sizes: Sequence[int], activation: str, cost_name: str, learning_rate: float, seed: int) -> WorkedStep:
    """Take one step with a network of the given sizes. Raises SettingError.

    Weights, biases and inputs have one decimal, so that they are quickly typed; the first class is desired.
    """
    check_positive("learning rate", learning_rate)
    cost = cost_named(cost_name)
    network = Network.create(mlp(sizes, activation, "gaussian"), cost, (sizes[0],), seed)
    params = jax.tree.map(lambda parameter: parameter.round(1), network.params)
    x = jnp.asarray(np.random.default_rng(seed).integers(1, 10, (1, sizes[0])) / 10)
    y = jnp.eye(sizes[-1])[:1]
    traced = trace(network.chain, cost, params, x, y)
    _, gradients, *_ = backprop(network.chain, cost, params, x, y)
    new_params = jax.tree.map(lambda p, gradient: p - learning_rate * gradient, params, gradients)
    new_C, _, *_ = backprop(network.chain, cost, new_params, x, y)

    dense = [layer for layer in traced.layers if isinstance(layer.layer, Dense)]
    activated = [layer.x for layer in dense[1:]] + [traced.output]
    f_primes: list[jax.Array | None] = [derivative(activation)(layer.y) for layer in dense[:-1]]
    f_primes.append(derivative(cost.activation)(dense[-1].y) if isinstance(cost, Quadratic) else None)
    triples = zip(dense, activated, f_primes, strict=True)
    stages = [stage(number, layer, a, f_prime) for number, (layer, a, f_prime) in enumerate(triples, 1)]
    return WorkedStep(np.asarray(x[0]), np.asarray(y[0]), float(traced.C), float(new_C), stages)


def stage(number: int, layer: LayerTrace, a: jax.Array, f_prime: jax.Array | None) -> Stage:
    """The numbers of a Dense layer, without the batch axis of the one example."""
    w, b = map(np.asarray, layer.params)
    dw, db = map(np.asarray, layer.gradients)
    a_in, z, a_out, delta = (np.asarray(part[0]) for part in (layer.x, layer.y, a, layer.dy))
    return Stage(number, w, b, a_in, z, a_out, None if f_prime is None else np.asarray(f_prime[0]), delta, dw, db)
