"""Softmax outputs sum to 1, and the others make room for the one that grows (theory A4)."""

import pytest
from scipy.special import softmax as of_scipy
from small import SmallSources, check_figure

from gradus.figures import softmax


def test_the_outputs_are_a_distribution() -> None:
    measurement = softmax.measure(SmallSources())
    assert measurement.claim_holds
    assert measurement.table["sum"] == pytest.approx(1, abs=1e-6)
    z = [*softmax.Z[:3], measurement.table["z4"][50]]
    assert [measurement.table[f"a{j}"][50] for j in (1, 2, 3, 4)] == pytest.approx(of_scipy(z), rel=1e-5)
    assert measurement.numbers["cold"] > measurement.numbers["usual"] > measurement.numbers["hot"] > 0.25
    check_figure("softmax", measurement)
