"""Dropout (theory D2; Srivastava et al. 2014)."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float

from gradus.checks import check_number
from gradus.errors import SettingError
from gradus.layers.layer import Layer
from gradus.layers.registry import Word, register

__all__ = ["Dropout"]


@register(Word("dropout0.5", r"dropout(\d*\.?\d+)", lambda match, line: Dropout(float(match[1]))))
@dataclass(frozen=True)
class Dropout(Layer):
    """In training, each activation is kept with probability `keep_probability`, else set to 0.

    Kept activations are divided by `keep_probability` ("inverted" dropout), so that their expectation is the value in
    prediction, where all are kept and none is scaled. Other libraries take the rate, 1 - keep_probability.

    Args:
        keep_probability: above 0 and at most 1.

    Raises:
        SettingError: for anything else, and in `forward` without a key.
    """

    keep_probability: float

    def __post_init__(self) -> None:
        check_number("dropout's keep probability", self.keep_probability, 0, 1, includes="high")

    def forward(
        self, params: tuple[()], x: Float[Array, "*shape"], key: Array | None = None
    ) -> tuple[Float[Array, "*shape"], Bool[Array, "*shape"]]:
        if key is None:
            raise SettingError("dropout draws random numbers in training; give forward a key, or predict with infer")
        kept = jax.random.bernoulli(key, float(self.keep_probability), x.shape)
        return jnp.where(kept, x / self.keep_probability, 0), kept

    def backward(
        self, params: tuple[()], cache: Bool[Array, "*shape"], dy: Float[Array, "*shape"]
    ) -> tuple[Float[Array, "*shape"], tuple[()]]:
        kept = cache
        return jnp.where(kept, dy / self.keep_probability, 0), ()

    def infer(self, params: tuple[()], state: tuple[()], x: Array) -> Array:
        return x

    def __str__(self) -> str:
        return f"dropout{self.keep_probability}"
