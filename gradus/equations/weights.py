"""Initial weights and biases of a layer (theory D5).

Sources: Nielsen, chapters 1 and 3; Glorot & Bengio 2010 (xavier); He et al. 2015 (he).
"""

from collections.abc import Callable
from math import sqrt

import jax.numpy as jnp
from jax import Array, lax
from jax.random import normal

from gradus.registry import Registry

__all__ = ["INITIAL_WEIGHTS", "initial_biases", "initial_weights"]

Initializer = Callable[[Array, tuple[int, ...], int, int], Array]  # (key, shape, n_in, n_out) -> weights


def normal_weights(deviation: Callable[[int, int], float]) -> Initializer:
    """Independent normal weights with mean 0, whose standard deviation follows from n_in and n_out.

    Without the barrier, XLA merges the deviation into a constant of `normal`, and compiled weights differ in their last
    bit from those computed operation by operation.
    """
    return lambda key, shape, n_in, n_out: lax.optimization_barrier(normal(key, shape)) * deviation(n_in, n_out)


INITIAL_WEIGHTS: Registry[Initializer] = Registry(
    "initial weights",
    {
        "zeros": lambda key, shape, n_in, n_out: jnp.zeros(shape),
        "ones": lambda key, shape, n_in, n_out: jnp.ones(shape),
        "gaussian": normal_weights(lambda n_in, n_out: 1.0),
        "scaled": normal_weights(lambda n_in, n_out: 1 / sqrt(n_in)),
        "xavier": normal_weights(lambda n_in, n_out: sqrt(2 / (n_in + n_out))),
        "he": normal_weights(lambda n_in, n_out: sqrt(2 / n_in)),
    },
)


def initial_weights(name: str, key: Array, shape: tuple[int, ...], n_in: int, n_out: int) -> Array:
    """Weights of the given shape.

    Args:
        name: one of INITIAL_WEIGHTS.
        n_in: inputs that one output is computed from.
        n_out: outputs that one input reaches.

    Raises:
        SettingError: for any other name.
    """
    return INITIAL_WEIGHTS.find(name)(key, shape, n_in, n_out)


def initial_biases(name: str, key: Array, shape: tuple[int, ...]) -> Array:
    """Biases beside the weights of that name: N(0, 1) with "gaussian", as in the book's first chapter, else 0.

    Raises:
        SettingError: for a name that is not in INITIAL_WEIGHTS.
    """
    INITIAL_WEIGHTS.find(name)
    return normal(key, shape) if name == "gaussian" else jnp.zeros(shape)
