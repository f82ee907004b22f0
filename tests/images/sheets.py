"""Photographs of handwriting, drawn: digits of a data set, enlarged, in ink on paper that lies in some light."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

HEIGHT, WIDTH = 480, 640  # pixels of a picture
PAPER, INK = np.array([244, 241, 233.0]), np.array([35, 38, 60.0])

Light = Callable[[np.ndarray, np.ndarray], np.ndarray]  # of places across and down, 0 to 1


@dataclass(frozen=True)
class Sheet:
    """One kind of photograph.

    Args:
        rows, columns: of digits.
        size: of a digit's image, in pixels.
        pen: pixels by which the strokes are wider than the writer's on each side.
        rule: of the lines on the paper: gap, width, shade from 0 (paper) to 1 (ink).
        squared: lines down, too.
        light: on the sheet.
        desk: share of the picture, at its left, that a dark desk takes, and the slant of its edge.
        noise: of the camera, of 255.
    """

    rows: int = 1
    columns: int = 1
    size: int = 300
    pen: float = 0.0
    rule: tuple[int, int, float] | None = None
    squared: bool = False
    light: Light = lambda x, y: np.ones_like(x)
    desk: tuple[float, float] | None = None
    noise: float = 2.0


def hard_shadow(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where(x + 0.4 * y > 0.8, 0.55, 1.0)


def soft_shadow(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 1 - 0.5 / (1 + np.exp(-(x - 0.5) / 0.1))


def lamp(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 1 - 0.8 * ((x - 0.3) ** 2 + (y - 0.4) ** 2)


SHEETS = {
    "even light": Sheet(),
    "a soft shadow": Sheet(light=soft_shadow),
    "a hard shadow": Sheet(light=hard_shadow),
    "pale lines": Sheet(rule=(40, 2, 0.2)),
    "dark lines": Sheet(rule=(60, 2, 0.6), light=lamp),
    "squared paper": Sheet(rule=(36, 1, 0.3), squared=True),
    "a table's edge": Sheet(desk=(0.12, 0.0), light=lamp),
    "a table's edge, askew": Sheet(desk=(0.1, 0.06)),
    "a thin pen": Sheet(pen=-5),
    "a thick pen": Sheet(pen=9),
    "a row": Sheet(columns=4, size=130),
    "a row, thin, in a shadow": Sheet(columns=4, size=130, pen=-1.5, light=soft_shadow),
    "a row, thick, hard shadow": Sheet(columns=3, size=150, pen=3, light=hard_shadow),
    "three lines": Sheet(3, 4, 110, light=lamp),
    "ruled lines": Sheet(2, 4, 120, rule=(40, 2, 0.35)),
    "dark ruled lines": Sheet(2, 4, 120, rule=(60, 2, 0.6)),
    "squares": Sheet(2, 3, 130, rule=(32, 1, 0.3), squared=True, light=soft_shadow),
    "a table": Sheet(2, 3, 120, desk=(0.12, 0.04)),
}


def draw_sheet(sheet: Sheet, digits: list[np.ndarray], rng: np.random.Generator) -> Image.Image:
    """The photograph of a sheet with these digits, (side, side) arrays from 0 to 1, in reading order."""
    y, x = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : 1 : WIDTH * 1j]
    ink = np.zeros((HEIGHT, WIDTH))
    for digit, (top, left) in zip(digits, places(sheet, rng), strict=True):
        part = ink[top : top + sheet.size, left : left + sheet.size]
        np.maximum(part, write(digit, sheet.size, sheet.pen), out=part)
    picture = PAPER + ruling(sheet)[..., None] * (np.array([70, 100, 190.0]) - PAPER)
    picture = (picture + ink[..., None] * (INK - picture)) * sheet.light(x, y)[..., None]
    if sheet.desk:
        share, slant = sheet.desk
        picture[x < share + slant * y] = [105, 72, 48]
    picture = ndimage.gaussian_filter(picture, (0.7, 0.7, 0)) + rng.normal(0, sheet.noise, picture.shape)
    return Image.fromarray(picture.clip(0, 255).astype(np.uint8))


def places(sheet: Sheet, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Top and left of each digit's image, as uneven as handwriting is."""
    start = sheet.desk[0] + sheet.desk[1] if sheet.desk else 0.0
    across = WIDTH * (1 - start) / sheet.columns
    for row in range(sheet.rows):
        for column in range(sheet.columns):
            shift = rng.integers(-6, 7, 2)
            top = (row + 0.5) * HEIGHT / sheet.rows - sheet.size / 2 + shift[0]
            left = WIDTH * start + (column + 0.5) * across - sheet.size / 2 + shift[1]
            yield round(top), round(left)


def write(digit: np.ndarray, size: int, pen: float) -> np.ndarray:
    """The digit with smooth strokes, made wider or narrower, (size, size) from 0 to 1."""
    margin = max(2, len(digit) // 8)
    large = ndimage.zoom(
        np.pad(digit, margin), size / (len(digit) + 2 * margin), order=3, mode="nearest", grid_mode=True
    )
    solid = ndimage.gaussian_filter(large, size / len(digit) / 4) > 0.45
    inside, outside = (ndimage.distance_transform_edt(mask) for mask in (solid, ~solid))
    return np.clip(inside - outside + pen, 0, 1)


def ruling(sheet: Sheet) -> np.ndarray:
    """How dark the lines of the paper are, (HEIGHT, WIDTH)."""
    lines = np.zeros((HEIGHT, WIDTH))
    if sheet.rule:
        gap, width, shade = sheet.rule
        lines[np.arange(HEIGHT) % gap < width] = shade
        if sheet.squared:
            lines[:, np.arange(WIDTH) % gap < width] = shade
    return lines
