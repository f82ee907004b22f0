"""Initial weights: their means and spreads, their keys, and the symmetry that zeros never break (theory D5)."""

import re
from math import sqrt

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from gradus.equations import INITIAL_WEIGHTS, CrossEntropy, initial_biases, initial_weights
from gradus.errors import SettingError
from gradus.layers import Dense
from gradus.network import Network, backprop
from gradus.notation import mlp

N_IN, N_OUT = 900, 400
SPREAD = {
    "gaussian": 1,
    "scaled": 1 / 30,  # 1/sqrt(900)
    "xavier": sqrt(2 / 1300),
    "he": sqrt(2) / 30,
}

every = pytest.mark.parametrize("name", INITIAL_WEIGHTS)
random = pytest.mark.parametrize("name", SPREAD)


def weights(name: str, seed: int = 0) -> np.ndarray:
    return np.array(initial_weights(name, jax.random.key(seed), (N_OUT, N_IN), N_IN, N_OUT), dtype=float)


def test_every_kind_is_tested() -> None:
    assert set(INITIAL_WEIGHTS) == {"zeros", "ones", *SPREAD}


def test_constants() -> None:
    np.testing.assert_array_equal(weights("zeros"), 0)
    np.testing.assert_array_equal(weights("ones"), 1)


@random
def test_normal_with_the_stated_spread(name: str) -> None:
    w, sigma = weights(name).ravel(), SPREAD[name]
    assert abs(w.mean()) < 4 * sigma / sqrt(w.size)  # four standard errors
    assert abs(w.std() - sigma) < 4 * sigma / sqrt(2 * w.size)
    assert stats.kstest(w / sigma, "norm").pvalue > 0.001


@random
def test_rows_and_columns_are_independent(name: str) -> None:
    w = weights(name)
    limit = 5 / sqrt(N_IN)  # of the correlation of 900 independent pairs
    assert np.abs(np.corrcoef(w[:50]) - np.eye(50)).max() < limit


def test_scaled_weights_keep_z_in_the_range_of_the_sigmoid() -> None:
    """With 900 inputs of which half are 1: z has spread sqrt(450) = 21 or sqrt(1/2) (Nielsen, chapter 3)."""
    x = np.arange(N_IN) % 2
    assert abs((weights("gaussian") @ x).std() / sqrt(450) - 1) < 0.1
    assert abs((weights("scaled") @ x).std() / sqrt(0.5) - 1) < 0.1


@every
def test_biases(name: str) -> None:
    b = np.array(initial_biases(name, jax.random.key(0), (10_000,)), dtype=float)
    if name == "gaussian":
        assert abs(b.mean()) < 4 / 100
        assert abs(b.std() - 1) < 4 / sqrt(20_000)
        assert stats.kstest(b, "norm").pvalue > 0.001
    else:
        np.testing.assert_array_equal(b, 0)


@random
def test_keys(name: str) -> None:
    np.testing.assert_array_equal(weights(name, seed=3), weights(name, seed=3))
    assert (weights(name, seed=3) != weights(name, seed=4)).mean() > 0.99


def test_biases_are_drawn_apart_from_the_weights() -> None:
    params, _, _ = Dense(50, "gaussian").init(jax.random.key(0), (1,))
    assert abs(np.corrcoef(params.w[:, 0], params.b)[0, 1]) < 0.5


@every
def test_shape_and_dtype(name: str) -> None:
    for shape in ((3, 2), (5, 5, 1, 4), (1, 1)):
        w = initial_weights(name, jax.random.key(0), shape, 2, 3)
        assert w.shape == shape
        assert w.dtype == jnp.float32


def descend(kind: str, steps: int) -> np.ndarray:
    """The hidden layer's weights of a 3-4-2 network after some steps of descent: a row a hidden unit."""
    network = Network.create(mlp([3, 4, 2], weights=kind), CrossEntropy(), (3,))
    x, y = jax.random.normal(jax.random.key(1), (5, 3)), jnp.eye(2)[jnp.array([0, 1, 1, 0, 1])]
    params = network.params
    for _ in range(steps):
        _, gradients, *_ = backprop(network.chain, network.cost, params, x, y)
        params = jax.tree.map(lambda p, gradient: p - 0.5 * gradient, params, gradients)
    return np.array(params[1].w)


@pytest.mark.parametrize("kind", ["zeros", "ones"])
def test_equal_weights_never_break_the_symmetry(kind: str) -> None:
    """All hidden units get the same gradient, so they stay copies of one another however long it learns."""
    w = descend(kind, steps=10)
    assert (w != descend(kind, steps=0)).all()  # they do learn
    np.testing.assert_array_equal(w, w[:1].repeat(4, axis=0))


@random
def test_random_weights_break_the_symmetry(name: str) -> None:
    change = descend(name, steps=10) - descend(name, steps=0)
    assert len(np.unique(change.round(6), axis=0)) == 4


@pytest.mark.parametrize(
    "use",
    [
        lambda: initial_weights("glorot", jax.random.key(0), (2, 2), 2, 2),
        lambda: initial_biases("glorot", jax.random.key(0), (2,)),
        lambda: Dense(3, "glorot"),
    ],
)
def test_unknown_name(use) -> None:
    expected = "unknown initial weights 'glorot'; choose one of zeros, ones, gaussian, scaled, xavier, he"
    with pytest.raises(SettingError, match=f"^{re.escape(expected)}$"):
        use()
