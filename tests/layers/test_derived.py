"""A layer of a user's own, without a backward pass: alone, and in a network."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from referee import normal

from gradus.equations import LogLikelihood
from gradus.layers import Activation, AutodiffLayer, Chain, Dense, Shape
from gradus.network import Network, backprop

pytestmark = pytest.mark.usefixtures("float64")


@dataclass(frozen=True)
class Scale(AutodiffLayer):
    """y = c x^p, with a c learned for each input: a layer that gives no backward pass."""

    power: int = 3

    def init(self, key: jax.Array, in_shape: Shape) -> tuple[jax.Array, tuple, Shape]:
        return jnp.ones(in_shape), (), in_shape

    def output(self, params: jax.Array, x: jax.Array, key: jax.Array | None = None) -> jax.Array:
        return params * x**self.power


def test_a_users_layer_by_hand() -> None:
    # y = 5 * 2^3 = 40; dy = 10: dc = 10 * 2^3 = 80, dx = 10 * 5 * 3 * 2^2 = 600
    layer, c = Scale(), jnp.array([5.0])
    y, cache = layer.forward(c, jnp.array([[2.0]]))
    dx, dc = layer.backward(c, cache, jnp.array([[10.0]]))
    assert (y, dx, dc) == (40, 600, 80)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.slow
def test_a_users_layer_in_a_chain(compiled: bool) -> None:
    chain = Chain((Dense(4), Scale(), Activation("tanh"), Dense(3)))
    network = Network.create(chain, LogLikelihood(), (2,))
    x, y = normal(np.random.default_rng(0), (5, 2)), jnp.eye(3)[jnp.array([0, 1, 2, 1, 0])]
    run = jax.jit(backprop, static_argnums=(0, 1)) if compiled else backprop
    C, gradients, *_ = run(chain, network.cost, network.params, x, y)
    cost_of = lambda params: network.cost(chain.forward(params, x)[0], y)[0]  # noqa: E731
    expected_C, expected = jax.value_and_grad(cost_of)(network.params)
    np.testing.assert_allclose(C, expected_C, rtol=1e-12)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12), gradients, expected)
    assert network.predict(x).shape == (5, 3)
    assert "scale" in network.summary()


@dataclass(frozen=True)
class Noise(AutodiffLayer):
    """A user's layer with a key."""

    def output(self, params: tuple, x: jax.Array, key: jax.Array | None = None) -> jax.Array:
        return x if key is None else x * jax.random.normal(key, x.shape)


def test_a_chain_gives_each_layer_a_key_of_its_own() -> None:
    chain, x, key = Chain((Noise(), Noise())), jnp.ones((3, 4)), jax.random.key(0)
    y, cache = chain.forward(((), ()), x, key)
    once, _ = Chain((Noise(),)).forward(((),), x, key)
    assert (abs(y - once**2) > 1e-6).all()  # two equal draws would multiply to a square
    np.testing.assert_array_equal(chain.forward(((), ()), x, key)[0], y)
    dx, _ = chain.backward(((), ()), cache, jnp.ones_like(y))
    np.testing.assert_allclose(dx, y, rtol=1e-12)  # y = n2 n1 x, at x = 1
    np.testing.assert_array_equal(chain.infer(((), ()), ((), ()), x), x)
