"""Activations a = f(z) and their derivatives f'(z), element by element, and softmax.

Sources: Nielsen, chapters 1, 3 and 6; Qiu, chapter 4. Every value and every derivative is finite for
any finite z. The rule at a kink is that the derivative there is the left one: ReLU'(0) = 0.
"""

from collections.abc import Callable
from math import pi, sqrt

import jax.numpy as jnp
from jax import Array
from jax.scipy.special import erfc

from gradus.errors import SettingError

__all__ = ["ACTIVATIONS", "activation", "derivative", "log_softmax", "softmax"]

LEAK = 0.01  # the slope of leaky ReLU below zero (Maas et al. 2013)


def linear(z: Array) -> Array:
    return z


def linear_prime(z: Array) -> Array:
    return jnp.ones_like(z)


def sigmoid(z: Array) -> Array:
    return 1 / (1 + jnp.exp(-z))


def sigmoid_prime(z: Array) -> Array:
    a = sigmoid(z)
    return a * (1 - a)


def tanh(z: Array) -> Array:
    return jnp.tanh(z)


def tanh_prime(z: Array) -> Array:
    return 1 - jnp.tanh(z) ** 2


def relu(z: Array) -> Array:
    return jnp.maximum(0, z)


def relu_prime(z: Array) -> Array:
    return (z > 0).astype(z.dtype)


def leaky_relu(z: Array) -> Array:
    return jnp.where(z > 0, z, LEAK * z)


def leaky_relu_prime(z: Array) -> Array:
    return jnp.where(z > 0, 1, LEAK).astype(z.dtype)


def elu(z: Array) -> Array:
    """z above zero, e^z - 1 below (Clevert et al. 2015)."""
    return jnp.where(z > 0, z, jnp.expm1(jnp.minimum(0, z)))


def elu_prime(z: Array) -> Array:
    return jnp.exp(jnp.minimum(0, z))


def softplus(z: Array) -> Array:
    """ln(1 + e^z), written so that e^z is never taken of a positive number."""
    return jnp.maximum(0, z) + jnp.log1p(jnp.exp(-jnp.abs(z)))


def softplus_prime(z: Array) -> Array:
    return sigmoid(z)


def silu(z: Array) -> Array:
    """z sigmoid(z), also called swish (Elfwing et al. 2017)."""
    return z * sigmoid(z)


def silu_prime(z: Array) -> Array:
    a = sigmoid(z)
    return a * (1 + z * (1 - a))


def gelu(z: Array) -> Array:
    """z Phi(z), with Phi the normal distribution's cumulative function (Hendrycks & Gimpel 2016)."""
    return z * normal_cumulative(z)


def gelu_prime(z: Array) -> Array:
    return normal_cumulative(z) + z * jnp.exp(-(z**2) / 2) / sqrt(2 * pi)


def normal_cumulative(z: Array) -> Array:
    return erfc(-z / sqrt(2)) / 2


def softmax(z: Array) -> Array:
    """a_j = e^(z_j) / sum_k e^(z_k) along the last axis: positive, and sums to 1 (Nielsen, equation 78)."""
    return jnp.exp(log_softmax(z))


def log_softmax(z: Array) -> Array:
    """ln a_j = z_j - ln sum_k e^(z_k), the same when every z_k is less by the largest: e^(z_k) is then at most 1."""
    z = z - jnp.max(z, axis=-1, keepdims=True)
    return z - jnp.log(jnp.sum(jnp.exp(z), axis=-1, keepdims=True))


# name: (f, f')
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "linear": (linear, linear_prime),
    "sigmoid": (sigmoid, sigmoid_prime),
    "tanh": (tanh, tanh_prime),
    "relu": (relu, relu_prime),
    "leaky_relu": (leaky_relu, leaky_relu_prime),
    "elu": (elu, elu_prime),
    "softplus": (softplus, softplus_prime),
    "silu": (silu, silu_prime),
    "gelu": (gelu, gelu_prime),
}


def activation(name: str) -> Callable[[Array], Array]:
    """f, by its name. Raises SettingError for a name that is not in ACTIVATIONS."""
    return _pair(name)[0]


def derivative(name: str) -> Callable[[Array], Array]:
    """f', by the name of f. Raises SettingError for a name that is not in ACTIVATIONS."""
    return _pair(name)[1]


def _pair(name: str) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    if name not in ACTIVATIONS:
        raise SettingError(f"there is no activation {name!r}; choose one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]
