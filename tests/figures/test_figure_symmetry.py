"""Neurons that begin alike stay alike to the bit, and random ones do not (theory D5)."""

from small import SmallSources, looked_at

from gradus.figures import symmetry


def test_zero_weights_stay_symmetric() -> None:
    measured = symmetry.measure(SmallSources(), epochs=5, seeds=2)
    assert measured.claim
    runs = measured.drawn
    assert runs["zeros"][..., 0].max() == runs["ones"][..., 0].max() == 0
    assert (runs["scaled"][..., 0] > 0.1).all()
    assert measured.numbers["scaled"] > 2 * measured.numbers["zeros"]
    looked_at("symmetry", measured)
