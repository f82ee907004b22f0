"""Making one digit stand out from whatever lies behind it: colours, transparency, a frame, a hard shadow.

What remains is a grey picture whose edge is paper, as ink.py expects it.
"""

import numpy as np

__all__ = ["composite", "even_light", "grey_of_colours", "trim_frame"]

DISTINCT = 0.1  # of the full range: lines of a frame differ from the paper by more
SHADOW = 0.25  # of the full range: paper that differs by less is evenly lit, or shaded softly
MOSTLY = 0.8  # of a line
MAX_FRAME = 0.25  # of a side
WINDOW = 1 / 3  # of the longer side: what is dark over more than this is the ground, and not a stroke
BRIGHT = 0.6  # of the pixels, at most: paper and the ink on it that lie in the shadow


def composite(rgba: np.ndarray) -> np.ndarray:
    """A picture (height, width, 4) from 0 to 1 without its transparency, (height, width, 3).

    It lies on white; on black if all that is visible is bright, as white strokes are.
    """
    colours, alpha = rgba[..., :3], rgba[..., 3:]
    visible = colours[alpha[..., 0] > 0.5]
    is_bright = alpha.min() < 0.5 and len(visible) > 0 and np.quantile(visible.mean(axis=-1), 0.001) > 0.5
    return colours * alpha + (1 - alpha) * (0.0 if is_bright else 1.0)


def grey_of_colours(colours: np.ndarray) -> np.ndarray:
    """The picture (height, width, 3) along the direction of colour in which the ink differs most from its ground.

    For grey pictures that is grey. Red strokes on a green as bright as they are differ in red and green alone.
    """
    difference = colours - np.median(edge(colours), axis=0)
    size = np.abs(difference).sum(axis=-1)
    distinct = difference[size >= size.max() / 2]
    _, _, directions = np.linalg.svd(distinct.T @ distinct)
    direction = directions[0] / np.abs(directions[0]).sum()
    return colours @ (direction if direction.sum() >= 0 else -direction)


def edge(picture: np.ndarray) -> np.ndarray:
    """The pixels at the edge of a picture, (pixels, ...)."""
    return np.concatenate([picture[0], picture[-1], picture[1:-1, 0], picture[1:-1, -1]])


def trim_frame(grey: np.ndarray) -> np.ndarray:
    """The picture without a frame, whose lines are not paper for the most part; a shadow, which is wider, stays."""
    height, width = grey.shape
    middle = grey[height // 4 : height - height // 4, width // 4 : width - width // 4]
    distinct = np.abs(grey - np.median(middle)) > DISTINCT
    top, bottom = frame_widths(distinct.mean(axis=1) > MOSTLY)
    left, right = frame_widths(distinct.mean(axis=0) > MOSTLY)
    if not (top or bottom or left or right):
        return grey
    soft = 1 + max(grey.shape) // 100  # pixels that the edge of the frame is blurred over
    inside = tuple(
        slice(before + soft * bool(before), size - after - soft * bool(after))
        for before, after, size in ((top, bottom, height), (left, right, width))
    )
    is_paper = 1 - edge(distinct[inside]).mean() > MOSTLY
    return grey[inside] if is_paper else grey  # else the digit fills the picture, and its ink is the middle


def frame_widths(is_frame: np.ndarray) -> tuple[int, int]:
    """How many lines a frame takes at both ends; 0 where it would take more than a frame does."""
    most = int(MAX_FRAME * len(is_frame))

    def width(lines: np.ndarray) -> int:
        count = int(np.argmin(lines)) if not lines.all() else len(lines)
        return count if count <= most else 0

    return width(is_frame), width(is_frame[::-1])


def even_light(grey: np.ndarray) -> np.ndarray:
    """Dark ink on paper that is partly in the shadow, as the share of light that it takes from the paper around it.

    What is dark over more than a stroke is paper. Any other picture stays as it is: evenly lit, or light on dark.
    """
    from scipy import ndimage

    if np.quantile(grey, BRIGHT) < (grey.min() + grey.max()) / 2:
        return grey
    window = max(3, int(WINDOW * max(grey.shape)))
    smooth = np.pad(ndimage.median_filter(grey, 3), window, constant_values=grey.max())
    paper = ndimage.grey_closing(smooth, (window, window))[window:-window, window:-window]
    low, high = np.quantile(edge(paper), (0.2, 0.9))  # a shadow falls across the edge, a bold digit does not
    return grey / np.maximum(paper, DISTINCT) if high - low > SHADOW else grey
