"""Valid and same padding: the maps against SciPy, the pixels that are read by counting windows (theory E3)."""

import numpy as np
import pytest
from scipy.signal import correlate2d
from small import SmallSources, check_figure

from gradus.figures import Measurement, padding


@pytest.fixture(scope="module")
def measurement() -> Measurement:
    return padding.measure(SmallSources())


def test_the_maps_are_those_of_scipy_on_the_padded_image(measurement: Measurement) -> None:
    assert measurement.claim_holds
    image, boards = measurement.plot_data
    kernel = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
    for (_, stride), board in boards.items():
        everywhere = correlate2d(np.pad(image, board.pads), kernel, mode="valid")
        assert board.z == pytest.approx(everywhere[::stride, ::stride], abs=1e-5)
    check_figure("padding", measurement)


def test_the_zeros_and_the_sizes_by_hand(measurement: Measurement) -> None:
    """(14 - 3) / 2 leaves 1; same padding at stride 2 has 7 windows, which span 6 * 2 + 3 = 15 pixels."""
    _, boards = measurement.plot_data
    sizes = {"valid1": 12, "valid2": 6, "same1": 14, "same2": 7}
    assert {f"{name}{stride}": len(board.z) for (name, stride), board in boards.items()} == sizes
    assert [board.pads[0] for board in boards.values()] == [(0, 0), (0, 0), (1, 1), (0, 1)]
    assert measurement.numbers["left_out"] == 14 + 13
    assert (measurement.numbers["corner"], measurement.numbers["same_corner"]) == (1, 4)


def test_pixels_are_read_by_as_many_windows_as_lie_on_them(measurement: Measurement) -> None:
    image, boards = measurement.plot_data
    for (_, stride), board in boards.items():
        counts = np.zeros(np.add(image.shape, np.sum(board.pads, axis=1)), int)
        for row, column in np.ndindex(board.z.shape):
            counts[stride * row : stride * row + 3, stride * column : stride * column + 3] += 1
        top, left = board.pads[0][0], board.pads[1][0]
        assert np.array_equal(board.reads, counts[top : top + len(image), left : left + len(image)])


def test_zeros_around_white_paper_are_an_edge(measurement: Measurement) -> None:
    """Five of a corner's nine pixels are zeros, and so the eight ones of the paper outweigh them: 8 - 3 = 5."""
    _, boards = measurement.plot_data
    border = np.ones((12, 12), bool)
    border[1:-1, 1:-1] = False
    assert not boards["valid", 1].z[border].any()
    assert boards["same", 1].z[0, 0] == measurement.numbers["same_border"] == 5
