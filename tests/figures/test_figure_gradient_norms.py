"""The deeper a network of sigmoids, the slower its first layer (theory G1)."""

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import gradient_norms


@pytest.mark.slow
def test_gradients_vanish_towards_the_input() -> None:
    measurement = gradient_norms.measure(SmallSources(), epochs=20, examples=200, seeds=2, depths=(2, 4))
    runs, book = measurement.plot_data
    assert measurement.claim_holds
    assert book == {}
    assert measurement.sentences == ("shows", "no_curve")
    slower = [(norms[:, -1, 0] / norms[:, 0, 0]).mean() for norms in runs.values()]
    assert slower[0] > 2
    assert np.all(np.diff(np.log(slower)) > 2 * np.log(2))  # two layers more make the first one far slower yet
    assert [norms.shape for norms in runs.values()] == [(2, depth, 20) for depth in (2, 4)]
    check_figure("gradient-norms", measurement)


def test_the_book_agrees_within_a_factor_and_not_beyond() -> None:
    runs = np.ones((3, 2, 4)) * np.array([[0.1], [1.0]])
    assert gradient_norms.lies_among(runs, runs[0] * 1.9)
    assert gradient_norms.lies_among(runs, runs[0] / 1.9)
    assert not gradient_norms.lies_among(runs, runs[0] * np.array([[1.0], [2.1]]))
    assert not gradient_norms.lies_among(runs, runs[0] * np.array([[0.4], [1.0]]))
