"""From an image to a vector."""

from dataclasses import dataclass
from math import prod

from jax import Array

from gradus.layers.layer import Layer, Shape

__all__ = ["Flatten"]


@dataclass(frozen=True)
class Flatten(Layer):
    """(batch, height, width, channels), or any other shape, becomes (batch, inputs), row by row."""

    def init(self, key: Array, in_shape: Shape) -> tuple[tuple, tuple, Shape]:
        return (), (), (prod(in_shape),)

    def forward(self, params: tuple, x: Array, key: Array | None = None) -> tuple[Array, Array]:
        # The cache may hold arrays only; an empty slice carries the shape of one example.
        return x.reshape(len(x), -1), x[:0]

    def backward(self, params: tuple, cache: Array, dy: Array) -> tuple[Array, tuple]:
        return dy.reshape(len(dy), *cache.shape[1:]), ()
