"""Activations a = f(z) and their derivatives f'(z), element by element, and softmax (theory A4).

Every value and every derivative is finite for any finite z, but where SELU's 1.0507 z exceeds the largest number. At a
kink the derivative is the left one: ReLU'(0) = 0.

Sources: Nielsen, chapters 1, 3 and 6; Qiu, chapter 4.
"""

from collections.abc import Callable
from math import pi, sqrt
from typing import Literal, NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.scipy.special import erfc
from jaxtyping import Float

from gradus.registry import Registry

__all__ = [
    "ACTIVATIONS",
    "ActivationFunction",
    "activation",
    "derivative",
    "log_softmax",
    "sigmoid",
    "softmax",
    "softplus",
    "tanh",
]

Z = Float[Array, "*shape"]  # weighted inputs; a = f(z) and f'(z) have their shape

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
LEAK = 0.01  # the slope of leaky ReLU below zero (Maas et al. 2013)


def linear(z: Z) -> Z:
    return z


def linear_prime(z: Z) -> Z:
    return jnp.ones_like(z)


def sigmoid(z: Z) -> Z:
    return 1 / (1 + jnp.exp(-z))


def sigmoid_prime(z: Z) -> Z:
    a = sigmoid(z)
    return a * (1 - a)


def tanh(z: Z) -> Z:
    return jnp.tanh(z)


def tanh_prime(z: Z) -> Z:
    return 1 - jnp.tanh(z) ** 2


def relu(z: Z) -> Z:
    return jnp.maximum(0, z)


def relu_prime(z: Z) -> Z:
    return (z > 0).astype(z.dtype)


def leaky_relu(z: Z) -> Z:
    return jnp.where(z > 0, z, LEAK * z)


def leaky_relu_prime(z: Z) -> Z:
    return jnp.where(z > 0, 1, LEAK).astype(z.dtype)


def elu(z: Z) -> Z:
    """z above zero, e^z - 1 below (Clevert et al. 2015)."""
    return jnp.where(z > 0, z, jnp.expm1(jnp.minimum(0, z)))


def elu_prime(z: Z) -> Z:
    return jnp.exp(jnp.minimum(0, z))


def selu(z: Z) -> Z:
    """ELU with constants that draw the mean of a towards 0 and its variance towards 1 (Klambauer et al. 2017)."""
    return SELU_SCALE * jnp.where(z > 0, z, SELU_ALPHA * jnp.expm1(jnp.minimum(0, z)))


def selu_prime(z: Z) -> Z:
    return SELU_SCALE * jnp.where(z > 0, 1, SELU_ALPHA * jnp.exp(jnp.minimum(0, z)))


def softplus(z: Z) -> Z:
    """ln(1 + e^z), written so that e^z is never taken of a positive number."""
    return jnp.maximum(0, z) + jnp.log1p(jnp.exp(-jnp.abs(z)))


def softplus_prime(z: Z) -> Z:
    return sigmoid(z)


def silu(z: Z) -> Z:
    """z sigmoid(z), also called swish (Elfwing et al. 2017)."""
    return z * sigmoid(z)


def silu_prime(z: Z) -> Z:
    a = sigmoid(z)
    return a * (1 + z * (1 - a))


def gelu(z: Z) -> Z:
    """z Phi(z), with Phi the normal distribution's cumulative function (Hendrycks & Gimpel 2016)."""
    return z * normal_cumulative(z)


def gelu_prime(z: Z) -> Z:
    return normal_cumulative(z) + z * jnp.exp(-(z**2) / 2) / sqrt(2 * pi)


def mish(z: Z) -> Z:
    """z t, with t = tanh(ln(1 + e^z)) = n / (n + 2) and n = e^z (e^z + 2) (Misra 2019)."""
    n = mish_n(z)
    return z * (n / (n + 2))


def mish_prime(z: Z) -> Z:
    """t + z (1 - t^2) sigmoid(z), with 1 - t^2 = 4 (n + 1) / (n + 2)^2, which does not cancel."""
    n = mish_n(z)
    return n / (n + 2) + jnp.minimum(z, 20) * (4 * (n + 1) / (n + 2) ** 2) * sigmoid(z)


def mish_n(z: Z) -> Z:
    """e^z (e^z + 2); beyond z = 20, t is 1 and its derivative 0 to the last bit."""
    u = jnp.exp(jnp.minimum(z, 20))
    return u * (u + 2)


def normal_cumulative(z: Z) -> Z:
    return erfc(-z / sqrt(2)) / 2


def softmax(z: Z) -> Z:
    """a_j = e^(z_j) / sum_k e^(z_k) along the last axis: positive, and sums to 1 (Nielsen, equation 78)."""
    return jnp.exp(log_softmax(z))


def log_softmax(z: Z) -> Z:
    """ln a_j = z_j - ln sum_k e^(z_k), invariant to subtracting max(z), so the exponentials cannot overflow."""
    z = z - jnp.max(z, axis=-1, keepdims=True)
    return z - jnp.log(jnp.sum(jnp.exp(z), axis=-1, keepdims=True))


class ActivationFunction(NamedTuple):
    """An activation, and what others need to know of it.

    f, f_prime: a = f(z) and f'(z), element by element.
    largest_slope: the maximum of f'.
    flat: where f' tends to 0: on both sides of 0, where units saturate; below 0, where they die; or nowhere.
    initial_weights: suitable for a layer that it follows; "he" where half of the inputs are (nearly) cut off.
    """

    f: Callable[[Array], Array]
    f_prime: Callable[[Array], Array]
    largest_slope: float = 1.0
    flat: Literal["both sides", "below 0", "nowhere"] = "nowhere"
    initial_weights: str = "scaled"


ACTIVATIONS: Registry[ActivationFunction] = Registry(
    "activation",
    {
        "linear": ActivationFunction(linear, linear_prime),
        "sigmoid": ActivationFunction(sigmoid, sigmoid_prime, 1 / 4, "both sides"),
        "tanh": ActivationFunction(tanh, tanh_prime, 1.0, "both sides"),
        "relu": ActivationFunction(relu, relu_prime, 1.0, "below 0", "he"),
        "leaky_relu": ActivationFunction(leaky_relu, leaky_relu_prime, 1.0, "nowhere", "he"),
        "elu": ActivationFunction(elu, elu_prime, 1.0, "below 0", "he"),
        "selu": ActivationFunction(selu, selu_prime, SELU_SCALE * SELU_ALPHA, "below 0"),
        "softplus": ActivationFunction(softplus, softplus_prime, 1.0, "below 0", "he"),
        "silu": ActivationFunction(silu, silu_prime, 1.0998, "below 0", "he"),
        "gelu": ActivationFunction(gelu, gelu_prime, 1.1289, "below 0", "he"),
        "mish": ActivationFunction(mish, mish_prime, 1.0885, "below 0", "he"),
    },
)


def activation(name: str) -> Callable[[Array], Array]:
    """f, by its name in ACTIVATIONS. Raises SettingError for any other."""
    return ACTIVATIONS.find(name).f


def derivative(name: str) -> Callable[[Array], Array]:
    """f', by the name of f in ACTIVATIONS. Raises SettingError for any other."""
    return ACTIVATIONS.find(name).f_prime
