"""Copies stay copies, to the bit, and learn less than units that differ (theory D5)."""

from small import SmallSources, looked_at

from gradus.figures import symmetry


def test_units_with_the_same_weights_stay_the_same_and_move_all_the_same() -> None:
    measured = symmetry.measure(SmallSources(), epochs=8)
    assert measured.claim
    assert not measured.table["zeros_apart"].any()
    assert not measured.table["ones_apart"].any()
    assert measured.table["zeros_moved"][-1] > 0.1
    assert measured.table["scaled_apart"].min() > 0.5
    assert measured.numbers["scaled_accuracy"] > measured.numbers["zeros_accuracy"] + 20
    looked_at("symmetry", measured)
