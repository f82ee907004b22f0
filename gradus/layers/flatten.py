"""Flatten: from an image to a vector (theory E1)."""

from dataclasses import dataclass
from math import prod

from jax import Array
from jaxtyping import Shaped

from gradus.layers.layer import Layer, Shape
from gradus.layers.registry import Word, register

__all__ = ["Flatten"]


@register(Word("flatten", "flatten", lambda match, line: Flatten()))
@dataclass(frozen=True)
class Flatten(Layer):
    """(batch, height, width, channels), or any other shape, becomes (batch, inputs), row by row."""

    gives_vectors = True

    def init(self, key: Array, in_shape: Shape) -> tuple[tuple[()], tuple[()], Shape]:
        return (), (), (prod(in_shape),)

    def forward(
        self, params: tuple[()], x: Shaped[Array, "m *shape"], key: Array | None = None
    ) -> tuple[Shaped[Array, "m inputs"], Array]:
        # The cache may hold arrays only; an empty slice carries the shape of one example.
        return x.reshape(len(x), -1), x[:0]

    def backward(
        self, params: tuple[()], cache: Array, dy: Shaped[Array, "m inputs"]
    ) -> tuple[Shaped[Array, "m *shape"], tuple[()]]:
        return dy.reshape(len(dy), *cache.shape[1:]), ()
