"""A rate that leaps, one that closes in, one that creeps (theory D6)."""

import numpy as np
from small import SmallSources, check_figure

from gradus.figures import learning_rate


def test_a_large_rate_leaps_and_a_small_one_creeps() -> None:
    measurement = learning_rate.measure(SmallSources(), epochs=12, seeds=2)
    runs, book = measurement.plot_data
    assert measurement.claim_holds
    assert book == {}
    assert measurement.sentences == ("shows", "no_curve")
    assert (np.diff(runs[2.5], axis=1) > 0).any(axis=1).all()
    assert (np.diff(runs[0.025], axis=1) < 0).all()
    check_figure("learning-rate", measurement)
