"""The fully connected layer, z = w a + b (theory A3, C; Nielsen, chapters 1 and 2)."""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from gradus.checks import check_whole
from gradus.equations import INITIAL_WEIGHTS, initial_biases, initial_weights, weight_gradient
from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape
from gradus.layers.registry import Word, register

__all__ = ["Dense", "DenseParams"]


class DenseParams(NamedTuple):
    """w_jk: from input k to output j.  b_j: of output j."""

    w: Float[Array, "outputs inputs"]
    b: Float[Array, " outputs"]


@register(Word("dense100", r"dense(\d+)", lambda match, line: Dense(int(match[1]), line.weights)))
@dataclass(frozen=True)
class Dense(Layer):
    """z^l = w^l a^(l-1) + b^l: (..., inputs) becomes (..., size).

    The activation is a layer of its own after it, so the dy that comes back is delta^l = dC/dz^l.

    Args:
        size: outputs.
        weights: the initial ones, a name in INITIAL_WEIGHTS.

    Raises:
        SettingError: for anything else.
    """

    computes_z = True
    takes_vectors = True

    size: int
    weights: str = "scaled"

    def __post_init__(self) -> None:
        check_whole("a dense layer's outputs", self.size)
        INITIAL_WEIGHTS.find(self.weights)

    def init(self, key: Array, in_shape: Shape) -> tuple[DenseParams, tuple[()], Shape]:
        if not in_shape:
            raise SettingError("got single numbers, expected vectors; give each example an axis of inputs")
        key_w, key_b = jax.random.split(key)
        n_in = in_shape[-1]
        w = initial_weights(self.weights, key_w, (self.size, n_in), n_in, self.size)
        b = initial_biases(self.weights, key_b, (self.size,))
        return DenseParams(w, b), (), (*in_shape[:-1], self.size)

    def forward(
        self, params: DenseParams, x: Float[Array, "*m inputs"], key: Array | None = None
    ) -> tuple[Float[Array, "*m outputs"], Array]:
        z = x @ params.w.T + params.b
        return z, x

    def backward(
        self, params: DenseParams, cache: Float[Array, "*m inputs"], dy: Float[Array, "*m outputs"]
    ) -> tuple[Float[Array, "*m inputs"], DenseParams]:
        a, delta = cache, dy
        db = jnp.einsum("...j->j", delta)  # BP3: delta, summed over the examples
        dw = weight_gradient(delta, a)  # BP4: delta^T a, summed over the examples
        dx = delta @ params.w  # BP2: the factor (w^l)^T delta^l
        return dx, DenseParams(dw, db)

    def __str__(self) -> str:
        return f"dense{self.size}"
