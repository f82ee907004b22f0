"""Local receptive fields and shared weights save parameters: the counts by hand (theory E2)."""

from small import SmallSources, check_figure

from gradus.figures import parameters


def test_the_counts_by_hand() -> None:
    measurement = parameters.measure(SmallSources())
    assert measurement.claim_holds
    first, second, photograph, alexnet = zip(*measurement.table.values(), strict=True)
    # 28x28 with 5x5 gives 24x24 places of 20 maps; a kernel has 25 weights and a bias
    assert first[2:] == ((784 + 1) * 24 * 24 * 20, 24 * 24 * 20 * 26, 20 * 26)
    # 12x12x20 with 5x5 gives 8x8 places of 40 maps
    assert second[2:] == ((2880 + 1) * 8 * 8 * 40, 8 * 8 * 40 * 501, 40 * 501)
    # 224x224x3 with 7x7 and stride 2 gives 109x109 places of 64 maps
    assert photograph[2:] == ((150_528 + 1) * 109 * 109 * 64, 109 * 109 * 64 * 148, 64 * 148)
    # 227x227x3 with 11x11 and stride 4 gives 55x55 places of 96 maps: the numbers of cs231n
    assert alexnet[2:] == ((154_587 + 1) * 55 * 55 * 96, 105_705_600, 34_944)
    assert (measurement.numbers["alexnet_local"], measurement.numbers["alexnet"]) == ("105,705,600", "34,944")
    assert measurement.numbers["alexnet_places"] == "3,025"
    assert measurement.numbers["hidden"] == "100,000,100"
    check_figure("parameters", measurement)
