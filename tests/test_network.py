"""Networks: sizes, backpropagation against automatic differentiation, a hand-worked one, and Nielsen's own loop."""

import re
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from examples import compiled_backprop
from hypothesis import given
from hypothesis import strategies as st
from jax import lax
from referee import OFFSETS, STEP, drawn, four_point_slope, random_like
from scipy.special import expit

from gradus.equations import Cost, CrossEntropy, LogLikelihood, Quadratic
from gradus.errors import SettingError
from gradus.layers import Activation, Chain, Dense, DenseParams, Flatten
from gradus.network import Network, backprop, trace
from gradus.notation import mlp, parse

pytestmark = pytest.mark.usefixtures("float64")

COSTS = [Quadratic("sigmoid"), Quadratic("tanh"), Quadratic(), CrossEntropy(), LogLikelihood()]


def assert_trees_close(found, expected, rtol: float = 1e-9, atol: float = 1e-13) -> None:
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=rtol, atol=atol), found, expected)


# ---- initial weights --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weights", ["gaussian", "he"])
def test_compiled_initial_weights_are_those_of_each_operation_to_the_bit(weights: str) -> None:
    chain = parse("conv8-3x3-same batchnorm relu maxpool2 flatten dense3", weights=weights)
    with jax.enable_x64(False):
        params, state, _ = chain.init(jax.random.key(7), (8, 8, 2))
        network = Network.create(chain, LogLikelihood(), (8, 8, 2), seed=7)
    assert_trees_close((network.params, network.state), (params, state), rtol=0, atol=0)


# ---- backpropagation against automatic differentiation and finite differences -----------------------------------


def problem(sizes: list[int], cost: Cost, activation: str, batch: int, seed: int = 0):
    """A network with random weights and biases, and a batch of inputs with their classes."""
    rng, chain = np.random.default_rng(seed), mlp(sizes, activation)
    shapes = jax.eval_shape(lambda key: chain.init(key, (sizes[0],))[0], jax.random.key(0))
    network = Network(chain, cost, (sizes[0],), random_like(shapes, rng), ((),) * len(chain.layers))
    x = jnp.array(rng.standard_normal((batch, sizes[0])))
    y = jnp.array(np.eye(sizes[-1])[rng.integers(sizes[-1], size=batch)])
    return network, x, y


def cost_of(network: Network, params, x: jax.Array, y: jax.Array) -> jax.Array:
    return network.cost(network.chain.forward(params, x)[0], y)[0]


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "gelu"])
@pytest.mark.parametrize("cost", COSTS, ids=repr)
def test_backprop_against_automatic_differentiation(cost: Cost, activation: str) -> None:
    network, x, y = problem([4, 6, 5, 3], cost, activation, batch=7)
    C, gradients, *_ = compiled_backprop(network.chain, cost, network.params, x, y)
    automatic = jax.jit(jax.value_and_grad(lambda params: cost_of(network, params, x, y)))
    expected_C, expected = automatic(network.params)
    np.testing.assert_allclose(C, expected_C, rtol=1e-13)
    assert_trees_close(gradients, expected)


@drawn
@given(
    sizes=st.lists(st.integers(1, 6), min_size=2, max_size=5),
    cost=st.sampled_from(COSTS),
    activation=st.sampled_from(["sigmoid", "tanh", "softplus", "silu"]),
    batch=st.integers(1, 5),
    seed=st.integers(0, 2**16),
)
def test_backprop_of_any_shape(sizes: list[int], cost: Cost, activation: str, batch: int, seed: int) -> None:
    network, x, y = problem(sizes, cost, activation, batch, seed)
    rng = np.random.default_rng(seed)
    direction = jax.tree.map(lambda p: 0.1 * rng.standard_normal(p.shape), network.params)

    of_params = lambda params: cost_of(network, params, x, y)  # noqa: E731

    @jax.jit
    def answers(params: tuple) -> tuple:
        """By backprop, by automatic differentiation, and C where all parameters are moved in one random direction."""
        moved = lambda h: of_params(jax.tree.map(lambda p, d: p + h * d, params, direction))  # noqa: E731
        ours, automatic = backprop(network.chain, cost, params, x, y)[:2], jax.value_and_grad(of_params)(params)
        return ours, automatic, lax.map(moved, STEP * jnp.array(OFFSETS))

    (C, gradients), (expected_C, expected), values = answers(network.params)
    np.testing.assert_allclose(C, expected_C, rtol=1e-12)
    assert_trees_close(gradients, expected)
    found = sum(jax.tree.leaves(jax.tree.map(lambda g, d: np.sum(np.asarray(g) * d), gradients, direction)))
    np.testing.assert_allclose(found, four_point_slope(np.asarray(values)), rtol=1e-6, atol=1e-9)


