"""The fully connected layer, z = w a + b."""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from gradus.equations.products import weight_gradient
from gradus.equations.weights import check_weights, initial_biases, initial_weights
from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape

__all__ = ["Dense", "DenseParams"]


class DenseParams(NamedTuple):
    """w: (outputs, inputs).  b: (outputs,)."""

    w: Array
    b: Array


@dataclass(frozen=True)
class Dense(Layer):
    """z^l = w^l a^(l-1) + b^l of `size` outputs: `(..., inputs)` becomes `(..., size)`.

    The activation is a layer of its own after it, so the dy that comes back is delta^l = dC/dz^l
    (Nielsen, chapter 2).
    """

    size: int
    weights: str = "scaled"

    def __post_init__(self) -> None:
        if self.size < 1:
            raise SettingError(f"a dense layer of {self.size} outputs; it needs at least 1")
        check_weights(self.weights)

    def init(self, key: Array, in_shape: Shape) -> tuple[DenseParams, tuple, Shape]:
        if not in_shape:
            raise SettingError("got single numbers, expected vectors; give each example an axis of inputs")
        key_w, key_b = jax.random.split(key)
        n_in = in_shape[-1]
        w = initial_weights(self.weights, key_w, (self.size, n_in), n_in, self.size)
        b = initial_biases(self.weights, key_b, (self.size,))
        return DenseParams(w, b), (), (*in_shape[:-1], self.size)

    def forward(self, params: DenseParams, x: Array, key: Array | None = None) -> tuple[Array, Array]:
        z = x @ params.w.T + params.b
        return z, x

    def backward(self, params: DenseParams, cache: Array, dy: Array) -> tuple[Array, DenseParams]:
        a, delta = cache, dy
        db = jnp.einsum("...j->j", delta)  # BP3, summed over the examples
        dw = weight_gradient(delta, a)  # BP4, likewise
        dx = delta @ params.w  # BP2, the factor (w^l)^T delta^l
        return dx, DenseParams(dw, db)

    def __str__(self) -> str:
        return f"dense{self.size}"
