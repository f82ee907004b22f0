"""The deeper a network of sigmoids, the slower its first layer (theory G1)."""

import numpy as np
from small import SmallSources, looked_at

from gradus.figures import gradient_norms


def test_gradients_vanish_towards_the_input() -> None:
    measured = gradient_norms.measure(SmallSources(), epochs=20, examples=200, seeds=2, depths=(2, 4))
    runs, book = measured.drawn
    assert measured.claim
    assert book == {}
    assert measured.says == ("shows", "no_curve")
    slower = [(norms[:, 0, -1] / norms[:, 0, 0]).mean() for norms in runs.values()]
    assert slower[0] > 2
    assert np.all(np.diff(np.log(slower)) > 2 * np.log(2))  # two layers more make the first one far slower yet
    assert [norms.shape for norms in runs.values()] == [(2, 20, depth) for depth in (2, 4)]
    looked_at("gradient-norms", measured)


def test_the_book_agrees_within_a_factor_and_not_beyond() -> None:
    runs = np.ones((3, 4, 2)) * np.array([0.1, 1.0])
    assert gradient_norms.among(runs, runs[0] * 1.9)
    assert gradient_norms.among(runs, runs[0] / 1.9)
    assert not gradient_norms.among(runs, runs[0] * np.array([1.0, 2.1]))
    assert not gradient_norms.among(runs, runs[0] * np.array([0.4, 1.0]))
