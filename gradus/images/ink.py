"""Finding the ink of one digit in a picture, free of the paper, its shadows, noise and specks."""

from pathlib import Path

import numpy as np

from gradus.errors import DataError
from gradus.images.ground import SHADOW, even_light, fit_surface, inside_frame
from gradus.images.ruling import erase_rules
from gradus.images.separation import Box, separate_digits, touches_no_edge

__all__ = ["read_ink", "read_inks", "thicken"]

MIN_CONTRAST = 0.1  # of the full range: a picture with less shows nothing
MIN_PART = 0.05  # of the ink in the largest connected part: smaller parts are specks
MIN_STROKE = 0.1  # of the digit's longer side: the strokes of both data sets are wider
MIN_DIGIT = 0.2  # of the picture's longer side: a part as high that stands free is the digit
BORDER = 0.7  # of the picture: the least height and width of a border
FIT_ROUNDS = 4  # of fitting the paper and separating it from the ink; more change nothing


def read_ink(grey: np.ndarray, path: Path) -> np.ndarray:
    """The amount of ink at each pixel of the digit in a picture, 0 to 1, cropped to the digit.

    Args:
        grey: (height, width), 0 to 1, dark on light or light on dark.
        path: of the picture, for the message.

    Raises:
        DataError: if nothing stands out from the background.
    """
    return crop(remove_specks(find_ink(grey[inside_frame(grey)], path)))


def read_inks(grey: np.ndarray, path: Path, unevenness: float = SHADOW) -> list[tuple[np.ndarray, Box]]:
    """The ink of each digit in a picture, as `read_ink` gives it for one, with its rows and columns.

    The digits are in reading order. Raises DataError as `read_ink` does.

    Args:
        unevenness: of the ground, from 0 to 1, above which its light is evened.
    """
    inside = inside_frame(grey)
    ink = find_ink(grey[inside], path, unevenness)
    digits = [remove_specks(digit) for digit in separate_digits(ink) or [ink]]
    top, left = (side.start for side in inside)
    boxes = [box_of(digit) for digit in digits]
    return [
        (crop(digit), (slice(top + rows.start, top + rows.stop), slice(left + columns.start, left + columns.stop)))
        for digit, (rows, columns) in zip(digits, boxes, strict=True)
    ]


def find_ink(grey: np.ndarray, path: Path, unevenness: float = SHADOW) -> np.ndarray:
    """The amount of ink at each pixel of a picture, 0 to 1, specks included. Raises DataError."""
    contrast, noise = contrast_with_paper(even_light(grey, unevenness))
    contrast = erase_rules(contrast)
    if contrast.max() < max(MIN_CONTRAST, 8 * noise):
        raise DataError(f"{path}: shows nothing; expected a digit that stands out from its background")
    full = np.median(contrast[contrast > contrast.max() / 2])
    faint = max(4 * noise, 0.02)
    return remove_edge(remove_border(np.clip((contrast - faint) / (full - faint), 0, 1)))


def contrast_with_paper(grey: np.ndarray) -> tuple[np.ndarray, float]:
    """The difference of each pixel from the paper, positive for ink, and the standard deviation of the paper's noise.

    The edge of the picture is assumed to be paper.
    """
    from scipy import ndimage

    grey = ndimage.gaussian_filter(grey, max(grey.shape) / 400)
    edge = np.ones(grey.shape, bool)
    edge[1:-1, 1:-1] = False
    contrast = np.median(grey[edge]) - grey
    if contrast.max() < -contrast.min():
        contrast = -contrast
    for _ in range(FIT_ROUNDS):
        near = np.abs(contrast) <= 3 * robust_std(contrast[edge]) + 1e-3
        contrast = contrast - fit_surface(contrast, near & (contrast < contrast.max() / 2))
    return contrast, robust_std(contrast[near])


def robust_std(values: np.ndarray) -> float:
    """The standard deviation of normal values, estimated from the median absolute deviation, which ignores outliers."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def remove_border(ink: np.ndarray) -> np.ndarray:
    """The ink without lines around the digit: a part that spans the picture and surrounds another that is no speck."""
    from scipy import ndimage

    parts, count = ndimage.label(ink > 0, np.ones((3, 3)))
    boxes = ndimage.find_objects(parts)
    mass = ndimage.sum_labels(ink, parts, np.arange(1, count + 1))
    for number in range(count):
        if all(side.stop - side.start > BORDER * size for side, size in zip(boxes[number], ink.shape, strict=True)):
            inside = ndimage.binary_fill_holes(parts == number + 1) & (parts != number + 1)
            if ink[inside].sum() > MIN_PART * mass[number]:
                return remove_border(ink * inside)
    return ink


def remove_edge(ink: np.ndarray) -> np.ndarray:
    """The ink without parts that touch the edge of the picture, as a table or a finger does, if a digit remains."""
    from scipy import ndimage

    parts, _ = ndimage.label(ink > 0, np.ones((3, 3)))
    boxes = ndimage.find_objects(parts)
    is_inside = np.array([False, *(touches_no_edge(box, ink.shape) for box in boxes)])
    highest = max((box[0].stop - box[0].start for box, ok in zip(boxes, is_inside[1:], strict=True) if ok), default=0)
    return ink * is_inside[parts] if highest >= MIN_DIGIT * max(ink.shape) else ink


def remove_specks(ink: np.ndarray) -> np.ndarray:
    """The ink of the connected parts that are not much smaller than the largest, 1 where it is darkest."""
    from scipy import ndimage

    parts, count = ndimage.label(ink > 0, np.ones((3, 3)))
    mass = ndimage.sum_labels(ink, parts, np.arange(count + 1))
    ink = ink * (mass >= MIN_PART * mass.max())[parts]
    return ink / ink.max()  # below 1 where the darkest pixel was a speck


def crop(ink: np.ndarray) -> np.ndarray:
    """The smallest rectangle that holds all clearly visible ink."""
    return ink[box_of(ink)]


def box_of(ink: np.ndarray) -> Box:
    """The rows and columns of all clearly visible ink."""
    rows, columns = np.nonzero(ink > 0.1)
    return slice(int(rows.min()), int(rows.max()) + 1), slice(int(columns.min()), int(columns.max()) + 1)


def thicken(ink: np.ndarray) -> np.ndarray:
    """The digit with hairlines widened, which would fade when it is scaled down."""
    from scipy.ndimage import distance_transform_edt as distance_to_zero

    solid = np.pad(ink > 0.5, 1)
    # across a stroke of w pixels the distance to its edge is w/4 + 1/2 on average
    width = 4 * distance_to_zero(solid)[solid].mean() - 2
    missing = (MIN_STROKE * max(ink.shape) - width) / 2
    if missing < 0.5:
        return ink
    solid = np.pad(solid, int(np.ceil(missing)))
    return crop(np.clip(missing + 1 - distance_to_zero(~solid), 0, 1))
