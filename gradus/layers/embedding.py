"""Embedding: integers as learned vectors (theory F3)."""

from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float, Real

from gradus.checks import MAX_SIZE, check_whole
from gradus.equations import initial_weights
from gradus.layers.layer import Layer, Shape
from gradus.layers.registry import Word, register

__all__ = ["Embedding", "EmbeddingParams"]


class EmbeddingParams(NamedTuple):
    """w: column k is the vector of class k."""

    w: Float[Array, "size classes"]


@register(Word("embedding65x32", r"embedding(\d+)x(\d+)", lambda match, line: Embedding(int(match[1]), int(match[2]))))
@dataclass(frozen=True)
class Embedding(Layer):
    """Each index k of x becomes column k of w: (batch, ...) becomes (batch, ..., size).

    It is Dense's product w e_k with a one-hot vector, without multiplying by zeros. Out-of-range indices (-1 for
    padding) map to the zero vector and receive no gradient. Floats are truncated to integers. Indices have no
    gradient: dx is 0.

    Args:
        classes: indices go from 0 to classes - 1.
        size: numbers in each vector.

    Raises:
        SettingError: for anything but whole numbers of at least 1.
    """

    gives_vectors = True

    classes: int
    size: int

    def __post_init__(self) -> None:
        check_whole("an embedding's classes", self.classes, most=MAX_SIZE)
        check_whole("an embedding's size", self.size, most=MAX_SIZE)

    def init(self, key: Array, in_shape: Shape) -> tuple[EmbeddingParams, tuple[()], Shape]:
        # e_k has a single input that is not 0, so n_in is 1
        w = initial_weights("scaled", key, (self.size, self.classes), 1, self.size)
        return EmbeddingParams(w), (), (*in_shape, self.size)

    def forward(
        self, params: EmbeddingParams, x: Real[Array, "*m"], key: Array | None = None
    ) -> tuple[Float[Array, "*m size"], Array]:
        vectors = params.w.T.at[x.astype(int)]
        return vectors.get(mode="fill", fill_value=0, wrap_negative_indices=False), x

    def backward(
        self, params: EmbeddingParams, cache: Real[Array, "*m"], dy: Float[Array, "*m size"]
    ) -> tuple[Real[Array, "*m"], EmbeddingParams]:
        x, delta = cache, dy
        # BP4, delta e_k^T, without the zeros: delta is added to column k, 6 times as fast as the product
        columns = jnp.zeros((self.classes, self.size), delta.dtype).at[x.astype(int)]
        dw = columns.add(delta, mode="drop", wrap_negative_indices=False).T
        return jnp.zeros_like(x), EmbeddingParams(dw)

    def multiply_adds(self, params: EmbeddingParams, out_shape: Shape) -> int:
        """0: a lookup multiplies nothing."""
        return 0

    def __str__(self) -> str:
        return f"embedding{self.classes}x{self.size}"
