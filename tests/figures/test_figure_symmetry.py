"""Copies stay copies, to the bit, and learn less than units that differ (theory D5)."""

from small import SmallSources, check_figure

from gradus.figures import symmetry


def test_units_with_the_same_weights_stay_the_same_and_move_all_the_same() -> None:
    measurement = symmetry.measure(SmallSources(), epochs=8)
    assert measurement.claim_holds
    assert not measurement.table["zeros_apart"].any()
    assert not measurement.table["ones_apart"].any()
    assert measurement.table["zeros_moved"][-1] > 0.1
    assert measurement.table["scaled_apart"].min() > 0.5
    assert measurement.numbers["scaled_accuracy"] > measurement.numbers["zeros_accuracy"] + 20
    check_figure("symmetry", measurement)
