"""Several digits on one sheet: which ink belongs to which digit.

Whatever is not clearly another digit is a stroke of the one beside it, or no digit at all: a picture of one digit must
remain one, with all its strokes.
"""

from itertools import combinations

import numpy as np

__all__ = ["Box", "separate_digits", "touches_no_edge"]

Box = tuple[slice, slice]  # rows and columns

AROUND = 0.2  # of the picture's longer side: ink is compared with the darkest so near, as a shadow takes contrast
FAINTEST = 0.2  # of full ink: digits in a shadow are darker
SOLID = 0.25  # of the darkest ink around: what is fainter connects no strokes
MIN_PART = 0.05  # of the ink in the largest connected part: smaller parts are specks
MIN_SIDE = 0.025  # of the picture's longer side: a digit lower than this is too small to be read
# The others are in units of a digit's height.
MIN_HEIGHT, MAX_HEIGHT = 0.5, 1.8  # what is lower is a stroke of a digit, such as the bar of a 5
MAX_WIDTH = 1.5
BESIDE, BELOW = 0.12, 0.5  # what is nearer is a stroke of the same digit
NARROW, NARROW_GAP = 0.85, 0.2  # width of a digit's two pieces beside each other, in their height, and what is between
SOFT = 0.1  # the faint edge of a stroke is no further from it
NEAR = 0.3  # a low stroke that is nearer belongs to the digit, and one further away to none


def separate_digits(ink: np.ndarray) -> list[np.ndarray]:
    """The ink of each digit in reading order; empty unless there are clearly several.

    Args:
        ink: (height, width), 0 to 1.

    Returns:
        Arrays of the same shape, each without the ink of all others.
    """
    from scipy import ndimage

    solid = without_specks(ink)
    parts, _ = label(solid)
    height = digit_height(parts)
    if height < MIN_SIDE * max(ink.shape):
        return []
    clusters, _ = label(ndimage.distance_transform_edt(~solid) <= BESIDE * height / 2)
    clusters = clusters * solid
    digits = [number for number, box in boxes_of(clusters).items() if is_digit(box, height, ink.shape)]
    if len(digits) < 2:
        return []
    join_strokes(clusters, digits, height)
    boxes = join_pieces(clusters, height)
    if len(boxes) < 2:
        return []
    nearest = nearest_digit(clusters, SOFT * height)
    return [ink * (nearest == number) for number in reading_order(boxes)]


def label(solid: np.ndarray) -> tuple[np.ndarray, int]:
    """The connected parts numbered from 1, and how many there are."""
    from scipy import ndimage

    return ndimage.label(solid, np.ones((3, 3)))


def boxes_of(parts: np.ndarray) -> dict[int, Box]:
    """The smallest rectangle around each part."""
    from scipy import ndimage

    return {number: box for number, box in enumerate(ndimage.find_objects(parts), 1) if box is not None}


def height_of(box: Box) -> int:
    return box[0].stop - box[0].start


def width_of(box: Box) -> int:
    return box[1].stop - box[1].start


def without_specks(ink: np.ndarray) -> np.ndarray:
    """True for solid ink in parts that are not much smaller than the largest."""
    from scipy import ndimage

    darkest = ndimage.maximum_filter(ink, 1 + int(AROUND * max(ink.shape)))
    ink = ink / np.maximum(darkest, FAINTEST)
    parts, count = label(ink > SOLID)
    mass = ndimage.sum_labels(ink, parts, np.arange(count + 1))
    mass[0] = 0
    return (mass >= MIN_PART * mass.max())[parts] & (parts > 0)


def digit_height(parts: np.ndarray) -> float:
    """The median height of the parts that can be whole digits; 0 if there are none."""
    boxes = [box for box in boxes_of(parts).values() if touches_no_edge(box, parts.shape) and is_upright(box)]
    highest = max(map(height_of, boxes), default=0)
    return float(np.median([height_of(box) for box in boxes if height_of(box) >= highest / 2] or [0]))


