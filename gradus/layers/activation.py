"""Activations as layers: a = f(z) after the layer that computed z."""

from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array

from gradus.equations.activations import activation, derivative, softmax
from gradus.layers.layer import Layer

__all__ = ["Activation", "Softmax"]


@dataclass(frozen=True)
class Activation(Layer):
    """a = f(z), element by element; `name` is one of equations.activations.ACTIVATIONS."""

    name: str

    def __post_init__(self) -> None:
        activation(self.name)

    def forward(self, params: tuple, x: Array, key: Array | None = None) -> tuple[Array, Array]:
        f, z = activation(self.name), x
        return f(z), z

    def backward(self, params: tuple, cache: Array, dy: Array) -> tuple[Array, tuple]:
        f_prime, z, da = derivative(self.name), cache, dy
        return da * f_prime(z), ()  # BP2, the factor (.) f'(z^l)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Softmax(Layer):
    """a_j = e^(z_j) / sum_k e^(z_k) along the last axis, inside a network.

    At the output it is not needed: the log-likelihood cost owns the softmax there.
    """

    def forward(self, params: tuple, x: Array, key: Array | None = None) -> tuple[Array, Array]:
        a = softmax(x)
        return a, a

    def backward(self, params: tuple, cache: Array, dy: Array) -> tuple[Array, tuple]:
        a, da = cache, dy
        # da_j/dz_k = a_j (1[j = k] - a_k)
        return a * (da - jnp.sum(a * da, axis=-1, keepdims=True)), ()
