"""A sequence read in both directions (theory F1; Schuster & Paliwal 1997)."""

import re
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float

from gradus.errors import SettingError
from gradus.layers import Layer, LineSettings, Shape, Word, register

__all__ = ["Bidirectional"]

Pair = tuple[Any, Any]  # of the layer that reads forwards, and of the one that reads backwards
Cache = tuple[Any, Any, Array, Array | None]


def parse_bidirectional(match: re.Match[str], line: LineSettings) -> "Bidirectional":
    """The layer that a word such as bidirectional(lstm128) or bidirectional(lstm128,gru64) writes."""
    return Bidirectional(*(line.parse(text) for text in match[1].split(",")[:2]))


@register(Word("bidirectional(lstm128)", r"bidirectional\((.*)\)", parse_bidirectional))
@dataclass(frozen=True)
class Bidirectional(Layer):
    """One layer reads forwards, another backwards; their outputs at each step are concatenated, forwards first.

    Parameters, state and cache are pairs, forwards first. A mask must be True up to the length of a sequence and False
    after it; each sequence is reversed within its length. Nothing is carried from chunk to chunk, as the layer that
    reads backwards would need the next chunk first.

    Args:
        layer: reads forwards.
        backward_layer: reads backwards; by default a second `layer` with parameters of its own.

    Raises:
        SettingError: for anything but layers of sequences.
    """

    gives_vectors = True

    layer: Layer
    backward_layer: Layer | None = None

    def __post_init__(self) -> None:
        for layer in self.pair():
            if not isinstance(layer, Layer):
                raise SettingError(
                    f"a bidirectional layer of {layer!r}: expected layers, as in Bidirectional(LSTM(128))"
                )

    def pair(self) -> tuple[Layer, Layer]:
        """The layers that read forwards and backwards."""
        return self.layer, self.layer if self.backward_layer is None else self.backward_layer

    def init(self, key: Array, in_shape: Shape) -> tuple[Pair, Pair, Shape]:
        keys = jax.random.split(key)
        (one, state, shape), (other, other_state, other_shape) = (
            layer.init(k, in_shape) for layer, k in zip(self.pair(), keys, strict=True)
        )
        if len(in_shape) != 2 or len(shape) != 2 or shape[:-1] != other_shape[:-1]:
            raise SettingError(f"turns {in_shape} into {shape} and {other_shape}, expected sequences")
        return (one, other), (state, other_state), (*shape[:-1], shape[-1] + other_shape[-1])

    def forward(
        self, params: Pair, x: Float[Array, "m time inputs"], key: Array | None = None
    ) -> tuple[Float[Array, "m time outputs"], Cache]:
        y, cache, _ = self.forward_from(params, x, (), key)
        return y, cache

    def forward_from(
        self,
        params: Pair,
        x: Float[Array, "m time inputs"],
        carry: tuple[()],
        key: Array | None = None,
        mask: Bool[Array, "m time"] | None = None,
    ) -> tuple[Float[Array, "m time outputs"], Cache, tuple[()]]:
        keys = (None, None) if key is None else jax.random.split(key)
        inputs = (x, reverse(x, mask))
        (y, cache, _), (y_reversed, cache_reversed, _) = (
            layer.forward_from(p, x, layer.initial_carry(p, len(x)), k, mask)
            for layer, p, x, k in zip(self.pair(), params, inputs, keys, strict=True)
        )
        # The cache may hold arrays only; an empty slice carries the number of features of the first layer.
        return concatenate(y, reverse(y_reversed, mask)), (cache, cache_reversed, y[:0], mask), carry

    def backward(
        self, params: Pair, cache: Cache, dy: Float[Array, "m time outputs"]
    ) -> tuple[Float[Array, "m time inputs"], Pair]:
        one, other = self.pair()
        cache_one, cache_other, y, mask = cache
        dy_one, dy_other = jnp.split(dy, [y.shape[-1]], axis=-1)
        dx_one, gradients = one.backward(params[0], cache_one, dy_one)
        dx_other, other_gradients = other.backward(params[1], cache_other, reverse(dy_other, mask))
        return dx_one + reverse(dx_other, mask), (gradients, other_gradients)

    def infer(self, params: Pair, state: Pair, x: Array) -> Array:
        return self.infer_from(params, state, x, ())[0]

    def infer_from(
        self, params: Pair, state: Pair, x: Array, carry: tuple[()], mask: Array | None = None
    ) -> tuple[Array, tuple[()]]:
        inputs = (x, reverse(x, mask))
        (y, _), (y_reversed, _) = (
            layer.infer_from(p, s, x, layer.initial_carry(p, len(x)), mask)
            for layer, p, s, x in zip(self.pair(), params, state, inputs, strict=True)
        )
        return concatenate(y, reverse(y_reversed, mask)), carry

    def update_state(self, state: Pair, cache: Cache) -> Pair:
        one, other = (layer.update_state(s, c) for layer, s, c in zip(self.pair(), state, cache[:2], strict=True))
        return one, other

    def __str__(self) -> str:
        other = "" if self.backward_layer is None else f",{self.backward_layer}"
        return f"bidirectional({self.layer}{other})"


def reverse(x: Float[Array, "m time features"], mask: Array | None) -> Float[Array, "m time features"]:
    """x with the steps of each sequence in reverse order."""
    if mask is None:
        return jnp.flip(x, axis=1)
    time, length = jnp.arange(x.shape[1]), mask.sum(axis=1, keepdims=True)
    order = jnp.where(time < length, length - 1 - time, time)  # (batch, time)
    return jnp.take_along_axis(x, order[..., None], axis=1)


def concatenate(one: Array, other: Array) -> Array:
    """The features of both, side by side."""
    return jnp.concatenate([one, other], axis=-1)
