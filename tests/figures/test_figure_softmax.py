"""Softmax outputs sum to 1, and the others make room for the one that grows (theory A4)."""

import pytest
from scipy.special import softmax as of_scipy
from small import SmallSources, looked_at

from gradus.figures import softmax


def test_the_outputs_are_a_distribution() -> None:
    measured = softmax.measure(SmallSources())
    assert measured.claim
    assert measured.table["sum"] == pytest.approx(1, abs=1e-6)
    z = [*softmax.Z[:3], measured.table["z4"][50]]
    assert [measured.table[f"a{j}"][50] for j in (1, 2, 3, 4)] == pytest.approx(of_scipy(z), rel=1e-5)
    assert measured.numbers["cold"] > measured.numbers["usual"] > measured.numbers["hot"] > 0.25
    looked_at("softmax", measured)
