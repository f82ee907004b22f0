"""The error of the last step fades geometrically on its way back, below gamma to the power of the lag (theory F1)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import time_gradient


@pytest.mark.slow
def test_errors_fade_slowest_in_an_lstm_and_stay_below_the_bound() -> None:
    measurement = time_gradient.measure(SmallSources(), lags=30, seeds=2)
    runs, mean = measurement.plot_data
    assert measurement.claim_holds
    assert max(mean["rnn"], mean["gru"]) < mean["lstm"] < mean["open"]
    for gamma in time_gradient.GAMMAS:
        assert (runs[gamma] <= 1.001 * gamma ** np.arange(31)).all()
    assert mean[2.0] < 1 < mean[8.0] < 4
    assert all((norms[:, 0] == 1).all() for norms in runs.values())
    check_figure("time-gradient", measurement)


def test_the_claim_falls_with_each_of_its_parts() -> None:
    lag = np.arange(31)
    factors = {"rnn": 0.6, "gru": 0.7, "lstm": 0.8, "open": 0.9, 0.5: 0.3, 1.0: 0.5, 2.0: 0.7, 4.0: 1.1, 8.0: 1.5}
    runs = {setting: np.array([factor**lag]) for setting, factor in factors.items()}
    assert time_gradient.claim_holds(runs, lag)
    for setting, factor in (("rnn", 0.85), ("gru", 0.85), ("lstm", 0.95), (0.5, 0.6), (2.0, 1.1), (8.0, 0.9)):
        assert not time_gradient.claim_holds(runs | {setting: np.array([factor**lag])}, lag)
    bent = np.array([np.where(lag < 10, 0.3**lag, 0.3**10.0 * 1.5 ** (lag - 10.0))])
    assert not time_gradient.claim_holds(runs | {"rnn": bent}, lag)


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm"])
def test_the_errors_are_the_derivatives_by_the_carry(name: str) -> None:
    layer = time_gradient.LAYERS[name]
    params, x, dh = time_gradient.layer_and_error(layer, 5, seed=0)
    errors = time_gradient.carry_errors(layer, params, x, dh)
    _, _, carry = layer.forward_from(params, x[:, :20], layer.initial_carry(params, len(x)))

    def cost(carry: tuple) -> jax.Array:
        return jnp.sum(dh * layer.forward_from(params, x[:, 20:], carry)[0][:, -1])

    for error, expected in zip(errors, jax.grad(cost)(carry), strict=True):
        assert np.asarray(error[20]) == pytest.approx(np.asarray(expected), rel=1e-3, abs=1e-6)


def test_a_small_w_h_leaves_its_norm_or_less() -> None:
    small, smaller = (time_gradient.norms_by_lag(3, gamma, seed=0)[1] for gamma in (2e-3, 1e-3))
    assert small / smaller == pytest.approx(2, rel=1e-3)  # dC/dh = W_h^T delta


def test_the_factor_of_a_geometric_sequence_is_its_ratio() -> None:
    norms = np.array([[0.5], [1.25]]) ** np.arange(12)
    assert time_gradient.factor(norms) == pytest.approx([0.5, 1.25])
    assert time_gradient.straightness(norms) == pytest.approx([1, -1])
