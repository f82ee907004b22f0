"""Size normalisation, worked by hand: on 20x32 pixels of ink nothing is scaled, and the blocks can be counted."""

import numpy as np

from gradus.images.normalization import to_digits


def frame(pen: int) -> np.ndarray:
    """A 0 with corners, as large as NIST's box of 20x32 pixels, its strokes `pen` pixels wide."""
    ink = np.ones((32, 20))
    ink[pen:-pen, pen:-pen] = 0
    return ink


def test_the_ink_in_blocks_of_4x4_pixels_is_counted():
    # 276 pixels, neither thin nor bold, in columns 6 to 25 of 32; the strokes are rows 0 to 2 and columns 6 to 8, ...
    digit = to_digits(frame(3))
    assert (digit.shape, digit.dtype) == ((8, 8), np.uint8)
    # columns 6 and 7, 4 rows each; then 4 columns of 3 rows, and a 4th pixel in column 8
    assert digit[0].tolist() == digit[7].tolist() == [0, 8, 13, 12, 12, 13, 8, 0]
    # columns 6 and 7, and column 8, 4 rows each
    assert (digit[1:7] == [0, 8, 4, 0, 0, 4, 8, 0]).all()


def test_thin_strokes_become_thicker_and_bold_ones_thinner():
    # 192 pixels: columns 6 and 7 become 5 to 8
    assert to_digits(frame(2))[3].tolist() == [0, 12, 4, 0, 0, 4, 12, 0]
    # 100 pixels: column 6 becomes 4 to 8
    assert to_digits(frame(1))[3].tolist() == [0, 16, 4, 0, 0, 4, 16, 0]
    # 456 pixels: columns 6 to 11 become 7 to 10
    assert to_digits(frame(6))[3].tolist() == [0, 4, 12, 0, 0, 12, 4, 0]
    # 640 pixels: columns 6 to 25 become 8 to 23
    assert to_digits(frame(10))[3].tolist() == [0, 0, 16, 16, 16, 16, 0, 0]


def test_proportions_are_not_kept():
    assert (to_digits(np.kron(frame(3), np.ones((2, 3)))) == to_digits(frame(3))).all()


def test_the_left_ends_of_the_first_and_last_rows_stand_one_above_the_other():
    # a stroke of 9x32 = 288 pixels whose left end goes from column 11 to column 0 of its box of 20 pixels
    left = np.round(11 * (31 - np.arange(32)) / 31).astype(int)
    columns = np.arange(20)
    ink = ((columns >= left[:, None]) & (columns < left[:, None] + 9)).astype(float)
    # upright, it is 9 columns wide; in the middle, row 16, its left end was column 6 + 5 of 32 and stays there
    digit = to_digits(ink)
    assert (digit[:, 3:5] == 16).all()
    assert not digit[:, [0, 1, 6, 7]].any()
    assert (np.abs(digit[:, 2].astype(int) - 4) <= 4).all()


def test_a_dot_and_a_dash_are_digits_too():
    for ink in (np.ones((1, 1)), np.ones((1, 50)), np.ones((50, 1)), np.eye(3)):
        assert to_digits(ink).any()


def test_a_scribble_of_thin_strokes_is_not_thinned_to_nothing():
    """Every second row of 20 pixels has ink: 320 pixels; with columns between, more than a bold digit has."""
    ink = np.zeros((32, 20))
    ink[::2] = 1
    ink[:, ::3] = 1
    assert to_digits(ink).sum() > 0
