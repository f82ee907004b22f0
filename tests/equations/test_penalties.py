"""Penalties: worked by hand, and their gradients against automatic and finite differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from referee import slope

from gradus.equations import l1, l1_gradient, l2, l2_gradient

pytestmark = pytest.mark.usefixtures("float64")


def test_l2_by_hand() -> None:
    # lambda = 5, n = 10, w = (1, -2, 3): 5/(2*10) (1 + 4 + 9) = 3.5, and the gradient is 5/10 w
    w = jnp.array([[1.0, -2, 3]])
    assert l2(w, 5 / 10) == 3.5
    np.testing.assert_array_equal(l2_gradient(w, 5 / 10), [[0.5, -1, 1.5]])


@pytest.mark.parametrize("shape", [(1,), (3, 5), (3, 3, 2, 4)], ids=str)
@pytest.mark.parametrize("lambda_over_n", [0.0, 1e-4, 0.7, 30.0])
def test_l2_gradient_is_the_derivative(shape: tuple[int, ...], lambda_over_n: float) -> None:
    rng = np.random.default_rng(0)
    w, direction = jnp.array(rng.standard_normal(shape)), jnp.array(rng.standard_normal(shape))
    gradient = l2_gradient(w, lambda_over_n)
    np.testing.assert_allclose(gradient, jax.grad(l2)(w, lambda_over_n), rtol=1e-14)
    finite = slope(lambda h: l2(w + h * direction, lambda_over_n))
    np.testing.assert_allclose((gradient * direction).sum(), finite, rtol=1e-6, atol=1e-10)


def test_a_step_on_l2_is_weight_decay() -> None:
    """w - eta (lambda/n) w = (1 - eta lambda/n) w (theory D1)."""
    w, eta, lambda_over_n = jnp.array([4.0, -8]), 0.5, 0.25
    np.testing.assert_array_equal(w - eta * l2_gradient(w, lambda_over_n), 0.875 * w)


def test_l1_by_hand() -> None:
    # lambda = 5, n = 10, w = (1, -2, 0): 5/10 (1 + 2 + 0) = 1.5, and the gradient is 5/10 sign(w), 0 at 0
    w = jnp.array([[1.0, -2, 0]])
    assert l1(w, 5 / 10) == 1.5
    np.testing.assert_array_equal(l1_gradient(w, 5 / 10), [[0.5, -0.5, 0]])


def test_l1_gradient_is_the_derivative() -> None:
    rng = np.random.default_rng(0)
    w, direction = jnp.array(rng.standard_normal((3, 5)) + 2), jnp.array(rng.standard_normal((3, 5)))
    gradient = l1_gradient(w, 0.7)
    np.testing.assert_allclose(gradient, jax.grad(l1)(w, 0.7), rtol=1e-14)
    finite = slope(lambda h: l1(w + h * direction, 0.7))
    np.testing.assert_allclose((gradient * direction).sum(), finite, rtol=1e-6, atol=1e-10)
