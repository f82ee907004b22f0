"""Masks reach the cost: time steps that a sequence lacks count for nothing, forwards and backwards."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from examples import compiled_backprop

from gradus.equations import CrossEntropy, LogLikelihood, Quadratic
from gradus.layers import Chain, Dense
from gradus.recurrent import LSTM, LastStep

pytestmark = pytest.mark.usefixtures("float64")

MASK = jnp.array([[True, True, True, True], [True, True, False, False], [True, False, False, False]])


def sequences(classes: int = 2) -> tuple[jax.Array, jax.Array]:
    rng = np.random.default_rng(0)
    return jnp.asarray(rng.normal(size=(3, 4, 2))), jax.nn.one_hot(rng.integers(0, classes, (3, 4)), classes)


def network(*layers) -> tuple[Chain, tuple]:
    chain = Chain(layers)
    return chain, jax.jit(lambda key: chain.init(key, (4, 2))[0])(jax.random.key(1))


@pytest.mark.parametrize("cost", [CrossEntropy(), LogLikelihood(), Quadratic("tanh")], ids=repr)
def test_the_cost_is_the_mean_over_existing_time_steps(cost) -> None:
    chain, params = network(LSTM(3), Dense(2))
    x, y = sequences()
    C, gradients, *_ = compiled_backprop(chain, cost, params, x, y, mask=MASK)

    def mean_over_steps(params: tuple) -> jax.Array:
        # Each sequence by itself, cut to its length: no mask is needed.
        lengths = np.asarray(MASK).sum(axis=1)
        pieces = [(x[i : i + 1, :n], y[i : i + 1, :n], n) for i, n in enumerate(lengths)]
        costs = [n * cost(chain.forward(params, piece)[0], wanted)[0] for piece, wanted, n in pieces]
        return sum(costs) / lengths.sum()

    expected_C, expected = jax.jit(jax.value_and_grad(mean_over_steps))(params)
    np.testing.assert_allclose(C, expected_C, rtol=1e-12)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12), gradients, expected)


def test_masked_time_steps_change_nothing_and_receive_no_error() -> None:
    chain, params = network(LSTM(3), Dense(2))
    x, y = sequences()
    other_x, other_y = jnp.where(MASK[..., None], x, 1e3), jnp.where(MASK[..., None], y, 1 - y)
    first, second = (
        compiled_backprop(chain, CrossEntropy(), params, *data, mask=MASK) for data in ((x, y), (other_x, other_y))
    )
    np.testing.assert_array_equal(first.C, second.C)
    jax.tree.map(np.testing.assert_array_equal, first.gradients, second.gradients)
    assert (first.dx[~MASK] == 0).all()
    assert (first.dx[MASK] != 0).all()


def test_weights_of_examples_and_masks_multiply() -> None:
    # Weights 2, 1, 0 over 4, 2 and 1 steps: C is 1/7 of 2 x 4 costs and 1 x 2 costs.
    chain, params = network(LSTM(3), Dense(2))
    x, y = sequences()
    weights = jnp.array([2.0, 1.0, 0.0])
    C, *_ = compiled_backprop(chain, LogLikelihood(), params, x, y, weights=weights, mask=MASK)
    z, *_ = jax.jit(chain.forward_from)(params, x, chain.initial_carry(params, 3), None, MASK)
    by_step, _ = LogLikelihood().per_example(z, y)
    np.testing.assert_allclose(C, float((by_step * MASK * weights[:, None]).sum()) / 7, rtol=1e-12)


def test_one_output_for_each_sequence_is_not_masked_again() -> None:
    chain, params = network(LSTM(3), LastStep(), Dense(2))
    x, _ = sequences()
    y = jnp.eye(2)[jnp.array([0, 1, 1])]
    C, *_ = compiled_backprop(chain, LogLikelihood(), params, x, y, mask=MASK)
    forward = jax.jit(chain.forward)
    z = [forward(params, x[i : i + 1, :n])[0] for i, n in enumerate((4, 2, 1))]
    np.testing.assert_allclose(C, LogLikelihood()(jnp.concatenate(z), y)[0], rtol=1e-12)
