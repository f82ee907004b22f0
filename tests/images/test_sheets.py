"""Photographs of handwriting: one digit remains one, and several on a sheet are each boxed and read."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from sheets import SHEETS, draw_sheet, places
from test_backgrounds import similarity
from test_drawn_digits import STROKES
from test_images import MNIST, SHARED, seven

import gradus
from gradus.data import Dataset, load
from gradus.errors import DataError
from gradus.images import Digit, read_digit, read_digits

each_sheet = pytest.mark.parametrize("name", SHEETS)


def draw_strokes(numbers: dict[tuple[int, int], int], height: int, size: tuple[int, int], pen: int = 7) -> Image.Image:
    """Digits in black on white, drawn stroke by stroke at the places (left, top)."""
    image = Image.new("L", size, 255)
    for (left, top), number in numbers.items():
        for stroke in STROKES[number]:
            points = [(left + height * x, top + height * y) for x, y in stroke]
            ImageDraw.Draw(image).line(points, fill=0, width=pen, joint="curve")
    return image


def read(image: Image.Image, folder: Path, shape: tuple[int, ...] = MNIST) -> list[Digit]:
    image.save(folder / "sheet.png")
    return read_digits(folder / "sheet.png", shape)


@each_sheet
def test_every_digit_has_its_box(name: str, tmp_path: Path):
    sheet, (x, y) = SHEETS[name], load("digits").test
    numbers = np.flatnonzero(np.isin(y, (0, 3, 6)))[: sheet.rows * sheet.columns]
    digits = read(draw_sheet(sheet, [x[i][..., 0] / 16 for i in numbers], np.random.default_rng(1)), tmp_path)
    assert len(digits) == len(numbers)
    for digit, (top, left) in zip(digits, places(sheet, np.random.default_rng(1)), strict=True):
        x0, y0, x1, y1 = digit.box
        assert left <= x0 < x1 <= left + sheet.size
        assert top <= y0 < y1 <= top + sheet.size
        assert max(x1 - x0, y1 - y0) > sheet.size / 2


def test_boxes_are_in_pixels_of_a_large_photograph_upright(tmp_path: Path):
    small = draw_strokes({(60, 40): 3, (260, 50): 5}, 150, (450, 240))
    large = small.resize((1800, 960))
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: to be turned clockwise by 90 degrees
    large.rotate(90, expand=True).save(tmp_path / "side.jpg", exif=exif, quality=95)
    boxes = [digit.box for digit in read_digits(tmp_path / "side.jpg", MNIST)]
    expected = [tuple(4 * side for side in digit.box) for digit in read(small, tmp_path)]
    assert np.abs(np.subtract(boxes, expected)).max() <= 12


def test_digits_are_read_line_by_line_though_the_lines_rise(tmp_path: Path):
    at = {
        (60 + 90 * column, 130 + 170 * row - 20 * column): 3 * row + column for row in range(3) for column in range(5)
    }
    image = draw_strokes({place: number % 10 for place, number in at.items()}, 70, (560, 640))
    middles = [((left + right) / 2, (top + bottom) / 2) for left, top, right, bottom in
               (digit.box for digit in read(image, tmp_path))]  # fmt: skip
    expected = [(left + 21, top + 35) for left, top in at]
    assert np.abs(np.subtract(middles, expected)).max() < 25


def test_a_digit_of_a_sheet_is_seen_as_it_is_alone(tmp_path: Path):
    pair = read(draw_strokes({(60, 40): 3, (260, 50): 5}, 150, (450, 240)), tmp_path)
    alone = [draw_strokes({(60, 40): number}, 150, (300, 240)) for number in (3, 5)]
    for digit, image in zip(pair, alone, strict=True):
        (one,) = read(image, tmp_path)
        assert np.abs(digit.x.astype(float) - one.x).mean() < 4


def five_with_its_bar_apart() -> Image.Image:
    image = Image.new("L", (300, 300), 255)
    draw = ImageDraw.Draw(image)
    draw.line([(120, 75), (115, 140)], fill=0, width=12)
    draw.arc((90, 130, 190, 240), -120, 150, fill=0, width=12)
    draw.line([(140, 60), (200, 58)], fill=0, width=12)
    return image


def open_four() -> Image.Image:
    image = Image.new("L", (300, 300), 255)
    draw = ImageDraw.Draw(image)
    draw.line([(110, 60), (95, 150), (170, 150)], fill=0, width=10, joint="curve")
    draw.line([(185, 90), (180, 240)], fill=0, width=10)
    return image


def halves_of_an_eight() -> Image.Image:
    image = Image.new("L", (300, 300), 255)
    for top in (50, 150):
        ImageDraw.Draw(image).ellipse((110, top, 190, top + 80), outline=0, width=10)
    return image


def with_marks(*boxes: tuple[int, int, int, int]) -> Image.Image:
    image = seven()
    for box in boxes:
        ImageDraw.Draw(image).rectangle(box, fill="black")
    return image


ONE = {
    "a 5 with its bar apart": five_with_its_bar_apart(),
    "an open 4": open_four(),
    "the halves of an 8": halves_of_an_eight(),
    "specks": with_marks((10, 10, 14, 14), (180, 170, 186, 176), (20, 150, 26, 153)),
    "a line below": with_marks((10, 180, 190, 184)),
    "a full stop": with_marks((120, 140, 128, 148)),
    "a dark table": with_marks((0, 0, 20, 200)),
    "a corner": with_marks((160, 0, 200, 90)),
}


@pytest.mark.parametrize("name", ONE)
def test_one_digit_remains_one(name: str, tmp_path: Path):
    (digit,) = read(ONE[name], tmp_path)
    np.testing.assert_array_equal(digit.x, read_digit(tmp_path / "sheet.png", MNIST))


@pytest.mark.parametrize("name", ["a dark table", "a corner"])
def test_what_reaches_the_edge_is_no_ink(name: str, tmp_path: Path):
    (digit,), (alone,) = read(ONE[name], tmp_path), read(seven(), tmp_path)
    assert np.abs(digit.x.astype(float) - alone.x).mean() < 3


@pytest.mark.parametrize("slope", [0.0, 0.03, -0.05])
@pytest.mark.parametrize("squared", [False, True])
def test_dark_lines_are_no_ink(slope: float, squared: bool, tmp_path: Path):
    image, bare = (seven(ink=(30, 30, 60)) for _ in range(2))
    lines = Image.new("L", image.size, 0)
    draw = ImageDraw.Draw(lines)
    for start in range(-40, 240, 30):
        draw.line((0, start, 200, start + 200 * slope), fill=255, width=2)
        if squared:
            draw.line((start, 0, start - 200 * slope, 200), fill=255, width=2)
    image.paste(Image.composite(Image.new("RGB", image.size, (90, 110, 180)), image, lines))
    ruled = Image.fromarray(np.minimum(np.asarray(image), np.asarray(bare)))
    (digit,), (expected,) = read(ruled, tmp_path), read(bare, tmp_path)
    assert similarity(digit.x.astype(float), expected.x.astype(float)) > 0.9


def test_paper_with_nothing_but_lines_is_refused(tmp_path: Path):
    image = Image.new("L", (200, 160), 240)
    for top in range(20, 160, 25):
        ImageDraw.Draw(image).line((0, top, 200, top), fill=90, width=2)
    with pytest.raises(DataError, match=r"sheet.png: shows nothing; expected a digit that stands out"):
        read(image, tmp_path)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 9), (3, 40), (7, 5)])
def test_a_picture_of_a_few_pixels_is_read_or_refused(size: tuple[int, int], tmp_path: Path):
    values = np.random.default_rng(0).integers(0, 256, size[::-1]).astype(np.uint8)
    with contextlib.suppress(DataError):
        assert read(Image.fromarray(values), tmp_path)


def share_read(data: Dataset, full: float, folder: Path, **settings: str | int) -> tuple[float, float]:
    """The share of digits, and of pictures with all their digits, that a network reads of 72 photographs.

    Of a picture in which another number of digits is found, none counts as read.
    """
    model, _ = gradus.train(data, **settings)
    rng = np.random.default_rng(0)
    order = iter(np.random.default_rng(1).permutation(len(data.test.x)))
    right = []
    for sheet in SHEETS.values():
        for _ in range(4):
            numbers = [next(order) for _ in range(sheet.rows * sheet.columns)]
            image = draw_sheet(sheet, [data.test.x[i][..., 0] / full for i in numbers], rng)
            digits = read(image, folder, data.in_shape)
            same = len(digits) == len(numbers)
            answers = model.predict(np.stack([digit.x for digit in digits])) if same else -1
            right.append(answers == data.test.y[numbers])
    assert len(right) >= 60
    return float(np.concatenate(right).mean()), float(np.mean([all(answers) for answers in right]))


@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / "mnist").is_dir(), reason="needs the four MNIST files in ../shared/data")
def test_a_network_of_mnist_reads_photographs_of_strangers_digits(tmp_path: Path):
    digits, _ = share_read(load("mnist", SHARED), 255, tmp_path, epochs=1)
    assert digits >= 0.95


@pytest.mark.slow
def test_a_network_of_small_digits_reads_photographs(tmp_path: Path):
    augmentation = "rotate10 scale0.1 elastic0.5-smooth2"
    digits, pictures = share_read(
        load("digits"), 16, tmp_path, epochs=100, schedule="cosine", augmentation=augmentation
    )
    assert digits >= 0.85
    assert pictures >= 0.75
