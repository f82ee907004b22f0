"""Layers one after the other (theory A3), and the layers that a line of them may leave out."""

from dataclasses import dataclass
from typing import Any

import jax
from jax import Array

from gradus.errors import SettingError
from gradus.layers.activation import Activation
from gradus.layers.bidirectional import Bidirectional
from gradus.layers.conv import Conv
from gradus.layers.dense import Dense
from gradus.layers.embedding import Embedding
from gradus.layers.flatten import Flatten
from gradus.layers.last_step import LastStep
from gradus.layers.layer import Layer, Shape
from gradus.layers.pool import GlobalAveragePool
from gradus.layers.recurrent import Recurrent

__all__ = ["Chain", "with_defaults"]

# Layers that make or take vectors: a chain that has one needs no Flatten before its first Dense.
VECTOR_LAYERS = (Bidirectional, Embedding, Flatten, GlobalAveragePool, LastStep, Recurrent)


@dataclass(frozen=True)
class Chain(Layer):
    """Layers one after the other; itself a layer. Its parameters, state and cache are tuples, one entry a layer."""

    layers: tuple[Layer, ...]

    def init(self, key: Array, in_shape: Shape) -> tuple[tuple, tuple, Shape]:
        params, states, shape = [], [], in_shape
        for number, layer in enumerate(self.layers, 1):
            try:
                p, state, shape = layer.init(jax.random.fold_in(key, number), shape)
            except SettingError as error:
                raise SettingError(f"layer {number} ({layer}) {error}") from None
            params.append(p)
            states.append(state)
        return tuple(params), tuple(states), shape

    def initial_carry(self, params: tuple, batch: int) -> tuple:
        return tuple(layer.initial_carry(p, batch) for layer, p in zip(self.layers, params, strict=True))

    def forward(self, params: tuple, x: Array, key: Array | None = None) -> tuple[Array, tuple]:
        y, cache, _ = self.forward_from(params, x, self.initial_carry(params, len(x)), key)
        return y, cache

    def forward_from(
        self, params: tuple, x: Array, carry: tuple, key: Array | None = None, mask: Array | None = None
    ) -> tuple[Array, tuple, tuple]:
        a, caches, carries = x, [], []
        for number, (layer, p, before) in enumerate(zip(self.layers, params, carry, strict=True)):
            layer_key = None if key is None else jax.random.fold_in(key, number)
            a, cache, after = layer.forward_from(p, a, before, layer_key, mask)
            caches.append(cache)
            carries.append(after)
        return a, tuple(caches), tuple(carries)

    def backward(self, params: tuple, cache: tuple, dy: Array) -> tuple[Array, tuple]:
        gradients: list[Any] = []
        for layer, p, layer_cache in reversed(list(zip(self.layers, params, cache, strict=True))):
            dy, gradient = layer.backward(p, layer_cache, dy)
            gradients.append(gradient)
        return dy, tuple(reversed(gradients))

    def infer(self, params: tuple, state: tuple, x: Array) -> Array:
        return self.infer_from(params, state, x, self.initial_carry(params, len(x)))[0]

    def infer_from(
        self, params: tuple, state: tuple, x: Array, carry: tuple, mask: Array | None = None
    ) -> tuple[Array, tuple]:
        carries = []
        for layer, p, layer_state, before in zip(self.layers, params, state, carry, strict=True):
            x, after = layer.infer_from(p, layer_state, x, before, mask)
            carries.append(after)
        return x, tuple(carries)

    def update_state(self, state: tuple, cache: tuple) -> tuple:
        triples = zip(self.layers, state, cache, strict=True)
        return tuple(layer.update_state(layer_state, layer_cache) for layer, layer_state, layer_cache in triples)

    def __str__(self) -> str:
        """The shortest line that writes the chain (notation.py), with the layers that may be left out left out."""
        without_flatten = tuple(layer for layer in self.layers if layer != Flatten())
        shortest = tuple(layer for layer in without_flatten if layer != Activation("relu"))
        line = next((some for some in (shortest, without_flatten) if with_defaults(some) == self), self.layers)
        return " ".join(str(layer) for layer in line)


def with_defaults(layers: tuple[Layer, ...], activation: str = "relu") -> Chain:
    """The chain of the layers and of those that go without saying.

    Unless there is an Activation among them already, one follows every Dense and Conv but the last of these.
    Unless there is a layer that makes or takes vectors otherwise, the first Dense has a Flatten before it.
    """
    weighted = [number for number, layer in enumerate(layers) if isinstance(layer, Dense | Conv)]
    dense = [number for number in weighted if isinstance(layers[number], Dense)]
    activated = [] if any(isinstance(layer, Activation) for layer in layers) else weighted[:-1]
    flattened = [] if any(isinstance(layer, VECTOR_LAYERS) for layer in layers) else dense[:1]
    chain: list[Layer] = []
    for number, layer in enumerate(layers):
        chain += [Flatten()] if number in flattened else []
        chain += [layer, Activation(activation)] if number in activated else [layer]
    return Chain(tuple(chain))
