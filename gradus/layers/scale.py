"""A learned scale for each input (Holzmueller et al. 2024; theory D5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape
from gradus.layers.registry import Word, register

__all__ = ["Scale", "ScaleParams"]

FACTOR = 6.0


class ScaleParams(NamedTuple):
    """s_k: of input k."""

    s: Float[Array, " inputs"]

    @property
    def learning_rate_factors(self) -> Mapping[str, float]:
        """Of eta: scales take six times a weight's step (Holzmueller et al. 2024)."""
        return {"s": FACTOR}


@register(Word("scale", "scale", lambda match, line: Scale()))
@dataclass(frozen=True)
class Scale(Layer):
    """y_k = s_k x_k, with s = 1 at first: the network learns which columns of a table count, and turns others down."""

    def init(self, key: Array, in_shape: Shape) -> tuple[ScaleParams, tuple[()], Shape]:
        if not in_shape:
            raise SettingError("got single numbers, expected vectors; give each example an axis of inputs")
        return ScaleParams(jnp.ones(in_shape[-1])), (), in_shape

    def forward(
        self, params: ScaleParams, x: Float[Array, "*m inputs"], key: Array | None = None
    ) -> tuple[Float[Array, "*m inputs"], Array]:
        return x * params.s, x

    def backward(
        self, params: ScaleParams, cache: Float[Array, "*m inputs"], dy: Float[Array, "*m inputs"]
    ) -> tuple[Float[Array, "*m inputs"], ScaleParams]:
        ds = jnp.einsum("...k,...k->k", dy, cache)
        return dy * params.s, ScaleParams(ds)
