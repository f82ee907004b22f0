"""Statistics of each layer, measured on the probe: a few training examples that stay the same.

One forward and one backward pass give all of them. Layers know nothing of it: their caches are read from outside, by
the layer's type. A layer inside another has its own number: 3.1 is the first layer of the chain inside layer 3, a
residual connection; in a bidirectional layer, 3.1 reads forwards and 3.2 backwards.
"""

from collections import OrderedDict
from collections.abc import Iterator
from functools import partial, singledispatch
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from gradus.equations import ACTIVATIONS, Cost
from gradus.layers import Activation, Chain, Conv, Dense, Layer, NTKDense, Residual, is_weight
from gradus.network import Network, backprop
from gradus.recurrent import RNN, Bidirectional, RecurrentCache
from gradus.training import LayerStatistics

__all__ = ["FLAT", "layer_statistics"]

FLAT = 0.05  # f counts as flat where |f'| is below this share of its maximum


class LayerPass(NamedTuple):
    """One layer in a forward and a backward pass; `previous` are its parameters an epoch ago."""

    number: str
    layer: Layer
    params: Any
    previous: Any
    cache: Any
    gradients: Any


def layer_statistics(network: Network, previous: Network, x: Array, y: Array) -> tuple[LayerStatistics, ...]:
    """Statistics of every layer that has parameters, or an activation that is flat somewhere.

    The pass is as in training: dropout draws the same mask every time, batch normalisation takes the moments of x.

    Args:
        network: the network to measure.
        previous: the same network an epoch ago.
        x: (m, *in_shape) inputs, scaled.
        y: (m, ..., outputs) desired outputs.
    """
    by_layer = jax.device_get(measure(network.chain, network.cost, network.params, previous.params, x, y))
    return tuple(
        LayerStatistics(name, **{key: float(number) for key, number in numbers.items()})
        for name, numbers in by_layer.items()
    )


@partial(jax.jit, static_argnums=(0, 1))
def measure(
    chain: Chain, cost: Cost, params: Any, previous: Any, x: Array, y: Array
) -> OrderedDict[str, dict[str, Array]]:
    """The statistics of each layer that has any, by the layer's name."""
    _, gradients, cache, *_ = backprop(chain, cost, params, x, y, jax.random.key(0))
    by_layer: OrderedDict[str, dict[str, Array]] = OrderedDict()
    for layer_pass in inner_layers(chain, LayerPass("", chain, params, previous, cache, gradients)):
        numbers = weight_statistics(layer_pass) | unit_statistics(layer_pass.layer, layer_pass.params, layer_pass.cache)
        if numbers:
            by_layer[layer_name(layer_pass)] = numbers
    return by_layer


def layer_name(layer_pass: LayerPass) -> str:
    """The name of a layer in metrics.csv, such as layer1_conv or layer2_relu."""
    layer = layer_pass.layer
    kind = layer.name if isinstance(layer, Activation) else type(layer).__name__.lower()
    return f"layer{layer_pass.number}_{kind}"


# ---- layers inside layers ---------------------------------------------------------------------------------------


@singledispatch
def inner_layers(layer: Layer, layer_pass: LayerPass) -> Iterator[LayerPass]:
    """The layer itself, or the layers inside it, each with its parameters, cache and gradients."""
    yield layer_pass


@inner_layers.register
def _(layer: Chain, layer_pass: LayerPass) -> Iterator[LayerPass]:
    number, _, *parts = layer_pass
    return numbered(number, layer.layers, *parts)


@inner_layers.register
def _(layer: Residual, layer_pass: LayerPass) -> Iterator[LayerPass]:
    return inner_layers(layer.layer, layer_pass._replace(layer=layer.layer))


@inner_layers.register
def _(layer: Bidirectional, layer_pass: LayerPass) -> Iterator[LayerPass]:
    number, _, params, previous, cache, gradients = layer_pass
    return numbered(number, layer.pair(), params, previous, cache[:2], gradients)


def numbered(number: str, *parts: Any) -> Iterator[LayerPass]:
    """The layers inside layer 3 are 3.1, 3.2, ...; those of the network itself, which has no number, 1, 2, ..."""
    for position, (layer, *rest) in enumerate(zip(*parts, strict=True), 1):
        yield from inner_layers(layer, LayerPass(f"{number}.{position}" if number else str(position), layer, *rest))


# ---- the statistics ---------------------------------------------------------------------------------------------


def weight_statistics(layer_pass: LayerPass) -> dict[str, Array]:
    """||dC/dw||, and ||w - w_previous|| / ||w_previous||, which is nan where all previous weights are 0."""
    if not jax.tree.leaves(layer_pass.params):
        return {}
    w, w_previous, gradient = map(weights, (layer_pass.params, layer_pass.previous, layer_pass.gradients))
    size = norm(w_previous)
    update = norm([current - previous for current, previous in zip(w, w_previous, strict=True)])
    return {"gradient_norm": norm(gradient), "update_ratio": jnp.where(size > 0, update / size, jnp.nan)}


def weights(params: Any) -> list[Array]:
    """The weights among a layer's parameters; all parameters of normalisation, which has no weights."""
    leaves = jax.tree.leaves_with_path(params)
    return [leaf for path, leaf in leaves if is_weight(path)] or [leaf for _, leaf in leaves]


def norm(arrays: list[Array]) -> Array:
    """The Euclidean norm of all numbers as one vector."""
    return jnp.sqrt(sum(jnp.sum(array**2) for array in arrays))


@singledispatch
def unit_statistics(layer: Layer, params: Any, cache: Any) -> dict[str, Array]:
    """Statistics of a layer's units over all examples, pixels and time steps."""
    return {}


@unit_statistics.register(Dense)
@unit_statistics.register(NTKDense)
@unit_statistics.register(Conv)
def _(layer: Dense | NTKDense | Conv, params: Any, cache: Array) -> dict[str, Array]:
    z, _ = layer.forward(params, cache)  # XLA reuses the product of the forward pass
    return {"z_mean": z.mean(), "z_std": z.std()}


@unit_statistics.register
def _(layer: Activation, params: tuple[()], cache: Array) -> dict[str, Array]:
    z, function = cache, ACTIVATIONS[layer.name]
    if function.flat == "nowhere":
        return {}
    is_flat = jnp.abs(function.f_prime(z)) < FLAT * function.largest_slope
    if function.flat == "both sides":
        return {"saturated": jnp.mean(is_flat)}
    # A unit is an output of Dense, or a whole feature map of Conv, whose pixels share their weights.
    return {"dead": jnp.mean(is_flat.all(axis=tuple(range(z.ndim - 1))))}


@unit_statistics.register
def _(layer: RNN, params: Any, cache: RecurrentCache) -> dict[str, Array]:
    return {"saturated": jnp.mean(cache.local_derivatives < FLAT)}  # tanh'(z), whose maximum is 1
