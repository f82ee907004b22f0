"""Schedules of the learning rate, by hand and against optax's."""

import numpy as np
import optax
import pytest

from gradus.errors import SettingError
from gradus.optimizers import SCHEDULES, learning_rates


def whole(schedule: str, epochs: int, steps: int) -> np.ndarray:
    """eta = 1 of every step of a training, epoch after epoch."""
    return np.concatenate([learning_rates(schedule, 1.0, epoch, epochs, steps) for epoch in range(1, epochs + 1)])


def test_by_hand():
    np.testing.assert_allclose(learning_rates("linear", 0.4, 1, 1, 4), [0.4, 0.3, 0.2, 0.1])
    np.testing.assert_allclose(learning_rates("linear", 0.4, 2, 2, 2), [0.2, 0.1])
    np.testing.assert_allclose(learning_rates("step", 1.0, 1, 1, 4), [1, 1, 0.1, 0.01])
    np.testing.assert_allclose(learning_rates("cosine", 2.0, 1, 1, 2), [2, 1])
    # a twentieth of 40 steps is 2: half of the way up after the first, all of it after the second
    np.testing.assert_allclose(learning_rates("warm-up", 1.0, 1, 1, 40)[:4], [0.01, 0.505, 1, 1])


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", optax.constant_schedule(1.0)),
        ("linear", optax.linear_schedule(1.0, 0.0, 30)),
        ("cosine", optax.cosine_decay_schedule(1.0, 30)),
        ("step", optax.piecewise_constant_schedule(1.0, {15: 0.1, 23: 0.1})),
    ],
)
def test_as_optax_has_them(schedule: str, expected):
    np.testing.assert_allclose(whole(schedule, 3, 10), [expected(step) for step in range(30)], rtol=1e-6, atol=1e-7)


def test_one_cycle_rises_to_eta_at_three_tenths_and_falls_to_a_ten_thousandth():
    rates = whole("one-cycle", 10, 10)
    assert rates[0] == pytest.approx(1 / 25)
    assert rates.argmax() == 30
    assert rates.max() == pytest.approx(1)
    assert rates[15] == pytest.approx((1 / 25 + 1) / 2)  # halfway up
    assert np.all(np.diff(rates[:31]) > 0)
    assert np.all(np.diff(rates[30:]) < 0)
    assert 1e-4 < rates[-1] < 1e-3


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_no_schedule_exceeds_eta_or_reaches_0(schedule: str):
    rates = whole(schedule, 7, 3)
    assert rates.max() <= 1
    assert rates.min() > 0


def test_a_schedule_that_is_none():
    with pytest.raises(SettingError, match=r"unknown schedule 'cosinus' \(did you mean cosine\?\); choose one of con"):
        learning_rates("cosinus", 1.0, 1, 1, 1)
