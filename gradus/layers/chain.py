"""A chain of layers (theory A3), and the layers that a line may leave out."""

from dataclasses import dataclass
from typing import Any

import jax
from jax import Array

from gradus.errors import SettingError
from gradus.layers.activation import Activation
from gradus.layers.flatten import Flatten
from gradus.layers.layer import Layer, Shape
from gradus.layers.registry import register

__all__ = ["Chain", "with_defaults"]

Tree = tuple[Any, ...]  # an entry each layer
MAX_AXES, MAX_LENGTH = 8, 2**40  # of an output; what fits into no machine's memory is refused elsewhere


@register()  # a line is a chain, so it needs no word
@dataclass(frozen=True)
class Chain(Layer):
    """Layers one after the other; itself a layer. Parameters, state, cache and carry are tuples, an entry each layer.

    `backward` is backpropagation itself: the loop that carries the error from the last layer to the first.
    """

    layers: tuple[Layer, ...]

    def init(self, key: Array, in_shape: Shape) -> tuple[Tree, Tree, Shape]:
        params, states, shape = [], [], in_shape
        for number, layer in enumerate(self.layers, 1):
            try:
                p, state, shape = layer.init(jax.random.fold_in(key, number), shape)
                check_output(shape)
            except SettingError as error:
                raise SettingError(f"layer {number} ({layer}) {error}") from None
            params.append(p)
            states.append(state)
        return tuple(params), tuple(states), shape

    def initial_carry(self, params: Tree, batch: int) -> Tree:
        return tuple(layer.initial_carry(p, batch) for layer, p in zip(self.layers, params, strict=True))

    def forward(self, params: Tree, x: Array, key: Array | None = None) -> tuple[Array, Tree]:
        y, cache, _ = self.forward_from(params, x, self.initial_carry(params, len(x)), key)
        return y, cache

    def forward_from(
        self, params: Tree, x: Array, carry: Tree, key: Array | None = None, mask: Array | None = None
    ) -> tuple[Array, Tree, Tree]:
        a, caches, carries = x, [], []
        for number, (layer, p, carry_in) in enumerate(zip(self.layers, params, carry, strict=True)):
            layer_key = None if key is None else jax.random.fold_in(key, number)
            a, cache, carry_out = layer.forward_from(p, a, carry_in, layer_key, mask)
            caches.append(cache)
            carries.append(carry_out)
        return a, tuple(caches), tuple(carries)

    def backward(self, params: Tree, cache: Tree, dy: Array) -> tuple[Array, Tree]:
        gradients: list[Any] = []
        for layer, p, layer_cache in reversed(list(zip(self.layers, params, cache, strict=True))):
            dy, gradient = layer.backward(p, layer_cache, dy)
            gradients.append(gradient)
        return dy, tuple(reversed(gradients))

    def infer(self, params: Tree, state: Tree, x: Array) -> Array:
        return self.infer_from(params, state, x, self.initial_carry(params, len(x)))[0]

    def infer_from(
        self, params: Tree, state: Tree, x: Array, carry: Tree, mask: Array | None = None
    ) -> tuple[Array, Tree]:
        carries = []
        for layer, p, layer_state, carry_in in zip(self.layers, params, state, carry, strict=True):
            x, carry_out = layer.infer_from(p, layer_state, x, carry_in, mask)
            carries.append(carry_out)
        return x, tuple(carries)

    def update_state(self, state: Tree, cache: Tree) -> Tree:
        triples = zip(self.layers, state, cache, strict=True)
        return tuple(layer.update_state(layer_state, layer_cache) for layer, layer_state, layer_cache in triples)

    def __str__(self) -> str:
        """The shortest line that writes the chain (notation.py)."""
        without_flatten = tuple(layer for layer in self.layers if layer != Flatten())
        shortest = tuple(layer for layer in without_flatten if layer != Activation("relu"))
        line = next((some for some in (shortest, without_flatten) if with_defaults(some) == self), self.layers)
        return " ".join(str(layer) for layer in line)


def check_output(shape: Shape) -> None:
    """Raise SettingError for the shape of an output that no array can have; layers that double it nest quickly."""
    if len(shape) > MAX_AXES:
        raise SettingError(f"gives an output of {len(shape)} axes; expected at most {MAX_AXES}")
    if max(shape, default=0) > MAX_LENGTH:
        raise SettingError(f"gives {max(shape):,} numbers along one axis; expected at most {MAX_LENGTH:,}")


def with_defaults(layers: tuple[Layer, ...], activation: str = "relu") -> Chain:
    """The layers with the defaults that a line may leave out.

    Unless an Activation is among them, one follows every layer that computes z but the last. Unless a layer gives
    vectors itself, a Flatten stands before the first layer that takes vectors.

    Args:
        activation: of hidden layers, a name in ACTIVATIONS.
    """
    computing_z = [number for number, layer in enumerate(layers) if layer.computes_z]
    taking_vectors = [number for number, layer in enumerate(layers) if layer.takes_vectors]
    activated = [] if any(isinstance(layer, Activation) for layer in layers) else computing_z[:-1]
    flattened = [] if any(layer.gives_vectors for layer in layers) else taking_vectors[:1]
    chain: list[Layer] = []
    for number, layer in enumerate(layers):
        chain += [Flatten()] if number in flattened else []
        chain += [layer, Activation(activation)] if number in activated else [layer]
    return Chain(tuple(chain))
