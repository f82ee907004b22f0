"""One step of gradient descent on one example, with all its numbers (theory C3)."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gradus.checks import check_number
from gradus.equations import COSTS, Quadratic, derivative
from gradus.layers import Dense
from gradus.network import LayerTrace, Network, backprop, trace
from gradus.notation import mlp

__all__ = ["Stage", "WorkedStep", "explain_step"]


class Stage(NamedTuple):
    """One dense layer, l = 1..L: vectors (units,), and w, dw (units, inputs).

    Args:
        number: l.
        a_in: a^(l-1), (inputs,).
        f_prime: f'(z); None at an output with a matched cost, where delta^L = a^L - y has no such factor.
        dw, db: the gradients dC/dw and dC/db.
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
    """The example x (inputs,) and y (outputs,), its cost before and after the step, and the layers."""

    x: np.ndarray
    y: np.ndarray
    C: float
    new_C: float
    stages: list[Stage]


def explain_step(sizes: Sequence[int], activation: str, cost_name: str, learning_rate: float, seed: int) -> WorkedStep:
    """Take one step from random weights, biases and inputs of one decimal, which are easy to type in.

    Args:
        sizes: of the layers, inputs first. The desired output is 1 for the first class, 0 for the others.
        activation: of the hidden layers, one of ACTIVATIONS.
        cost_name: one of COSTS.
        seed: determines the weights and the example.

    Raises:
        SettingError: for an unknown name or a setting out of range.
    """
    check_number("learning rate", learning_rate)
    cost = COSTS.find(cost_name)
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
    """The numbers of a dense layer, without the batch axis of the one example."""
    w, b = map(np.asarray, layer.params)
    dw, db = map(np.asarray, layer.gradients)
    a_in, z, a_out, delta = (np.asarray(part[0]) for part in (layer.x, layer.y, a, layer.dy))
    return Stage(number, w, b, a_in, z, a_out, None if f_prime is None else np.asarray(f_prime[0]), delta, dw, db)
