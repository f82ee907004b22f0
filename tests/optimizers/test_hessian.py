"""The Hessian technique against the whole matrix of small networks, in float64."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from gradus.data import Dataset, Examples, Preprocessing
from gradus.equations import Cost, CrossEntropy, LogLikelihood, Quadratic
from gradus.errors import SettingError
from gradus.layers import (
    Activation,
    BatchNorm,
    Chain,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool,
    Pool,
    is_weight,
)
from gradus.models import one_hot, scale_inputs
from gradus.network import Network
from gradus.notation import mlp
from gradus.optimizers.hessian import Objective, largest_eigenvalues, split_into_parts
from gradus.recurrent import LSTM, LastStep

pytestmark = pytest.mark.usefixtures("float64")
KEY, LAMBDA = jax.random.key(3), 0.03


def data(in_shape: tuple[int, ...], n: int = 13, classes: int = 3) -> Dataset:
    random = np.random.default_rng(0)
    examples = Examples(random.standard_normal((n, *in_shape)), random.integers(0, classes, n))
    return Dataset("random", examples, examples, examples, tuple("abc"[:classes]), Preprocessing(2.0))


CASES: dict[str, tuple[Chain, Cost, tuple[int, ...]]] = {
    "tanh": (mlp([4, 5, 3], "tanh"), CrossEntropy(), (4,)),
    "gelu": (mlp([4, 5, 3], "gelu"), LogLikelihood(), (4,)),
    "quadratic": (mlp([4, 5, 3], "sigmoid"), Quadratic("sigmoid"), (4,)),
    "softplus": (mlp([4, 5, 3], "softplus"), Quadratic("linear"), (4,)),
    "conv": (
        Chain((Conv(2, 3), Activation("silu"), Pool(2), Conv(3, 2), GlobalAveragePool())), LogLikelihood(), (7, 7, 1)
    ),
    "average": (Chain((Conv(2, 2), Activation("tanh"), Pool(2, pooling="average"), Flatten(), Dense(3))),
                CrossEntropy(), (5, 5, 1)),
    "lstm": (Chain((LSTM(3), LastStep(), Dense(3))), LogLikelihood(), (4, 2)),
    "norm": (Chain((Dense(4), BatchNorm(), Activation("tanh"), Dense(3))), LogLikelihood(), (4,)),
    "dropout": (Chain((Dense(6), Dropout(0.5), Activation("tanh"), Dense(3))), LogLikelihood(), (4,)),
}  # fmt: skip


def objective(name: str) -> tuple[Network, Dataset, Objective]:
    chain, cost, in_shape = CASES[name]
    examples = data(in_shape)
    network = Network.create(chain, cost, in_shape, seed=1)
    return network, examples, Objective(chain, cost, examples.preprocessing, 3, len(examples.training.x))


def plain_cost(network: Network, examples: Dataset, params) -> jax.Array:
    """C + lambda/(2n) sum w^2, with nothing of Objective."""
    x, y = scale_inputs(examples.training.x, examples.preprocessing), one_hot(jnp.asarray(examples.training.y), 3)
    z, _ = network.chain.forward(params, x, jax.random.fold_in(KEY, 0))
    weights = [leaf for path, leaf in jax.tree.leaves_with_path(params) if is_weight(path)]
    return network.cost(z, y)[0] + LAMBDA / 2 * sum(jnp.sum(w**2) for w in weights)


def direction(params):
    flat, tree = ravel_pytree(params)
    return tree(jnp.asarray(np.random.default_rng(1).standard_normal(flat.shape)))


@pytest.mark.parametrize("name", CASES)
def test_value_and_gradient(name: str):
    network, examples, function = objective(name)
    given = (network.params, split_into_parts(examples.training), LAMBDA, KEY)
    C, g = jax.value_and_grad(lambda params: plain_cost(network, examples, params))(network.params)
    assert float(function.value(*given)) == pytest.approx(float(C), rel=1e-12)
    np.testing.assert_allclose(ravel_pytree(function.gradient(*given))[0], ravel_pytree(g)[0], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_a_product_is_that_with_the_whole_hessian(name: str):
    network, examples, function = objective(name)
    flat, tree = ravel_pytree(network.params)
    H = jax.hessian(lambda flat: plain_cost(network, examples, tree(flat)))(flat)
    v = direction(network.params)
    found = function.hessian_product(network.params, v, split_into_parts(examples.training), LAMBDA, KEY)
    np.testing.assert_allclose(ravel_pytree(found)[0], H @ ravel_pytree(v)[0], rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("name", CASES)
def test_a_gauss_newton_product_is_that_with_its_three_factors(name: str):
    """J^T H_L J v + lambda/n v of the weights, with J by jax.jacobian and H_L by jax.hessian."""
    network, examples, function = objective(name)
    x, y = scale_inputs(examples.training.x, examples.preprocessing), one_hot(jnp.asarray(examples.training.y), 3)
    flat, tree = ravel_pytree(network.params)
    z_of = lambda flat: network.chain.forward(tree(flat), x, jax.random.fold_in(KEY, 0))[0].ravel()  # noqa: E731
    C_of = lambda z: network.cost(z.reshape(len(x), 3), y)[0]  # noqa: E731
    J, H_L = jax.jacobian(z_of)(flat), jax.hessian(C_of)(z_of(flat))
    v = direction(network.params)
    decay = jax.tree.map_with_path(lambda path, leaf: LAMBDA * leaf if is_weight(path) else 0 * leaf, v)
    expected = J.T @ (H_L @ (J @ ravel_pytree(v)[0])) + ravel_pytree(decay)[0]
    found = function.gauss_newton_product(network.params, v, split_into_parts(examples.training), LAMBDA, KEY)
    np.testing.assert_allclose(ravel_pytree(found)[0], expected, rtol=1e-8, atol=1e-11)


def test_parts_are_all_of_the_examples(monkeypatch: pytest.MonkeyPatch):
    """Whether they fit into one part or not, what is computed of them is the same."""
    network, examples, function = objective("tanh")
    whole = function.gradient(network.params, split_into_parts(examples.training), LAMBDA, KEY)
    monkeypatch.setattr("gradus.optimizers.hessian.MAX_BATCH", 5)
    parts = split_into_parts(examples.training)
    assert parts.x.shape == (3, 5, 4)
    assert float(parts.s.sum()) == 13
    found = function.gradient(network.params, parts, LAMBDA, KEY)
    np.testing.assert_allclose(ravel_pytree(found)[0], ravel_pytree(whole)[0], rtol=1e-12)


def test_the_largest_eigenvalues():
    network, examples, _ = objective("tanh")
    flat, tree = ravel_pytree(network.params)
    H = jax.hessian(lambda flat: plain_cost(network, examples, tree(flat)))(flat)
    eigenvalues = np.linalg.eigvalsh(H)
    expected = eigenvalues[np.argsort(-np.abs(eigenvalues))][:4]
    found = largest_eigenvalues(network, examples, 4, l2=LAMBDA * len(examples.training.x))
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    with pytest.raises(SettingError, match="0 eigenvalues: expected 1 to"):
        largest_eigenvalues(network, examples, 0)
