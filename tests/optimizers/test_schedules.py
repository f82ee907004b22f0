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


def test_coslog4_has_four_waves_each_twice_as_long_as_the_one_before():
    """It is 0 where 1 + 15 t is a power of 2, and 1 halfway between on the scale of log2."""
    rates = whole("coslog4", 15, 10)
    np.testing.assert_allclose(rates[[0, 10, 30, 70]], 0, atol=1e-12)
    tops = [10 * (2 ** (k + 0.5) - 1) for k in range(4)]  # 15 t = 2^(k + 1/2) - 1
    found = [start + rates[start:stop].argmax() for start, stop in ((0, 10), (10, 30), (30, 70), (70, 150))]
    np.testing.assert_allclose(found, tops, atol=0.5)
    assert rates.max() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_no_schedule_exceeds_eta_or_reaches_0_but_coslog4_between_its_waves(schedule: str):
    rates = whole(schedule, 7, 3)
    assert rates.max() <= 1
    assert rates[1:].min() > 0


def test_a_schedule_that_is_none():
    with pytest.raises(SettingError, match=r"unknown schedule 'cosinus' \(did you mean cosine\?\); choose one of con"):
        learning_rates("cosinus", 1.0, 1, 1, 1)
