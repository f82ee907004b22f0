"""Initial weights and biases of a layer (theory D5).

n_in and n_out are how many numbers one output is computed from, and how many outputs one input reaches.
Sources: Nielsen, chapters 1 and 3; Glorot & Bengio 2010 (xavier); He et al. 2015 (he).
"""

from collections.abc import Callable
from math import sqrt

import jax.numpy as jnp
from jax import Array
from jax.random import normal

from gradus.errors import SettingError

__all__ = ["INITIAL_WEIGHTS", "check_weights", "initial_biases", "initial_weights"]

# The standard deviation of independent normal weights with mean 0.
SPREADS: dict[str, Callable[[int, int], float]] = {
    "gaussian": lambda n_in, n_out: 1.0,
    "scaled": lambda n_in, n_out: 1 / sqrt(n_in),
    "xavier": lambda n_in, n_out: sqrt(2 / (n_in + n_out)),
    "he": lambda n_in, n_out: sqrt(2 / n_in),
}
INITIAL_WEIGHTS = ("zeros", "ones", *SPREADS)


def initial_weights(name: str, key: Array, shape: tuple[int, ...], n_in: int, n_out: int) -> Array:
    """Weights of the given shape: all 0, all 1, or normal with the spread that the name stands for."""
    check_weights(name)
    if name == "zeros":
        return jnp.zeros(shape)
    if name == "ones":
        return jnp.ones(shape)
    return normal(key, shape) * SPREADS[name](n_in, n_out)


def initial_biases(name: str, key: Array, shape: tuple[int, ...]) -> Array:
    """Biases: N(0, 1) beside gaussian weights, as in the book's first chapter, and 0 beside all others."""
    check_weights(name)
    return normal(key, shape) if name == "gaussian" else jnp.zeros(shape)


def check_weights(name: str) -> None:
    """Raise SettingError for a name that is not in INITIAL_WEIGHTS."""
    if name not in INITIAL_WEIGHTS:
        raise SettingError(f"there are no initial weights {name!r}; choose one of {', '.join(INITIAL_WEIGHTS)}")
