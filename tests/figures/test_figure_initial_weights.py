"""Scaled weights learn faster than large ones (theory D5)."""

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import initial_weights


@pytest.mark.slow
def test_scaled_weights_learn_faster() -> None:
    measurement = initial_weights.measure(SmallSources(), epochs=4, seeds=2)
    runs, book = measurement.plot_data
    assert measurement.sentences == ("shows", "no_curve")
    assert book == {}
    # an epoch of so few images is too short for the first to tell them apart
    assert runs[30, "scaled"][:, -1].mean() > runs[30, "gaussian"][:, -1].mean() + 2
    check_figure("initial-weights", measurement)


def test_the_book_agrees_where_its_last_epochs_are_among_ours() -> None:
    runs = {(30, "scaled"): np.array([[90, 96.4], [91, 96.6]])}
    assert initial_weights.agrees(runs, {(30, "scaled"): np.array([80, 96.8])})
    assert not initial_weights.agrees(runs, {(30, "scaled"): np.array([90, 97.0])})
