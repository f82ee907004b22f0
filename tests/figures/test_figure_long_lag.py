"""The lag at which an RNN no longer learns and an LSTM still does (theory F4)."""

import jax
import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import long_lag

FINAL_ERROR = {  # of BLIND, by network, length and learning rate
    ("rnn", 8, 0.001): 0.05, ("rnn", 8, 0.003): 0.03,
    ("rnn", 16, 0.001): 0.08, ("rnn", 16, 0.003): 0.4,
    ("rnn", 40, 0.001): 0.9, ("rnn", 40, 0.003): 0.7,
    ("lstm", 8, 0.01): 0.01, ("lstm", 16, 0.01): 0.02, ("lstm", 40, 0.01): 0.04,
}  # fmt: skip


@pytest.mark.slow
def test_the_rnn_fails_at_a_length_at_which_the_lstm_still_learns() -> None:
    measurement = long_lag.measure(SmallSources(), lengths=(8, 40), steps=500, seeds=1)
    runs, _ = measurement.plot_data
    last = {key: curves[:, -1].max() / long_lag.BLIND for key, curves in runs.items()}
    assert measurement.claim_holds
    assert last["rnn", 40] > 0.5
    assert max(last["lstm", 40], last["lstm", 8], last["rnn", 8]) < 0.1
    assert abs(measurement.numbers["rnn_weights"] / measurement.numbers["lstm_weights"] - 1) < 0.1
    check_figure("long-lag", measurement)


def test_every_length_counts_at_its_better_learning_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """With errors made up: those of all networks take too long for a test."""

    def train(steps: int, setting: tuple[str, int, float], seed: int) -> np.ndarray:
        return long_lag.BLIND * np.linspace(1, FINAL_ERROR[setting], steps // long_lag.AVERAGED)

    monkeypatch.setattr(long_lag, "train", train)
    measurement = long_lag.measure(SmallSources(), lengths=(8, 16, 40), steps=500, seeds=2)
    assert measurement.claim_holds
    assert measurement.numbers["bridged"] == 16
    assert measurement.numbers["rnn_short"] == pytest.approx(3)
    assert measurement.numbers["rnn_long"] == pytest.approx(70)
    assert measurement.numbers["lstm_long"] == pytest.approx(4)
    assert abs(measurement.numbers["rnn_weights"] / measurement.numbers["lstm_weights"] - 1) < 0.1
    assert list(measurement.table)[:3] == ["step", "lstm_8_eta0.01_seed0", "lstm_8_eta0.01_seed1"]
    assert "rnn_16_eta0.001_seed1" in measurement.table
    check_figure("long-lag", measurement)
    monkeypatch.setitem(FINAL_ERROR, ("rnn", 40, 0.001), 0.3)
    assert not long_lag.measure(SmallSources(), lengths=(8, 16, 40), steps=500, seeds=1).claim_holds


def test_an_lstm_learns_a_short_lag() -> None:
    errors = long_lag.train(400, ("lstm", 8, 0.01), seed=0)
    assert errors.shape == (4,)
    assert errors[-1] < 0.1 * long_lag.BLIND


def test_the_answer_is_the_sum_of_the_two_marked_numbers() -> None:
    x, y = map(np.asarray, long_lag.sequences(jax.random.key(0), 12))
    number, mark = x[..., 0], x[..., 1]
    for half in (mark[:, :6], mark[:, 6:]):
        assert (np.sort(half, axis=1) == [0, 0, 0, 0, 0, 1]).all()
    assert np.allclose(y[:, 0], [row[marked == 1].sum() for row, marked in zip(number, mark, strict=True)])
    assert abs(np.mean((y - 1) ** 2) - long_lag.BLIND) < 0.1
