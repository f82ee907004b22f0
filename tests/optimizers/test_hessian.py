"""The Hessian technique against the whole matrix of small networks, in float64."""

from functools import cache
from typing import Any

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


@cache
def compiled(name: str) -> tuple[dict[str, jax.Array], dict[str, jax.Array]]:
    """What Objective gives, flat, and what JAX's own derivatives of the plain cost give: one program a case."""
    network, examples, function = objective(name)
    flat, tree = ravel_pytree(network.params)
    x, y = scale_inputs(examples.training.x, examples.preprocessing), one_hot(jnp.asarray(examples.training.y), 3)
    parts, v = split_into_parts(examples.training), direction(network.params)

    def cost_of(flat: jax.Array) -> jax.Array:
        return plain_cost(network, examples, tree(flat))

    def z_of(flat: jax.Array) -> jax.Array:
        return network.chain.forward(tree(flat), x, jax.random.fold_in(KEY, 0))[0].ravel()

    def cost_of_z(z: jax.Array) -> jax.Array:
        return network.cost(z.reshape(len(x), 3), y)[0]

    @jax.jit
    def compute(flat: jax.Array, v: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        given = (tree(flat), parts, LAMBDA, KEY)
        found = {
            "value": function.value(*given),
            "gradient": function.gradient(*given),
            "hessian": function.hessian_product(tree(flat), v, *given[1:]),
            "gauss_newton": function.gauss_newton_product(tree(flat), v, *given[1:]),
        }
        C, g = jax.value_and_grad(cost_of)(flat)
        J, H_L = jax.jacobian(z_of)(flat), jax.hessian(cost_of_z)(z_of(flat))
        decay = jax.tree.map_with_path(lambda path, leaf: LAMBDA * leaf if is_weight(path) else 0 * leaf, v)
        flat_v, flat_decay = ravel_pytree(v)[0], ravel_pytree(decay)[0]
        expected = {
            "value": C,
            "gradient": g,
            "hessian": jax.hessian(cost_of)(flat) @ flat_v,
            "gauss_newton": J.T @ (H_L @ (J @ flat_v)) + flat_decay,
        }
        return {name: ravel_pytree(tree)[0] for name, tree in found.items()}, expected

    return compute(flat, v)


@pytest.mark.parametrize("name", CASES)
def test_value_and_gradient(name: str):
    found, expected = compiled(name)
    np.testing.assert_allclose(found["value"], expected["value"], rtol=1e-12)
    np.testing.assert_allclose(found["gradient"], expected["gradient"], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_a_product_is_that_with_the_whole_hessian(name: str):
    found, expected = compiled(name)
    np.testing.assert_allclose(found["hessian"], expected["hessian"], rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("name", CASES)
def test_a_gauss_newton_product_is_that_with_its_three_factors(name: str):
    """J^T H_L J v + lambda/n v of the weights, with J by jax.jacobian and H_L by jax.hessian."""
    found, expected = compiled(name)
    np.testing.assert_allclose(found["gauss_newton"], expected["gauss_newton"], rtol=1e-8, atol=1e-11)


def test_parts_are_all_of_the_examples(monkeypatch: pytest.MonkeyPatch):
    """Whether they fit into one part or not, what is computed of them is the same."""
    network, examples, function = objective("tanh")
    gradient = jax.jit(function.gradient)
    whole = gradient(network.params, split_into_parts(examples.training), LAMBDA, KEY)
    monkeypatch.setattr("gradus.optimizers.hessian.MAX_BATCH", 5)
    parts = split_into_parts(examples.training)
    assert parts.x.shape == (3, 5, 4)
    assert float(parts.s.sum()) == 13
    found = gradient(network.params, parts, LAMBDA, KEY)
    np.testing.assert_allclose(ravel_pytree(found)[0], ravel_pytree(whole)[0], rtol=1e-12)


def test_the_largest_eigenvalues():
    network, examples, _ = objective("tanh")
    flat, tree = ravel_pytree(network.params)
    H = jax.jit(jax.hessian(lambda flat: plain_cost(network, examples, tree(flat))))(flat)
    eigenvalues = np.linalg.eigvalsh(H)
    expected = eigenvalues[np.argsort(-np.abs(eigenvalues))][:4]
    found = largest_eigenvalues(network, examples, 4, l2=LAMBDA * len(examples.training.x))
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    with pytest.raises(SettingError, match="0 eigenvalues: expected 1 to"):
        largest_eigenvalues(network, examples, 0)
