"""Dropout (theory D2; Srivastava et al. 2014)."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array

from gradus.errors import SettingError
from gradus.layers.layer import Layer

__all__ = ["Dropout"]


@dataclass(frozen=True)
class Dropout(Layer):
    """In training every node is kept with probability `keep_probability`, and dropped with all its edges otherwise.

    Kept activations are divided by `keep_probability`, so that their expectation is what prediction computes, where
    every node is there and nothing is scaled ("inverted" dropout). Other libraries take the rate
    1 - keep_probability.
    """

    keep_probability: float

    def __post_init__(self) -> None:
        if type(self.keep_probability) not in (int, float) or not 0 < self.keep_probability <= 1:
            raise SettingError(
                f"dropout that keeps with probability {self.keep_probability!r}; it needs a number in (0, 1]"
            )

    def forward(self, params: tuple, x: Array, key: Array | None = None) -> tuple[Array, Array]:
        if key is None:
            raise SettingError("dropout draws at random in training; give forward a key, or predict with infer")
        kept = jax.random.bernoulli(key, float(self.keep_probability), x.shape)
        return jnp.where(kept, x / self.keep_probability, 0), kept

    def backward(self, params: tuple, cache: Array, dy: Array) -> tuple[Array, tuple]:
        kept = cache
        return jnp.where(kept, dy / self.keep_probability, 0), ()

    def infer(self, params: tuple, state: tuple, x: Array) -> Array:
        return x

    def __str__(self) -> str:
        return f"dropout{self.keep_probability}"
