"""What goes on inside each layer, measured on a few training examples that stay the same: the probe.

One forward and one backward pass give everything. The layers know nothing of it: what they cached is looked at
from outside, by the layer's type. A layer inside another has a number of its own: 3.1 is the first of layer 3,
where that is a residual connection around a chain; of a bidirectional layer 3.1 reads forwards and 3.2 backwards.
"""

from collections import OrderedDict
from collections.abc import Iterator
from functools import partial, singledispatch
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from gradus.equations.activations import derivative
from gradus.equations.costs import Cost
from gradus.layers import RNN, Activation, Bidirectional, Conv, Dense, Layer, Residual
from gradus.layers.recurrent import RecurrentCache
from gradus.network import Chain, Network, backprop, is_weight
from gradus.training.records import LayerRecord

__all__ = ["FLAT", "layer_records"]

FLAT = 0.05  # f is flat where |f'| is below this part of its maximum: less than that of the error passes

# The maximum of f'. Of leaky_relu and linear at least a hundredth of the error passes everywhere.
FLAT_ON_BOTH_SIDES = {"sigmoid": 1 / 4, "tanh": 1.0}
FLAT_ON_THE_LEFT = {"relu": 1.0, "elu": 1.0, "softplus": 1.0, "silu": 1.0998, "gelu": 1.1289}


class Pass(NamedTuple):
    """One layer in a forward and backward pass; before: its parameters an epoch ago."""

    number: str
    layer: Layer
    params: Any
    before: Any
    cache: Any
    gradients: Any


def layer_records(network: Network, before: Network, x: Array, y: Array) -> tuple[LayerRecord, ...]:
    """A record of every layer that has parameters, or an activation that is flat somewhere.

    before: the network an epoch ago.  x: (m, *in_shape) inputs, scaled.  y: (m, ..., outputs) desired outputs.
    The pass is one of training: dropout draws, the same every time, and batch normalisation takes x's moments.
    """
    numbers = jax.device_get(measured(network.chain, network.cost, network.params, before.params, x, y))
    return tuple(LayerRecord(name, **{key: float(one) for key, one in of.items()}) for name, of in numbers.items())


@partial(jax.jit, static_argnums=(0, 1))
def measured(
    chain: Chain, cost: Cost, params: Any, before: Any, x: Array, y: Array
) -> OrderedDict[str, dict[str, Array]]:
    """The numbers of each layer that has any, by its name."""
    _, gradients, cache = backprop(chain, cost, params, x, y, jax.random.key(0))
    numbers: OrderedDict[str, dict[str, Array]] = OrderedDict()
    for one in layers_of(chain, Pass("", chain, params, before, cache, gradients)):
        numbers[name(one)] = of_weights(one) | of_units(one.layer, one.params, one.cache)
    return OrderedDict((key, of_layer) for key, of_layer in numbers.items() if of_layer)


def name(one: Pass) -> str:
    """Such as layer1_conv, or layer2_relu."""
    kind = one.layer.name if isinstance(one.layer, Activation) else type(one.layer).__name__.lower()
    return f"layer{one.number}_{kind}"


# ---- the layers inside of layers --------------------------------------------------------------------------------


@singledispatch
def layers_of(layer: Layer, one: Pass) -> Iterator[Pass]:
    """The layer itself, or those that it holds, each with what belongs to it."""
    yield one


@layers_of.register
def _(layer: Chain, one: Pass) -> Iterator[Pass]:
    return numbered(one.number, layer.layers, one.params, one.before, one.cache, one.gradients)


@layers_of.register
def _(layer: Residual, one: Pass) -> Iterator[Pass]:
    return layers_of(layer.layer, one._replace(layer=layer.layer))


@layers_of.register
def _(layer: Bidirectional, one: Pass) -> Iterator[Pass]:
    return numbered(one.number, layer.pair(), one.params, one.before, one.cache[:2], one.gradients)


def numbered(number: str, *parts: Any) -> Iterator[Pass]:
    """The layers of number 3 are 3.1, 3.2 and so on; those of the whole network, which has none, 1, 2, ..."""
    for place, (layer, *rest) in enumerate(zip(*parts, strict=True), 1):
        yield from layers_of(layer, Pass(f"{number}.{place}" if number else str(place), layer, *rest))


# ---- the numbers ------------------------------------------------------------------------------------------------


def of_weights(one: Pass) -> dict[str, Array]:
    """||dC/dw||, and ||w - w_before|| / ||w_before||, which is nan where all weights were 0."""
    if not jax.tree.leaves(one.params):
        return {}
    w, w_before, gradient = map(weights, (one.params, one.before, one.gradients))
    size = norm(w_before)
    moved = norm([now - then for now, then in zip(w, w_before, strict=True)])
    return {"gradient_norm": norm(gradient), "update_ratio": jnp.where(size > 0, moved / size, jnp.nan)}


def weights(params: Any) -> list[Array]:
    """The weights among a layer's parameters; of normalisation, which has none, all parameters."""
    leaves = jax.tree.leaves_with_path(params)
    return [leaf for path, leaf in leaves if is_weight(path)] or [leaf for _, leaf in leaves]


def norm(arrays: list[Array]) -> Array:
    """The length of all numbers as one vector."""
    return jnp.sqrt(sum(jnp.sum(array**2) for array in arrays))


@singledispatch
def of_units(layer: Layer, params: Any, cache: Any) -> dict[str, Array]:
    """What there is to say of a layer's units, averaged over the examples, pixels and time steps."""
    return {}


@of_units.register(Dense)
@of_units.register(Conv)
def _(layer: Dense | Conv, params: Any, cache: Array) -> dict[str, Array]:
    z, _ = layer.forward(params, cache)  # of the cached inputs, so XLA takes it for the product it has already
    return {"z_mean": z.mean(), "z_std": z.std()}


@of_units.register
def _(layer: Activation, params: tuple, cache: Array) -> dict[str, Array]:
    z, f_prime = cache, derivative(layer.name)
    if layer.name in FLAT_ON_BOTH_SIDES:
        return {"saturated": jnp.mean(f_prime(z) < FLAT * FLAT_ON_BOTH_SIDES[layer.name])}
    if layer.name in FLAT_ON_THE_LEFT:
        is_flat = jnp.abs(f_prime(z)) < FLAT * FLAT_ON_THE_LEFT[layer.name]
        # a unit is an output of Dense or a whole feature map of Conv, whose pixels share their weights
        return {"dead": jnp.mean(is_flat.all(axis=tuple(range(z.ndim - 1))))}
    return {}


@of_units.register
def _(layer: RNN, params: Any, cache: RecurrentCache) -> dict[str, Array]:
    return {"saturated": jnp.mean(cache.slopes < FLAT)}  # tanh'(z), whose maximum is 1
