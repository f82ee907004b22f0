"""The fully connected layer in the NTK parametrisation (theory D5; Jacot et al. 2018)."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from gradus.checks import check_whole
from gradus.equations import initial_biases, initial_weights, weight_gradient
from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape
from gradus.layers.registry import Word, register

__all__ = ["NTKDense", "NTKDenseParams"]

BIAS_FACTOR = 0.1


class NTKDenseParams(NamedTuple):
    """w_jk: from input k to output j.  b_j: of output j."""

    w: Float[Array, "outputs inputs"]
    b: Float[Array, " outputs"]

    @property
    def learning_rate_factors(self) -> Mapping[str, float]:
        """Of eta: biases take a tenth of a weight's step (Holzmueller et al. 2024)."""
        return {"b": BIAS_FACTOR}


@register(
    Word("ntkdense100", r"ntkdense(\d+)(-zeros)?", lambda match, line: NTKDense(int(match[1]), is_zero=bool(match[2])))
)
@dataclass(frozen=True)
class NTKDense(Layer):
    """z = w a / sqrt(n_in) + b, with w and b from N(0, 1): (..., inputs) becomes (..., size).

    Dense scales its initial weights by 1 / sqrt(n_in); here it is their product that is scaled, and all weights are of
    size 1, however wide the layer. So Adam, whose steps are all of size eta, changes them in the same proportion, and
    one eta serves layers of any width.

    Args:
        size: outputs.
        is_zero: True for w = 0 and b = 0 at first, as an output layer that begins with no opinion.

    Raises:
        SettingError: for a size that is none.
    """

    computes_z: ClassVar[bool] = True
    takes_vectors: ClassVar[bool] = True

    size: int
    is_zero: bool = False

    def __post_init__(self) -> None:
        check_whole("a dense layer's outputs", self.size)

    def init(self, key: Array, in_shape: Shape) -> tuple[NTKDenseParams, tuple[()], Shape]:
        if not in_shape:
            raise SettingError("got single numbers, expected vectors; give each example an axis of inputs")
        name, (key_w, key_b), n_in = "zeros" if self.is_zero else "gaussian", jax.random.split(key), in_shape[-1]
        w = initial_weights(name, key_w, (self.size, n_in), n_in, self.size)
        return NTKDenseParams(w, initial_biases(name, key_b, (self.size,))), (), (*in_shape[:-1], self.size)

    def forward(
        self, params: NTKDenseParams, x: Float[Array, "*m inputs"], key: Array | None = None
    ) -> tuple[Float[Array, "*m outputs"], Array]:
        z = x @ params.w.T / sqrt(x.shape[-1]) + params.b
        return z, x

    def backward(
        self, params: NTKDenseParams, cache: Float[Array, "*m inputs"], dy: Float[Array, "*m outputs"]
    ) -> tuple[Float[Array, "*m inputs"], NTKDenseParams]:
        a, delta, root = cache, dy, sqrt(cache.shape[-1])
        db = jnp.einsum("...j->j", delta)  # BP3
        dw = weight_gradient(delta, a) / root  # BP4, with the factor of the product
        dx = delta @ params.w / root  # BP2
        return dx, NTKDenseParams(dw, db)

    def __str__(self) -> str:
        return f"ntkdense{self.size}{'-zeros' if self.is_zero else ''}"
