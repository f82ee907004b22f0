"""Local receptive fields and shared weights save parameters: the counts by hand (theory E2)."""

from small import SmallSources, looked_at

from gradus.figures import parameters


def test_the_counts_by_hand() -> None:
    measured = parameters.measure(SmallSources())
    assert measured.claim
    first, second, photograph = zip(*measured.table.values(), strict=True)
    # 28x28 with 5x5 gives 24x24 places of 20 maps; a kernel has 25 weights and a bias
    assert first[2:] == ((784 + 1) * 24 * 24 * 20, 24 * 24 * 20 * 26, 20 * 26)
    # 12x12x20 with 5x5 gives 8x8 places of 40 maps
    assert second[2:] == ((2880 + 1) * 8 * 8 * 40, 8 * 8 * 40 * 501, 40 * 501)
    # 224x224x3 with 7x7 and stride 2 gives 109x109 places of 64 maps
    assert photograph[2:] == ((150_528 + 1) * 109 * 109 * 64, 109 * 109 * 64 * 148, 64 * 148)
    assert measured.numbers["hidden"] == "100,000,100"
    looked_at("parameters", measured)