def touches_no_edge(box: Box, shape: tuple[int, ...]) -> bool:
    """True for a box that does not touch the edge of the picture, as the edge of a table does."""
    return all(side.start > 0 and side.stop < size for side, size in zip(box, shape, strict=True))


def is_upright(box: Box) -> bool:
    """True for a box that is not much wider than it is high, as a line is."""
    return width_of(box) <= MAX_WIDTH * height_of(box)


def is_digit(box: Box, height: float, shape: tuple[int, ...]) -> bool:
    """True for a box of a digit's size and shape."""
    return touches_no_edge(box, shape) and is_upright(box) and MIN_HEIGHT <= height_of(box) / height <= MAX_HEIGHT


def join_strokes(clusters: np.ndarray, digits: list[int], height: float) -> None:
    """Give low strokes near a digit its number, and 0 to what belongs to none."""
    from scipy import ndimage

    distance, nearest = ndimage.distance_transform_edt(~np.isin(clusters, digits), return_indices=True)
    for number, box in boxes_of(clusters).items():
        if number in digits:
            continue
        mask = clusters[box] == number
        closest = np.where(mask, distance[box], np.inf).argmin()
        row, column = (axis[box].flat[closest] for axis in nearest)
        is_stroke = height_of(box) < MIN_HEIGHT * height and distance[box].flat[closest] < NEAR * height
        clusters[box][mask] = clusters[row, column] if is_stroke and width_of(box) < height else 0


def join_pieces(clusters: np.ndarray, height: float) -> dict[int, Box]:
    """Join clusters that are pieces of one digit, such as the halves of an 8, and give the boxes of the digits."""
    boxes = boxes_of(clusters)
    for one, other in combinations(boxes, 2):
        if are_pieces(boxes[one], boxes[other], height):
            clusters[clusters == other] = one
            return join_pieces(clusters, height)
    return boxes


def are_pieces(one: Box, other: Box, height: float) -> bool:
    """True for two boxes close below each other, or so close beside each other that both have the shape of a digit."""
    down, across = (gap(*sides) for sides in zip(one, other, strict=True))
    if across <= -min(width_of(one), width_of(other)) / 2:
        return down < BELOW * height
    rows, columns = (max(sides, key=lambda side: side.stop).stop - min(sides, key=lambda side: side.start).start
                     for sides in zip(one, other, strict=True))  # fmt: skip
    return max(down, across) < NARROW_GAP * height and columns <= NARROW * rows


def gap(one: slice, other: slice) -> int:
    """How far two intervals are apart; negative where they overlap."""
    return max(one.start, other.start) - min(one.stop, other.stop)


def nearest_digit(clusters: np.ndarray, most: float) -> np.ndarray:
    """The number of the digit nearest to each pixel, 0 where none is as near as `most` pixels."""
    from scipy import ndimage

    distance, (rows, columns) = ndimage.distance_transform_edt(clusters == 0, return_indices=True)
    return np.where(distance < most, clusters[rows, columns], 0)


def reading_order(boxes: dict[int, Box]) -> list[int]:
    """The numbers of the boxes line by line from the top, in each from left to right.

    A line may rise or fall: a box belongs to the line whose last one it stands beside.
    """
    lines: list[list[int]] = []
    for number in sorted(boxes, key=lambda number: boxes[number][1].start):
        beside = [line for line in lines if overlap(boxes[line[-1]][0], boxes[number][0]) > 0.5]
        if beside:
            max(beside, key=lambda line: overlap(boxes[line[-1]][0], boxes[number][0])).append(number)
        else:
            lines.append([number])
    lines.sort(key=lambda line: np.mean([boxes[number][0].start + boxes[number][0].stop for number in line]))
    return [number for line in lines for number in line]


def overlap(one: slice, other: slice) -> float:
    """The share of the shorter interval that lies in both."""
    return -gap(one, other) / min(one.stop - one.start, other.stop - other.start)