# ---- a network worked by hand -----------------------------------------------------------------------------------

# 2-2-1, sigmoid, x = (1, 2), y = 1.
#   z1 = (2*1 - 1*2 + 0, 1*1 + 0*2 + ln 3 - 1) = (0, ln 3)      a1 = (1/2, 3/4)      f'(z1) = (1/4, 3/16)
#   z2 = 1*1/2 + 2*3/4 - 2 = 0                                  a2 = 1/2             f'(z2) = 1/4
X, Y = [[1.0, 2]], [[1.0]]
FIRST = DenseParams(np.array([[2.0, -1], [1, 0]]), np.array([0, np.log(3) - 1]))
SECOND = DenseParams(np.array([[1.0, 2]]), np.array([-2.0]))
CHAIN = Chain((Dense(2), Activation("sigmoid"), Dense(1)))
PARAMS = (FIRST, (), SECOND)


def test_backprop_with_cross_entropy_by_hand() -> None:
    # C = -ln 1/2 = ln 2.                                            BP1: delta2 = a2 - y = -1/2
    # BP3, BP4: db2 = -1/2, dw2 = -1/2 (1/2, 3/4) = (-1/4, -3/8)
    # BP2: delta1 = (1, 2) * -1/2 (.) (1/4, 3/16) = (-1/8, -3/16)    db1 = delta1
    # BP4: dw1 = delta1 x^T = ((-1/8, -2/8), (-3/16, -6/16))
    C, gradients, *_ = backprop(CHAIN, CrossEntropy(), PARAMS, jnp.array(X), jnp.array(Y))
    np.testing.assert_allclose(C, np.log(2), rtol=1e-14)
    expected = (
        DenseParams(np.array([[-1 / 8, -1 / 4], [-3 / 16, -3 / 8]]), np.array([-1 / 8, -3 / 16])),
        (),
        DenseParams(np.array([[-1 / 4, -3 / 8]]), np.array([-1 / 2])),
    )
    assert_trees_close(gradients, expected, rtol=1e-14)


def test_backprop_with_quadratic_by_hand() -> None:
    # C = 1/2 (1/2)^2 = 1/8; BP1: delta2 = (a2 - y) f'(z2) = -1/2 * 1/4 = -1/8: a quarter of the above, as all else is
    x, y = jnp.array(X), jnp.array(Y)
    C, gradients, *_ = backprop(CHAIN, Quadratic("sigmoid"), PARAMS, x, y)
    _, four_times, *_ = backprop(CHAIN, CrossEntropy(), PARAMS, x, y)
    np.testing.assert_allclose(C, 1 / 8, rtol=1e-14)
    np.testing.assert_allclose(gradients[2].b, [-1 / 8], rtol=1e-14)
    assert_trees_close(gradients, jax.tree.map(lambda g: g / 4, four_times), rtol=1e-14)


def test_a_batch_averages_its_examples() -> None:
    network, x, y = problem([3, 4, 2], CrossEntropy(), "sigmoid", batch=4)
    gradient = partial(compiled_backprop, network.chain, network.cost, network.params)
    C, gradients, *_ = gradient(x, y)
    each = [gradient(x[i : i + 1], y[i : i + 1]) for i in range(4)]
    np.testing.assert_allclose(C, np.mean([one[0] for one in each]), rtol=1e-12)
    assert_trees_close(gradients, jax.tree.map(lambda *g: sum(g) / 4, *(one[1] for one in each)))


