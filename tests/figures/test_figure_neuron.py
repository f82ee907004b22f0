"""The plateau of the quadratic cost, and that the cross-entropy has none (theory B5)."""

import pytest
from small import SmallSources, check_figure

from gradus.figures import neuron


def test_the_quadratic_start_at_2_2_has_a_plateau_and_cross_entropy_none() -> None:
    measurement = neuron.measure(SmallSources())
    assert measurement.claim_holds
    # shared tables of the theory, to four decimals (tests/test_single_neuron.py has them all)
    assert measurement.numbers["quadratic_middle"] == pytest.approx(0.9334, abs=5e-5)
    assert measurement.numbers["entropy_fifty"] == pytest.approx(0.0985, abs=5e-5)
    assert measurement.numbers["slow_end"] == pytest.approx(0.7796, abs=5e-5)
    plateau = measurement.table["hard_quadratic_cost"][:150]
    assert plateau.min() > 0.9 * plateau[0]
    assert measurement.table["hard_entropy_cost"][20] < 0.2 * measurement.table["hard_entropy_cost"][0]
    check_figure("neuron", measurement)
