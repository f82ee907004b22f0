"""The small example of a worked step: weights and inputs of one decimal, and desired outputs."""

from collections.abc import Iterator
from functools import singledispatch
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gradus.equations import Cost, times
from gradus.errors import SettingError
from gradus.layers import (
    BatchNorm,
    Chain,
    Conv,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePool,
    Layer,
    LayerNorm,
    Pool,
    Residual,
    Shape,
    count,
)
from gradus.network import Network
from gradus.recurrent import Bidirectional, LastStep, Recurrent
from gradus.seeds import seed_bits

__all__ = ["Example", "default_shape", "draw_example"]

LARGEST = 8  # along an axis of the inputs or of a layer's outputs
MOST_PARAMETERS = 300
TRIES = 100  # of dropout masks


class Example(NamedTuple):
    """Parameters, inputs x (m, ...), desired outputs y (m, ..., outputs), all float64, and the key of dropout masks."""

    params: Any
    x: np.ndarray
    y: np.ndarray
    key: jax.Array


def draw_example(chain: Chain, cost: Cost, in_shape: Shape, seed: int) -> Example:
    """Numbers of one decimal that a person can type in. Call it with 64-bit numbers enabled.

    The desired output of example i is 1 for class i, at time step t for class i + t, and 0 for all others. A mini-batch
    has three examples if the network normalises vectors over it, else one.

    Args:
        in_shape: of one input.
        seed: determines all numbers.

    Raises:
        SettingError: for a network that is too large to read, or whose layers do not fit.
    """
    shapes, in_shapes, out_shape = check_size(chain, in_shape)
    m = 3 if any(map(normalises_vectors, chain.layers, in_shapes)) else 1
    first = chain.layers[0]
    low, high, unit = (0, first.classes, 1) if isinstance(first, Embedding) else (1, 10, 10)
    x = np.random.default_rng(seed_bits(seed)).integers(low, high, (m, *in_shape)) / unit
    *places, outputs = (m, *out_shape)
    classes = np.indices(places).sum(axis=0) % outputs
    if any(isinstance(layer, Dense) and layer.weights == "gaussian" for layer in chain.layers):
        # N(0, 1), as the book's first chapter has it
        drawn = Network.create(chain, cost, in_shape, seed).params
        params = jax.tree.map(lambda parameter: np.asarray(parameter).round(1), drawn)
    else:
        params = short_params(chain, shapes, np.random.default_rng([seed_bits(seed), 1]))
    return Example(params, x, np.eye(outputs)[classes], draw_key(chain, params, x, seed))


def held_layers(layer: Layer) -> Iterator[Layer]:
    """A layer and all that it holds, in order."""
    yield layer
    match layer:
        case Chain(layers):
            inner: tuple[Layer, ...] = layers
        case Residual(one):
            inner = (one,)
        case Bidirectional():
            inner = layer.pair()
        case _:
            inner = ()
    for one in inner:
        yield from held_layers(one)


def default_shape(chain: Chain) -> Shape:
    """The shape of a small input that suits a network's first layer."""
    for layer in held_layers(chain):
        match layer:
            case Embedding():
                return (2,)
            case LayerNorm():
                return (3,)  # of two numbers, it always makes -1 and 1
            case Recurrent() | LastStep():
                return (2, 2)
            case Conv() | Pool() | GlobalAveragePool():
                return (4, 4, 1)
            case Dense() | BatchNorm():
                break
    return (2,)


def check_size(chain: Chain, in_shape: Shape) -> tuple[Any, list[Shape], Shape]:
    """The shapes of the parameters, of each layer's input, and of the output.

    Raises:
        SettingError: for a network that is too large to read, or whose layers do not fit.
    """
    if not 1 <= len(in_shape) <= 3:
        raise SettingError(f"input shape {in_shape}: expected one axis for vectors, two for sequences, 3 for images")
    if not all(1 <= size <= LARGEST for size in in_shape):
        raise SettingError(f"inputs of {times(in_shape)}: a worked step has from 1 to {LARGEST} along each axis")
    shape, params, in_shapes = in_shape, [], []
    for number, layer in enumerate(chain.layers, 1):
        in_shapes.append(shape)
        try:
            layer_params, shape = shapes_of(layer, shape)
        except SettingError as error:
            raise SettingError(f"layer {number} ({layer}) {error}") from None
        params.append(layer_params)
        if max(shape) > LARGEST and not isinstance(layer, Flatten):
            limit = f"a worked step has at most {LARGEST} along each axis"
            raise SettingError(f"{layer} gives {times(shape)} numbers; {limit}")
    if count(params) > MOST_PARAMETERS:
        raise SettingError(f"the network has {count(params):,} parameters; a worked step has at most {MOST_PARAMETERS}")
    return tuple(params), in_shapes, shape


def shapes_of(layer: Layer, in_shape: Shape) -> tuple[Any, Shape]:
    """The shapes of a layer's parameters and of its output; no number is drawn."""
    found: list[Shape] = []

    def init(key: jax.Array) -> Any:
        params, _, out_shape = layer.init(key, in_shape)
        found.append(out_shape)
        return params

    return jax.eval_shape(init, jax.random.key(0)), found[0]


def normalises_vectors(layer: Layer, in_shape: Shape) -> bool:
    """True if a batch norm has nothing but the examples to take a mean over."""
    return len(in_shape) == 1 and any(isinstance(inner, BatchNorm) for inner in held_layers(layer))


def draw_key(chain: Chain, params: Any, x: np.ndarray, seed: int) -> jax.Array:
    """A key with which every dropout keeps some units and drops others, where that is possible."""
    key = jax.random.key(seed_bits(seed))
    if not any(isinstance(layer, Dropout) for layer in held_layers(chain)):
        return key
    keys = (jax.random.fold_in(key, number) for number in range(TRIES))
    return next((key for key in keys if drops_some(chain, params, x, key)), key)


def drops_some(chain: Chain, params: Any, x: np.ndarray, key: jax.Array) -> bool:
    """True if every dropout mask has both units that are kept and units that are dropped."""
    _, cache = chain.forward(jax.tree.map(jnp.asarray, params), jnp.asarray(x), key)
    masks = [leaf for leaf in jax.tree.leaves(cache) if leaf.dtype == bool]
    return all(bool(mask.any() and not mask.all()) for mask in masks)


@singledispatch
def short_params(layer: Layer, shapes: Any, random: np.random.Generator) -> Any:
    """Parameters of one decimal: from 0.1 to 0.9, above or below 0."""
    return jax.tree.map(lambda parameter: short(parameter.shape, random), shapes)


def short(shape: Shape, random: np.random.Generator) -> np.ndarray:
    return random.choice([-1, 1], shape) * random.integers(1, 10, shape) / 10


@short_params.register(BatchNorm)
@short_params.register(LayerNorm)
def _(layer: Layer, shapes: Any, random: np.random.Generator) -> Any:
    gamma = random.integers(5, 16, shapes.gamma.shape) / 10
    return shapes._replace(gamma=gamma, beta=short(shapes.beta.shape, random))


@short_params.register
def _(layer: Chain, shapes: Any, random: np.random.Generator) -> Any:
    return tuple(short_params(inner, s, random) for inner, s in zip(layer.layers, shapes, strict=True))


@short_params.register
def _(layer: Residual, shapes: Any, random: np.random.Generator) -> Any:
    return short_params(layer.layer, shapes, random)


@short_params.register
def _(layer: Bidirectional, shapes: Any, random: np.random.Generator) -> Any:
    return tuple(short_params(inner, s, random) for inner, s in zip(layer.pair(), shapes, strict=True))
