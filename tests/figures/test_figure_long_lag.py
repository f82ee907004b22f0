"""The lag at which an RNN no longer learns and an LSTM still does (theory F4)."""

import jax
import numpy as np
from small import SmallSources, check_figure

from gradus.figures import long_lag


def test_the_rnn_fails_at_a_length_at_which_the_lstm_still_learns() -> None:
    measurement = long_lag.measure(SmallSources(), lengths=(8, 40), steps=500, seeds=1)
    runs, _ = measurement.plot_data
    last = {key: curves[:, -1].max() / long_lag.BLIND for key, curves in runs.items()}
    assert measurement.claim_holds
    assert last["rnn", 40] > 0.5
    assert max(last["lstm", 40], last["lstm", 8], last["rnn", 8]) < 0.1
    assert abs(measurement.numbers["rnn_weights"] / measurement.numbers["lstm_weights"] - 1) < 0.1
    check_figure("long-lag", measurement)


def test_the_answer_is_the_sum_of_the_two_marked_numbers() -> None:
    x, y = map(np.asarray, long_lag.sequences(jax.random.key(0), 12))
    number, mark = x[..., 0], x[..., 1]
    for half in (mark[:, :6], mark[:, 6:]):
        assert (np.sort(half, axis=1) == [0, 0, 0, 0, 0, 1]).all()
    assert np.allclose(y[:, 0], [row[marked == 1].sum() for row, marked in zip(number, mark, strict=True)])
    assert abs(np.mean((y - 1) ** 2) - long_lag.BLIND) < 0.1
