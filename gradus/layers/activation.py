"""Activations as layers: a = f(z) after the layer that computed z (theory A3, A4)."""

from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from gradus.equations import activation, derivative, softmax
from gradus.layers.layer import Layer
from gradus.layers.registry import Word, register

__all__ = ["Activation", "Softmax"]


@register()  # its words are the names in ACTIVATIONS
@dataclass(frozen=True)
class Activation(Layer):
    """a = f(z), element by element.

    Args:
        name: one of ACTIVATIONS.

    Raises:
        SettingError: for any other name.
    """

    name: str

    def __post_init__(self) -> None:
        activation(self.name)

    def forward(
        self, params: tuple[()], x: Float[Array, "*shape"], key: Array | None = None
    ) -> tuple[Float[Array, "*shape"], Array]:
        f, z = activation(self.name), x
        return f(z), z

    def backward(
        self, params: tuple[()], cache: Float[Array, "*shape"], dy: Float[Array, "*shape"]
    ) -> tuple[Float[Array, "*shape"], tuple[()]]:
        f_prime, z, da = derivative(self.name), cache, dy
        return da * f_prime(z), ()  # BP2: the factor (.) f'(z^l)

    def __str__(self) -> str:
        return self.name


@register(Word("softmax", "softmax", lambda match, line: Softmax()))
@dataclass(frozen=True)
class Softmax(Layer):
    """a_j = e^(z_j) / sum_k e^(z_k) along the last axis, inside a network.

    The output does not need it: the log-likelihood cost owns the softmax there.
    """

    def forward(
        self, params: tuple[()], x: Float[Array, "*m classes"], key: Array | None = None
    ) -> tuple[Float[Array, "*m classes"], Array]:
        a = softmax(x)
        return a, a

    def backward(
        self, params: tuple[()], cache: Float[Array, "*m classes"], dy: Float[Array, "*m classes"]
    ) -> tuple[Float[Array, "*m classes"], tuple[()]]:
        a, da = cache, dy
        # da_j/dz_k = a_j (1[j = k] - a_k)
        return a * (da - jnp.sum(a * da, axis=-1, keepdims=True)), ()
