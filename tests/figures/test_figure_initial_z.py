"""The spread of z before training is what the variances add up to (theory D5)."""

import numpy as np
import pytest
from small import SmallSources, looked_at

from gradus.figures import initial_z


def test_the_spread_of_z_is_that_of_the_theory() -> None:
    measured = initial_z.measure(SmallSources(), images=200)
    assert measured.claim
    # Nielsen, chapter 3: sqrt(501) and sqrt(3/2)
    assert measured.numbers["gaussian_halves"] == pytest.approx(22.4, rel=0.03)
    assert measured.numbers["book_halves"] == pytest.approx(1.22, rel=0.03)
    assert measured.numbers["scaled_halves"] == pytest.approx(0.707, rel=0.03)
    widths = np.diff(measured.table["z"])[0]
    assert measured.table["scaled_images"].sum() * widths == pytest.approx(1)
    looked_at("initial-z", measured)
