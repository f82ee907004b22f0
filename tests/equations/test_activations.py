"""Activations: values and derivatives worked by hand, against SciPy, automatic and finite differences."""

import re
from math import e, log, pi, sqrt

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from referee import slope
from scipy import special, stats

from gradus.equations import ACTIVATIONS, activation, derivative, log_softmax, softmax
from gradus.errors import SettingError

pytestmark = pytest.mark.usefixtures("float64")

LARGEST = float(np.finfo(np.float32).max)

SELU_SCALE, SELU_BELOW = 1.0507009873554804934, 1.0507009873554804934 * 1.6732632423543772848
# name: rows of (z, f(z), f'(z)), worked by hand.
BY_HAND = {
    "linear": [(-3, -3, 1), (0, 0, 1), (2, 2, 1)],
    # 1/(1 + e^-ln 3) = 1/(1 + 1/3) = 3/4, and 3/4 (1 - 3/4) = 3/16; at 0 the slope is largest: 1/4
    "sigmoid": [(0, 1 / 2, 1 / 4), (log(3), 3 / 4, 3 / 16), (-log(3), 1 / 4, 3 / 16)],
    # tanh ln 2 = (2 - 1/2)/(2 + 1/2) = 3/5, and 1 - 9/25 = 16/25
    "tanh": [(0, 0, 1), (log(2), 3 / 5, 16 / 25), (-log(2), -3 / 5, 16 / 25)],
    # the rule at the kink: ReLU'(0) = 0
    "relu": [(-2, 0, 0), (0, 0, 0), (3, 3, 1)],
    # the rule at the kink: the slope below it, 0.01
    "leaky_relu": [(-2, -0.02, 0.01), (0, 0, 0.01), (3, 3, 1)],
    # e^(-ln 4) - 1 = -3/4 with slope e^(-ln 4) = 1/4; both slopes at 0 are 1
    "elu": [(-log(4), -3 / 4, 1 / 4), (0, 0, 1), (3, 3, 1)],
    # e^(-ln 4) - 1 = -3/4, times 1.0507 and 1.6733; the rule at the kink: the slope below it, their product
    "selu": [(-log(4), -3 / 4 * SELU_BELOW, SELU_BELOW / 4), (0, 0, SELU_BELOW), (2, 2 * SELU_SCALE, SELU_SCALE)],
    # ln(1 + e^0) = ln 2; ln(1 + 3) = 2 ln 2; the derivative is the sigmoid
    "softplus": [(0, log(2), 1 / 2), (log(3), 2 * log(2), 3 / 4), (-log(3), log(4 / 3), 1 / 4)],
    # z a with a = 3/4 at z = ln 3: 3/4 ln 3, slope a + z a (1 - a) = 3/4 + 3/16 ln 3
    "silu": [(0, 0, 1 / 2), (log(3), 3 / 4 * log(3), 3 / 4 + 3 / 16 * log(3))],
    # Phi(0) = 1/2; at 1, Phi = 0.8413447460685429 and the density is e^(-1/2)/sqrt(2 pi)
    "gelu": [(0, 0, 1 / 2), (1, 0.8413447460685429, 0.8413447460685429 + e**-0.5 / sqrt(2 * pi))],
    # tanh ln 2 = 3/5; tanh ln 4 = (4 - 1/4)/(4 + 1/4) = 15/17, and (1 - 225/289) 3/4 = 48/289
    "mish": [(0, 0, 3 / 5), (log(3), 15 / 17 * log(3), 15 / 17 + 48 / 289 * log(3))],
}

# The same functions and derivatives as SciPy and NumPy have them.
INDEPENDENT = {
    "linear": (lambda z: z, lambda z: 1 + 0 * z),
    "sigmoid": (special.expit, lambda z: stats.logistic.pdf(z)),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "relu": (lambda z: np.clip(z, 0, None), lambda z: np.heaviside(z, 0)),
    "leaky_relu": (lambda z: np.fmax(z, 0.01 * z), lambda z: 0.01 + 0.99 * np.heaviside(z, 0)),
    "elu": (lambda z: np.fmax(z, 0) + special.expm1(np.fmin(z, 0)), lambda z: np.fmin(1, np.exp(z))),
    "softplus": (lambda z: np.logaddexp(0, z), special.expit),
    "silu": (
        lambda z: z * special.expit(z),
        lambda z: special.expit(z) + z * stats.logistic.pdf(z),
    ),
    "gelu": (lambda z: z * special.ndtr(z), lambda z: special.ndtr(z) + z * stats.norm.pdf(z)),
    "selu": (
        lambda z: SELU_SCALE * np.fmax(z, 0) + SELU_BELOW * special.expm1(np.fmin(z, 0)),
        lambda z: np.where(z > 0, SELU_SCALE, SELU_BELOW * np.exp(np.fmin(z, 0))),
    ),
    "mish": (
        lambda z: z * np.tanh(np.logaddexp(0, z)),
        lambda z: np.tanh(np.logaddexp(0, z)) + z * special.expit(z) / np.cosh(np.logaddexp(0, z)) ** 2,
    ),
}

names = pytest.mark.parametrize("name", ACTIVATIONS)


def away_from_kinks() -> np.ndarray:
    return np.linspace(-4, 4, 80)  # an even number of points, so that none is 0


def test_every_activation_is_refereed() -> None:
    assert set(BY_HAND) == set(INDEPENDENT) == set(ACTIVATIONS)


