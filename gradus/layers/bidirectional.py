"""A sequence read in both directions (Schuster & Paliwal 1997)."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array

from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape

__all__ = ["Bidirectional"]


@dataclass(frozen=True)
class Bidirectional(Layer):
    """One layer reads forwards and one backwards; at each step their outputs are side by side, forwards first.

    backward_layer: what reads backwards, by default another of the same kind with parameters of its own.
    params, state and cache: a pair, forwards first. A mask must be True up to a sequence's length and False
    after it; each sequence is then reversed within its length. Nothing is carried from chunk to chunk, for
    what reads backwards would have to begin with a chunk that is still to come: a chunk is read as a whole.
    """

    layer: Layer
    backward_layer: Layer | None = None

    def __post_init__(self) -> None:
        for layer in self.pair():
            if not isinstance(layer, Layer):
                raise SettingError(
                    f"a bidirectional layer of {layer!r}; it needs layers, as in Bidirectional(LSTM(128))"
                )

    def pair(self) -> tuple[Layer, Layer]:
        return self.layer, self.layer if self.backward_layer is None else self.backward_layer

    def init(self, key: Array, in_shape: Shape) -> tuple[tuple, tuple, Shape]:
        keys = jax.random.split(key)
        (one, state, shape), (other, other_state, other_shape) = (
            layer.init(k, in_shape) for layer, k in zip(self.pair(), keys, strict=True)
        )
        if len(in_shape) != 2 or len(shape) != 2 or shape[:-1] != other_shape[:-1]:
            raise SettingError(f"got {in_shape} and makes {shape} and {other_shape} of it, expected sequences")
        return (one, other), (state, other_state), (*shape[:-1], shape[-1] + other_shape[-1])

    def forward(self, params: tuple, x: Array, key: Array | None = None) -> tuple[Array, tuple]:
        y, cache, _ = self.forward_from(params, x, (), key)
        return y, cache

    def forward_from(
        self, params: tuple, x: Array, carry: tuple, key: Array | None = None, mask: Array | None = None
    ) -> tuple[Array, tuple, tuple]:
        keys = (None, None) if key is None else jax.random.split(key)
        inputs = (x, turned(x, mask))
        (y, cache, _), (y_turned, cache_turned, _) = (
            layer.forward_from(p, x, layer.initial_carry(p, len(x)), k, mask)
            for layer, p, x, k in zip(self.pair(), params, inputs, keys, strict=True)
        )
        # The cache may hold arrays only; an empty slice carries how many features are the first layer's.
        return side_by_side(y, turned(y_turned, mask)), (cache, cache_turned, y[:0], mask), carry

    def backward(self, params: tuple, cache: tuple, dy: Array) -> tuple[Array, tuple]:
        one, other = self.pair()
        cache_one, cache_other, y, mask = cache
        dy_one, dy_other = jnp.split(dy, [y.shape[-1]], axis=-1)
        dx_one, gradients = one.backward(params[0], cache_one, dy_one)
        dx_other, other_gradients = other.backward(params[1], cache_other, turned(dy_other, mask))
        return dx_one + turned(dx_other, mask), (gradients, other_gradients)

    def infer(self, params: tuple, state: tuple, x: Array) -> Array:
        return self.infer_from(params, state, x, ())[0]

    def infer_from(
        self, params: tuple, state: tuple, x: Array, carry: tuple, mask: Array | None = None
    ) -> tuple[Array, tuple]:
        inputs = (x, turned(x, mask))
        (y, _), (y_turned, _) = (
            layer.infer_from(p, s, x, layer.initial_carry(p, len(x)), mask)
            for layer, p, s, x in zip(self.pair(), params, state, inputs, strict=True)
        )
        return side_by_side(y, turned(y_turned, mask)), carry

    def update_state(self, state: tuple, cache: tuple) -> tuple:
        return tuple(layer.update_state(s, c) for layer, s, c in zip(self.pair(), state, cache[:2], strict=True))

    def __str__(self) -> str:
        other = "" if self.backward_layer is None else f",{self.backward_layer}"
        return f"bidirectional({self.layer}{other})"


def turned(x: Array, mask: Array | None) -> Array:
    """x, (batch, time, features), with each sequence's steps in reverse order; turned twice it is x again."""
    if mask is None:
        return jnp.flip(x, axis=1)
    time, length = jnp.arange(x.shape[1]), mask.sum(axis=1, keepdims=True)
    order = jnp.where(time < length, length - 1 - time, time)  # (batch, time)
    return jnp.take_along_axis(x, order[..., None], axis=1)


def side_by_side(one: Array, other: Array) -> Array:
    return jnp.concatenate([one, other], axis=-1)
