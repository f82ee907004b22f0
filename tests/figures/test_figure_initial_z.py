"""The spread of z before training follows from the sum of the variances (theory D5)."""

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import initial_z


@pytest.mark.slow
def test_the_spread_of_z_is_that_of_the_theory() -> None:
    measurement = initial_z.measure(SmallSources(), units=10_000, images=200)
    assert measurement.claim_holds
    # Nielsen, chapter 3: sqrt(501) and sqrt(3/2)
    assert measurement.numbers["gaussian_halves"] == pytest.approx(22.4, rel=0.03)
    assert measurement.numbers["book_halves"] == pytest.approx(1.22, rel=0.03)
    assert measurement.numbers["scaled_halves"] == pytest.approx(0.707, rel=0.03)
    widths = np.diff(measurement.table["z"])[0]
    assert measurement.table["scaled_images"].sum() * widths == pytest.approx(1)
    check_figure("initial-z", measurement)
