"""Where a picture has ink: one digit, cleared of the paper, its shadows, its noise and its specks."""

from pathlib import Path

import numpy as np

from gradus.errors import DataError

__all__ = ["cropped", "read_ink", "thickened"]

FAINTEST = 0.1  # of the full range: a picture with less contrast than this shows nothing
SPECK = 0.05  # of the largest piece of ink: smaller pieces are dirt
THINNEST = 0.1  # of the digit's longer side: the strokes of both data sets are wider than this
PAPER_ROUNDS = 4  # how often the paper is fitted and told from the ink again; then it no longer changes


def read_ink(grey: np.ndarray, path: Path) -> np.ndarray:
    """How much ink is at each point of a digit, 0 to 1, cut to its edges.

    grey: (height, width), 0 to 1, dark on light or light on dark. path: for the message.
    Raises DataError where nothing stands out from the background.
    """
    contrast, noise = contrast_with_paper(grey)
    if contrast.max() < max(FAINTEST, 8 * noise):
        raise DataError(f"{path}: shows nothing; expected a digit that stands out from its background")
    full = np.median(contrast[contrast > contrast.max() / 2])
    faint = max(4 * noise, 0.02)
    ink = np.clip((contrast - faint) / (full - faint), 0, 1)
    return cropped(without_specks(ink))


def contrast_with_paper(grey: np.ndarray) -> tuple[np.ndarray, float]:
    """How far each point differs from the paper, above 0 where there is ink; and the paper's noise.

    What lies at the edge of the picture is taken for paper. The noise is a standard deviation.
    """
    from scipy import ndimage

    grey = ndimage.gaussian_filter(grey, max(grey.shape) / 400)
    edge = np.ones(grey.shape, bool)
    edge[1:-1, 1:-1] = False
    contrast = np.median(grey[edge]) - grey
    if contrast.max() < -contrast.min():
        contrast = -contrast
    for _ in range(PAPER_ROUNDS):
        near = np.abs(contrast) <= 3 * spread(contrast[edge]) + 1e-3
        contrast = contrast - surface(contrast, near & (contrast < contrast.max() / 2))
    return contrast, spread(contrast[near])


def spread(values: np.ndarray) -> float:
    """The standard deviation by the median of absolute deviations, which outliers do not move."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def surface(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The surface of second degree nearest to the values at some points: light falls off smoothly over paper."""
    height, width = values.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    # six numbers need no more points than this; all of them would keep every core busy
    thinned = np.zeros_like(where)
    step = -(-max(values.shape) // 64)
    thinned[::step, ::step] = where[::step, ::step]
    weights = np.linalg.lstsq(terms[:, thinned].T, values[thinned], rcond=None)[0]
    return np.tensordot(weights, terms, axes=1)


def without_specks(ink: np.ndarray) -> np.ndarray:
    """The ink of those connected pieces that are not much smaller than the largest."""
    from scipy import ndimage

    pieces, count = ndimage.label(ink > 0, np.ones((3, 3)))
    mass = ndimage.sum_labels(ink, pieces, np.arange(count + 1))
    return ink * (mass >= SPECK * mass.max())[pieces]


def cropped(ink: np.ndarray) -> np.ndarray:
    """The smallest rectangle with all the clearly visible ink."""
    rows, columns = np.nonzero(ink > 0.1)
    return ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def thickened(ink: np.ndarray) -> np.ndarray:
    """The digit with hair lines widened, which would otherwise fade when it is made small."""
    from scipy.ndimage import distance_transform_edt as distance_to_zero

    solid = np.pad(ink > 0.5, 1)
    # across a stroke of w points the distance to its edge is w/4 + 1/2 on average
    width = 4 * distance_to_zero(solid)[solid].mean() - 2
    missing = (THINNEST * max(ink.shape) - width) / 2
    if missing < 0.5:
        return ink
    solid = np.pad(solid, int(np.ceil(missing)))
    return cropped(np.clip(missing + 1 - distance_to_zero(~solid), 0, 1))