@names
def test_by_hand(name: str) -> None:
    z, a, slopes = np.array(BY_HAND[name], dtype=float).T
    np.testing.assert_allclose(activation(name)(jnp.array(z)), a, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(derivative(name)(jnp.array(z)), slopes, rtol=1e-14, atol=1e-15)


@names
def test_against_scipy(name: str) -> None:
    z = np.linspace(-6, 6, 241)  # 0 included
    f, f_prime = INDEPENDENT[name]
    np.testing.assert_allclose(activation(name)(jnp.array(z)), f(z), rtol=1e-6, atol=1e-15)
    np.testing.assert_allclose(derivative(name)(jnp.array(z)), f_prime(z), rtol=1e-6, atol=1e-15)


@names
def test_value_in_float32(name: str) -> None:
    z = np.linspace(-30, 30, 1001, dtype=np.float32)
    f, f_prime = INDEPENDENT[name]
    np.testing.assert_allclose(activation(name)(jnp.array(z)), f(z.astype(float)), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(derivative(name)(jnp.array(z)), f_prime(z.astype(float)), rtol=1e-6, atol=2e-6)


@names
def test_derivative_against_automatic_differentiation(name: str) -> None:
    z = jnp.array(away_from_kinks())
    _, pullback = jax.vjp(activation(name), z)
    np.testing.assert_allclose(derivative(name)(z), pullback(jnp.ones_like(z))[0], rtol=1e-9, atol=1e-12)


@names
def test_derivative_against_finite_differences(name: str) -> None:
    z, f = jnp.array(away_from_kinks()), activation(name)
    np.testing.assert_allclose(derivative(name)(z), slope(lambda h: f(z + h)), rtol=1e-6, atol=1e-10)


@names
def test_finite_for_every_finite_z(name: str) -> None:
    largest = LARGEST / 1.06  # SELU's slope is 1.0507, so its value of LARGEST is no number of 32 bits
    z = jnp.array([-LARGEST, -1e4, -100, -0.0, 0, 100, 1e4, largest], dtype=jnp.float32)
    for f in (activation(name), derivative(name), jax.jit(activation(name)), jax.jit(derivative(name))):
        found = f(z)
        assert found.dtype == jnp.float32
        assert jnp.isfinite(found).all(), found


@names
def test_far_out(name: str) -> None:
    """At |z| = 1e4 every activation has reached its limit: nothing, a line, or a constant."""
    z = np.array([-1e4, 1e4])
    f, f_prime = INDEPENDENT[name]
    with np.errstate(over="ignore"):
        expected, slopes = f(z), f_prime(z)
    np.testing.assert_allclose(activation(name)(jnp.float32(z)), expected, rtol=1e-6)
    np.testing.assert_allclose(derivative(name)(jnp.float32(z)), slopes, rtol=1e-6)


def test_sigmoid_is_steepest_at_zero() -> None:
    """Where the sigmoid saturates, it learns slowly: f' is at most 1/4 (theory A5)."""
    slopes = derivative("sigmoid")(jnp.linspace(-10, 10, 2001))
    assert slopes.max() == slopes[1000] == 1 / 4
    assert slopes[0] < 5e-5
    assert slopes[-1] < 5e-5


def test_softmax_by_hand() -> None:
    # e^0, e^ln 2, e^ln 5 = 1, 2, 5, whose sum is 8; adding 7 to every z multiplies all by e^7 and changes nothing
    z = jnp.log(jnp.array([[1.0, 2, 5], [1, 1, 2]])) + jnp.array([[0.0], [7]])
    expected = [[1 / 8, 2 / 8, 5 / 8], [1 / 4, 1 / 4, 1 / 2]]
    np.testing.assert_allclose(softmax(z), expected, rtol=1e-14)
    np.testing.assert_allclose(log_softmax(z), np.log(expected), rtol=1e-14)


def test_softmax_is_a_probability_distribution() -> None:
    z = 10 * np.random.default_rng(0).standard_normal((4, 5, 7))
    a = softmax(jnp.array(z))
    np.testing.assert_allclose(a, special.softmax(z, axis=-1), rtol=1e-12)
    np.testing.assert_allclose(log_softmax(jnp.array(z)), special.log_softmax(z, axis=-1), rtol=1e-12)
    assert (a > 0).all()
    np.testing.assert_allclose(a.sum(axis=-1), 1, rtol=1e-14)


@pytest.mark.parametrize(
    ("z", "a"),
    [
        ([1e4, 0, -1e4], [1, 0, 0]),
        ([1e4, 1e4, -1e4, -1e4], [1 / 2, 1 / 2, 0, 0]),
        ([-1e4, -1e4], [1 / 2, 1 / 2]),
        ([LARGEST, -LARGEST], [1, 0]),
        ([-LARGEST, -LARGEST], [1 / 2, 1 / 2]),
        ([0, -np.inf, 0], [1 / 2, 0, 1 / 2]),  # a masked output
        ([-np.inf, -1e4, -np.inf], [0, 1, 0]),
        ([3], [1]),
    ],
)
def test_softmax_of_extremes(z: list[float], a: list[float]) -> None:
    found = softmax(jnp.array(z, dtype=jnp.float32))
    assert found.dtype == jnp.float32
    np.testing.assert_array_equal(found, np.array(a, dtype=np.float32))


@pytest.mark.parametrize("look_up", [activation, derivative])
def test_unknown_name(look_up) -> None:
    expected = (
        "unknown activation 'sigmiod' (did you mean sigmoid?); choose one of linear, sigmoid, tanh, relu, leaky_relu, "
        "elu, selu, softplus, silu, gelu, mish"
    )
    with pytest.raises(SettingError, match=f"^{re.escape(expected)}$"):
        look_up("sigmiod")
