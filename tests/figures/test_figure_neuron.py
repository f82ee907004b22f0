"""The plateau of the quadratic cost, and that the cross-entropy has none (theory B5)."""

import pytest
from small import SmallSources, looked_at

from gradus.figures import neuron


def test_the_quadratic_start_at_2_2_has_a_plateau_and_cross_entropy_none() -> None:
    measured = neuron.measure(SmallSources())
    assert measured.claim
    # shared tables of the theory, to four decimals (tests/test_single_neuron.py has them all)
    assert measured.numbers["quadratic_middle"] == pytest.approx(0.9334, abs=5e-5)
    assert measured.numbers["entropy_fifty"] == pytest.approx(0.0985, abs=5e-5)
    assert measured.numbers["slow_end"] == pytest.approx(0.7796, abs=5e-5)
    plateau = measured.table["hard_quadratic_cost"][:150]
    assert plateau.min() > 0.9 * plateau[0]
    assert measured.table["hard_entropy_cost"][20] < 0.2 * measured.table["hard_entropy_cost"][0]
    looked_at("neuron", measured)
