"""What units respond to: the hierarchy of a trained network, and gradient ascent against the formula (theory A2)."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize
from small import SmallSources, check_figure

from gradus.figures import concepts
from gradus.layers import Activation, Chain, Dense, DenseParams, Flatten


@pytest.mark.slow
def test_deeper_units_respond_to_fewer_digits_and_ascent_excites_them_more_than_any_image() -> None:
    measurement = concepts.measure(SmallSources(), epochs=12, seeds=2)
    numbers = measurement.numbers
    assert measurement.claim_holds
    assert numbers["first_after"] < numbers["second_after"] < numbers["last_after"]
    assert min(numbers[f"{name}_times"] for name in ("first", "second", "last")) > 1
    assert numbers["sure"] > 99
    assert numbers["far"] > 1
    shares, layers = measurement.plot_data
    assert shares["after"].shape == (2, 3)
    for units in layers:
        assert units.images.shape == (4, 9, 28, 28)
        assert units.inputs.min() >= 0
        assert units.inputs.max() <= 1
    check_figure("concepts", measurement)


def test_the_share_of_one_digit() -> None:
    """Three of four images of the first unit are a 7, two of four of the second are a 1: (75 + 50) / 2."""
    assert concepts.share_of_one_digit(np.array([[7, 7, 1, 7], [1, 1, 2, 3]])) == 62.5


@pytest.mark.parametrize(
    ("x", "length", "nearest"),
    [
        ((3, 4, -1), 1, (0.6, 0.8, 0)),
        ((0.3, 0.4, -1), 1, (0.3, 0.4, 0)),  # short enough
        ((9, 0.3, 0), 1.25, (1, 0.3, 0)),  # the first pixel can be no lighter
    ],
)
def test_projection_by_hand(x: tuple[float, ...], length: float, nearest: tuple[float, ...]) -> None:
    projected = concepts.project(jnp.array(x, float).reshape(1, 1, 3, 1), length)
    assert projected.ravel().tolist() == pytest.approx(nearest, abs=1e-5)


def test_projection_gives_the_nearest_image() -> None:
    x = np.random.default_rng(0).normal(1, 1, 6)
    outcome = minimize(
        lambda p: ((p - x) ** 2).sum(), np.full(6, 0.1), bounds=[(0, 1)] * 6,
        constraints={"type": "ineq", "fun": lambda p: 1.2**2 - (p**2).sum()},
    )  # fmt: skip
    assert concepts.project(jnp.array(x).reshape(1, 2, 3, 1), 1.2).ravel() == pytest.approx(outcome.x, abs=1e-3)


def test_ascent_finds_the_best_input_of_a_deep_unit() -> None:
    """Against a search over directions: two pixels on a quarter of a circle, through a layer of ReLUs."""
    chain = Chain((Flatten(), Dense(3), Activation("relu"), Dense(2)))
    draws = np.random.default_rng(3)
    params = (
        (),
        DenseParams(jnp.array(draws.uniform(0, 1, (3, 2))), jnp.zeros(3)),
        (),
        DenseParams(jnp.array(draws.uniform(0, 1, (2, 3))), jnp.zeros(2)),
    )
    angles = np.linspace(0, np.pi / 2, 2001)
    circle = 0.5 * np.stack([np.cos(angles), np.sin(angles)], axis=-1).reshape(-1, 1, 2, 1)
    best = np.asarray(chain.forward(params, jnp.array(circle))[0]).max(axis=0)
    start = jnp.full((2, 1, 2, 1), 0.3)
    inputs, z = concepts.ascend(chain, params, start, 0.5)
    assert z == pytest.approx(best, rel=1e-5)
    assert np.linalg.norm(np.asarray(inputs).reshape(2, 2), axis=1) == pytest.approx([0.5, 0.5], rel=1e-5)
