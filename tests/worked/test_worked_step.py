"""Worked steps: each printed number is recomputed from those before it, in every format, and the gradients by JAX."""

from collections import ChainMap
from functools import singledispatch
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from arithmetic import HALF_A_UNIT, evaluate
from networks import NETWORKS, step_of
from reading import READERS, given_numbers, names_of_text

from gradus.equations import ACTIVATIONS, COSTS
from gradus.layers import LAYERS, POOLINGS, Activation, Chain, Embedding, Layer, Residual
from gradus.network import backprop
from gradus.recurrent import Bidirectional, Recurrent
from gradus.worked import draw_example
from gradus.worked.step import read_network
from gradus.worksheets import FORMATS, write_page

NEVER_BROKEN = 100_000  # characters of a line

each_network = pytest.mark.parametrize("network", NETWORKS)


@each_network
@pytest.mark.parametrize("format", READERS)
def test_each_printed_number_follows_from_the_printed_numbers_before_it(network: str, format: str):
    """Both sides of every equation, with names and with numbers, give its result to the printed digits."""
    page = step_of(network).page
    text = write_page(page, "text", width=NEVER_BROKEN)
    given, results = given_numbers(text), {}
    rows = list(READERS[format](write_page(page, format, width=NEVER_BROKEN)))
    assert [row.name for row in rows] == [row.name for row in READERS["text"](text)]
    assert len(rows) == len(list(page.equations()))
    for row in rows:
        assert row.name not in results, f"two numbers are named {row.name}"
        result = float(row.result.replace("−", "-").replace("{-}", "-"))
        for side in row.sides:
            found = evaluate(names_of_text(side, ChainMap(given, results)))
            assert found == pytest.approx(result, abs=HALF_A_UNIT), f"{row.name} = {side} = {row.result}"
        results[row.name] = result


def test_formats_and_readers_are_the_same():
    assert READERS.keys() == FORMATS.keys()


@pytest.mark.slow
@each_network
def test_gradients_are_those_of_automatic_differentiation(network: str):
    step, options = step_of(network), {"cost": "quadratic", "seed": 3, "learning_rate": 0.5} | NETWORKS[network]
    chain, in_shape = read_network(network, options.get("in_shape"), options.get("activation", "sigmoid"))
    cost = COSTS[options["cost"]]
    with jax.enable_x64(True):
        params, x, y, key = jax.tree.map(jnp.asarray, draw_example(chain, cost, in_shape, options["seed"]))

        @jax.jit
        def C(params: Any) -> jax.Array:
            return cost(chain.forward(params, x, key)[0], y)[0]

        if "truncate" in network:  # a gradient that is cut off is no derivative
            gradients = backprop(chain, cost, params, x, y, key).gradients
        else:
            gradients = jax.jit(jax.grad(C))(params)
        new_params = jax.tree.map(lambda p, gradient: p - options["learning_rate"] * gradient, params, gradients)
        classes = x.astype(int)
        for part, tree in (("old", params), ("gradient", gradients), ("new", new_params)):
            found = [getattr(update, part).exact for update in step.updates]
            np.testing.assert_allclose(found, in_order(chain, tree, classes), rtol=1e-9, atol=1e-12, err_msg=part)
        assert step.C.exact == pytest.approx(float(C(params)), rel=1e-12)
        assert step.new_C.exact == pytest.approx(float(C(new_params)), rel=1e-12)


@singledispatch
def in_order(layer: Layer, params: Any, classes: jax.Array) -> np.ndarray:
    """A layer's parameters in the order of the page."""
    return np.concatenate([np.empty(0), *(np.ravel(leaf) for leaf in jax.tree.leaves(params))])


@in_order.register
def _(layer: Chain, params: Any, classes: jax.Array) -> np.ndarray:
    pairs = zip(layer.layers, params, strict=True)
    return np.concatenate([in_order(inner, inner_params, classes) for inner, inner_params in pairs])


@in_order.register
def _(layer: Residual, params: Any, classes: jax.Array) -> np.ndarray:
    return in_order(layer.layer, params, classes)


@in_order.register
def _(layer: Bidirectional, params: Any, classes: jax.Array) -> np.ndarray:
    return in_order(Chain(layer.pair()), params, classes)


@in_order.register
def _(layer: Embedding, params: Any, classes: jax.Array) -> np.ndarray:
    return np.ravel(params.w[:, jnp.unique(classes)])


@in_order.register
def _(layer: Recurrent, params: Any, classes: jax.Array) -> np.ndarray:
    """Gate by gate; the second bias of a GRU comes last."""
    w_x, w_h, b = (jnp.split(matrix, layer.gates()) for matrix in params[:3])
    gates = [np.ravel(part) for gate in zip(w_x, w_h, b, strict=True) for part in gate]
    return np.concatenate([*gates, *(np.ravel(rest) for rest in params[3:] if rest is not None)])


def test_every_layer_pooling_activation_and_cost_has_a_worked_step():
    chains = [read_network(line, None, "sigmoid")[0] for line in NETWORKS]
    layers = [inner for chain in chains for inner in inside(chain)]
    assert {type(layer) for layer in layers} >= {
        kind for kind in LAYERS.values() if kind.__module__.startswith("gradus.")
    }
    assert {layer.pooling for layer in layers if hasattr(layer, "pooling")} == set(POOLINGS)
    assert {options.get("cost", "quadratic") for options in NETWORKS.values()} == set(COSTS)
    assert {layer.name for layer in layers if isinstance(layer, Activation)} == set(ACTIVATIONS)


def inside(layer: Layer) -> list[Layer]:
    """A layer and those that it holds."""
    match layer:
        case Chain(layers):
            held = layers
        case Residual(inner):
            held = (inner,)
        case Bidirectional():
            held = layer.pair()
        case _:
            held = ()
    return [layer, *(one for inner in held for one in inside(inner))]
