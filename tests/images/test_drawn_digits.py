"""README's flow for a person's own digit: train on the digits of scikit-learn, then read digits drawn with a pen."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import gradus
from gradus.images import read_digit

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def arc(x: float, y: float, width: float, height: float, start: float, stop: float) -> list[tuple[float, float]]:
    """Points on an ellipse about x, y; angles in degrees from the right, clockwise."""
    angles = np.radians(np.linspace(start, stop, 30))
    return list(zip(x + width * np.cos(angles), y + height * np.sin(angles), strict=True))


# Each digit as it is drawn, stroke by stroke, in a box of 0.6 x 1.
STROKES = {
    0: [arc(0.3, 0.5, 0.3, 0.5, -90, 270)],
    1: [[(0.3, 0), (0.3, 1)]],
    2: [[*arc(0.3, 0.27, 0.28, 0.27, -170, 30), (0.02, 1), (0.6, 1)]],
    3: [arc(0.28, 0.25, 0.27, 0.25, -160, 90) + arc(0.28, 0.75, 0.3, 0.25, -90, 160)],
    4: [[(0.4, 0), (0.02, 0.65), (0.6, 0.65)], [(0.42, 0.35), (0.42, 1)]],
    5: [[(0.55, 0), (0.1, 0), (0.07, 0.45), *arc(0.27, 0.68, 0.3, 0.32, -120, 150)]],
    6: [[(0.45, 0), (0.15, 0.4), *arc(0.3, 0.72, 0.28, 0.28, -170, 190)]],
    7: [[(0.02, 0), (0.58, 0), (0.22, 1)]],
    8: [arc(0.3, 0.24, 0.24, 0.24, 90, 450) + arc(0.3, 0.74, 0.3, 0.26, -90, 270)],
    9: [arc(0.3, 0.28, 0.27, 0.28, 0, -360), [(0.57, 0.28), (0.5, 1)]],
}
CROSSED = STROKES | {1: [[(0.1, 0.25), (0.35, 0), (0.35, 1)]], 7: [*STROKES[7], [(0.15, 0.5), (0.55, 0.5)]]}
STYLES = {  # strokes, width of the pen, slant, size in pixels
    "plain": (STROKES, 12, 0.0, 200),
    "bold, slanted": (STROKES, 26, 0.25, 200),
    "crossed, large, thin": (CROSSED, 7, -0.1, 400),
}


def draw(strokes: list[list[tuple[float, float]]], pen: int, slant: float, size: int) -> Image.Image:
    """The strokes in black on white."""
    image = Image.new("L", (2 * size, 2 * size), 255)
    for stroke in strokes:
        points = [(size * (0.6 + x + slant * (0.5 - y)), size * (0.4 + y)) for x, y in stroke]
        ImageDraw.Draw(image).line(points, fill=0, width=pen, joint="curve")
    return image


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, np.ndarray]:
    """All ten digits in each style as the network sees them, and what they are."""
    folder = tmp_path_factory.mktemp("drawn")
    read = []
    for strokes, *style in STYLES.values():
        for digit in range(10):
            draw(strokes[digit], *style).save(folder / "mine.png")
            read.append(read_digit(folder / "mine.png", (8, 8, 1)))
    return np.stack(read), np.tile(np.arange(10), len(STYLES))


def share_read(drawn: tuple[np.ndarray, np.ndarray], **settings: str | int) -> float:
    """The share of the drawn digits that a network reads which was trained with these settings."""
    x, y = drawn
    model, _ = gradus.train(gradus.load("digits"), **settings)
    return float((model.predict(x) == y).mean())


def test_the_default_network_reads_most_drawn_digits(drawn: tuple[np.ndarray, np.ndarray]):
    assert share_read(drawn) >= 0.8


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_network_that_the_readme_trains_for_ones_own_digits_reads_them(drawn, seed: int):
    augmentation = "rotate10 scale0.1 elastic0.5-smooth2"
    assert f'gradus train digits --epochs 100 --schedule cosine --augment "{augmentation}"' in README
    assert share_read(drawn, epochs=100, schedule="cosine", augmentation=augmentation, seed=seed) >= 0.9