# ---- the trace --------------------------------------------------------------------------------------------------


def test_trace_holds_every_z_a_and_delta() -> None:
    found = trace(CHAIN, CrossEntropy(), PARAMS, jnp.array(X), jnp.array(Y))
    hidden, sigmoid, output = found.layers
    exactly = {"rtol": 1e-14, "atol": 1e-15}
    np.testing.assert_allclose(found.C, np.log(2), **exactly)
    np.testing.assert_allclose(found.output, [[1 / 2]], **exactly)  # a2
    np.testing.assert_allclose(hidden.x, X, **exactly)  # a0
    np.testing.assert_allclose(hidden.y, [[0, np.log(3)]], **exactly)  # z1
    np.testing.assert_allclose(sigmoid.x, hidden.y, **exactly)
    np.testing.assert_allclose(sigmoid.y, [[1 / 2, 3 / 4]], **exactly)  # a1
    np.testing.assert_allclose(output.x, sigmoid.y, **exactly)
    np.testing.assert_allclose(output.y, [[0]], **exactly)  # z2
    np.testing.assert_allclose(output.dy, [[-1 / 2]], **exactly)  # delta2
    np.testing.assert_allclose(output.dx, [[-1 / 2, -1]], **exactly)  # w2^T delta2
    np.testing.assert_allclose(sigmoid.dy, output.dx, **exactly)
    np.testing.assert_allclose(hidden.dy, [[-1 / 8, -3 / 16]], **exactly)  # delta1
    # dx = w1^T delta1 = (2*-1/8 + 1*-3/16, -1*-1/8 + 0) = (-7/16, 1/8)
    np.testing.assert_allclose(hidden.dx, [[-7 / 16, 1 / 8]], **exactly)


@pytest.mark.parametrize("cost", COSTS, ids=repr)
def test_trace_agrees_with_backprop(cost: Cost) -> None:
    network, x, y = problem([4, 6, 5, 3], cost, "tanh", batch=7)
    found = trace(network.chain, cost, network.params, x, y)
    C, gradients, *_ = backprop(network.chain, cost, network.params, x, y)
    assert found.C == C
    assert_trees_close(tuple(one.gradients for one in found.layers), gradients, rtol=0, atol=0)
    assert tuple(one.layer for one in found.layers) == network.chain.layers
    assert all(one.params is p for one, p in zip(found.layers, network.params, strict=True))
    np.testing.assert_allclose(found.output, network.predict(x), rtol=1e-13)


# ---- a second, independent implementation -----------------------------------------------------------------------


def one_example_at_a_time(weights: list, biases: list, x: np.ndarray, y: np.ndarray, cost: str) -> tuple[list, list]:
    """Nielsen's network.py in NumPy: column vectors, one example after the other, the sum divided by m at the end."""
    dw, db = [np.zeros(w.shape) for w in weights], [np.zeros(b.shape) for b in biases]
    for example, desired in zip(x, y, strict=True):
        a = [example[:, None]]
        for w, b in zip(weights, biases, strict=True):
            a.append(expit(np.dot(w, a[-1]) + b))
        delta = a[-1] - desired[:, None]
        if cost == "quadratic":
            delta = delta * a[-1] * (1 - a[-1])
        for layer in reversed(range(len(weights))):
            db[layer] += delta
            dw[layer] += np.dot(delta, a[layer].T)
            delta = np.dot(weights[layer].T, delta) * a[layer] * (1 - a[layer])
    return [g / len(x) for g in dw], [g / len(x) for g in db]


