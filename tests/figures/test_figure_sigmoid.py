"""The sigmoid passes at most a quarter of an error, and saturates (theory A5)."""

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import sigmoid


def test_the_sigmoid_saturates_and_relu_does_not() -> None:
    measurement = sigmoid.measure(SmallSources())
    assert measurement.claim_holds
    assert measurement.numbers["steepest"] == pytest.approx(0.25)
    # s (1 - s) = 1/80 at s = (1 - sqrt(0.95)) / 2, hence |z| = ln(s / (1 - s))
    s = (1 + np.sqrt(0.95)) / 2
    assert measurement.numbers["flat"] == pytest.approx(np.log(s / (1 - s)), abs=0.02)
    assert measurement.numbers["five_layers"] == pytest.approx(1 / 1024)
    check_figure("sigmoid", measurement)