@pytest.mark.parametrize("name", ["quadratic", "cross-entropy"])
def test_against_nielsens_loop(name: str) -> None:
    cost = {"quadratic": Quadratic("sigmoid"), "cross-entropy": CrossEntropy()}[name]
    network, x, y = problem([8, 6, 5, 3], cost, "sigmoid", batch=10)
    dense = [p for p in network.params if p]
    weights, biases = [np.array(p.w) for p in dense], [np.array(p.b)[:, None] for p in dense]
    params = network.params
    for _ in range(5):  # five steps of descent by both, side by side
        _, gradients, *_ = compiled_backprop(network.chain, cost, params, x, y)
        dw, db = one_example_at_a_time(weights, biases, np.array(x), np.array(y), name)
        found = [g for g in gradients if g]
        for g, w, b in zip(found, dw, db, strict=True):
            np.testing.assert_allclose(g.w, w, rtol=1e-12, atol=1e-15)
            np.testing.assert_allclose(g.b, b[:, 0], rtol=1e-12, atol=1e-15)
        params = jax.tree.map(lambda p, g: p - 3.0 * g, params, gradients)
        weights = [w - 3.0 * g for w, g in zip(weights, dw, strict=True)]
        biases = [b - 3.0 * g for b, g in zip(biases, db, strict=True)]


# ---- networks ---------------------------------------------------------------------------------------------------


def test_multilayer_is_dense_and_activation_in_turn() -> None:
    assert mlp([4, 3, 5, 2], activation="tanh", weights="he") == Chain(
        (Flatten(), Dense(3, "he"), Activation("tanh"), Dense(5, "he"), Activation("tanh"), Dense(2, "he"))
    )
    assert mlp([4, 2]) == Chain((Flatten(), Dense(2)))


@pytest.mark.parametrize("cost", COSTS, ids=repr)
def test_predict_applies_the_costs_output(cost: Cost) -> None:
    network, x, _ = problem([4, 3, 2], cost, "tanh", batch=6)
    z, _ = network.chain.forward(network.params, x)
    np.testing.assert_allclose(network.predict(x), cost.output(z), rtol=1e-13)


def test_same_seed_same_weights() -> None:
    create = lambda seed: Network.create(mlp([5, 4, 3]), CrossEntropy(), (5,), seed).params  # noqa: E731
    assert_trees_close(create(7), create(7), rtol=0, atol=0)
    assert (create(7)[1].w != create(8)[1].w).all()


def test_layers_are_drawn_apart() -> None:
    chain = Chain((Dense(4), Dense(4)))
    first, second = Network.create(chain, CrossEntropy(), (4,)).params
    assert (first.w != second.w).all()


def test_check_inputs() -> None:
    network = Network.create(mlp([784, 10]), CrossEntropy(), (28, 28, 1))
    network.check_inputs(jnp.zeros((3, 28, 28, 1)))
    expected = "the inputs are 8x8x1 each, but the network takes 28x28x1"
    with pytest.raises(SettingError, match=f"^{re.escape(expected)}$"):
        network.check_inputs(jnp.zeros((3, 8, 8, 1)))


def test_a_chains_error_names_the_layer() -> None:
    expected = "layer 2 (dense3) got single numbers, expected vectors; give each example an axis of inputs"
    with pytest.raises(SettingError, match=f"^{re.escape(expected)}$"):
        Chain((Activation("tanh"), Dense(3))).init(jax.random.key(0), ())


@pytest.mark.parametrize("sizes", [[], [784]])
def test_too_few_sizes(sizes: list[int]) -> None:
    expected = f"sizes {sizes}: expected at least two, inputs and outputs, as in 784-30-10"
    with pytest.raises(SettingError, match=f"^{re.escape(expected)}$"):
        mlp(sizes)


def test_unusable_sizes_and_names() -> None:
    with pytest.raises(SettingError, match=r"^a dense layer's outputs 0: expected a whole number of at least 1$"):
        mlp([784, 0, 10])
    with pytest.raises(SettingError, match=r"^unknown activation 'sine'.*; choose one of linear"):
        mlp([784, 30, 10], activation="sine")
