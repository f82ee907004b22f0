"""Making one digit stand out from whatever lies behind it: colours, transparency, a frame, a hard shadow.

What remains is a grey picture whose edge is paper, as ink.py expects it.
"""

import numpy as np

__all__ = ["SHADOW", "composite", "even_light", "fit_surface", "grey_of_colours", "inside_frame", "lies_on_white"]

DISTINCT = 0.1  # of the full range: lines of a frame differ from the paper by more
SHADOW = 0.15  # of the full range: a ground this close to a quadratic surface is even enough
MOSTLY = 0.8  # of a line
MAX_FRAME = 0.25  # of a side
WINDOW = 1 / 3  # of the longer side: what is dark over more than this is the ground, and not a stroke
RUN = 0.5  # of the longer side: what is dark along more of the edge is the ground
AROUND = 0.05  # of the longer side: what is around a mark
UNEVEN = 0.3  # of the full range: an edge of a picture that varies more is not all paper
MOST_INK = 0.4  # of the pixels: what is lighter than the edge over more is a sheet of paper
DIM = 0.05  # of the full range, added to ink and ground: their ratio means nothing where both are black


def composite(rgba: np.ndarray) -> np.ndarray:
    """A picture (height, width, 4) from 0 to 1 without its transparency, (height, width, 3)."""
    colours, alpha = rgba[..., :3], rgba[..., 3:]
    return colours * alpha + (1 - alpha) * (1.0 if lies_on_white(rgba) else 0.0)


def lies_on_white(rgba: np.ndarray) -> bool:
    """False if a picture (height, width, 4) is transparent and all that is visible is bright, as white strokes are."""
    colours, alpha = rgba[..., :3], rgba[..., 3]
    visible = colours[alpha > 0.5]
    return bool(alpha.min() >= 0.5 or len(visible) == 0 or np.quantile(visible.mean(axis=-1), 0.001) <= 0.5)


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


def inside_frame(grey: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns inside a frame, whose lines are not paper for the most part; a shadow, which is wider, stays."""
    height, width = grey.shape
    middle = grey[height // 4 : height - height // 4, width // 4 : width - width // 4]
    distinct = np.abs(grey - np.median(middle)) > DISTINCT
    everything = slice(0, height), slice(0, width)
    top, bottom = frame_widths(distinct.mean(axis=1) > MOSTLY)
    left, right = frame_widths(distinct.mean(axis=0) > MOSTLY)
    if not (top or bottom or left or right):
        return everything
    soft = 1 + max(grey.shape) // 100  # pixels that the edge of the frame is blurred over
    rows, columns = (
        slice(before + soft * bool(before), size - after - soft * bool(after))
        for before, after, size in ((top, bottom, height), (left, right, width))
    )
    is_paper = 1 - edge(distinct[rows, columns]).mean() > MOSTLY
    return (rows, columns) if is_paper else everything  # else the digit fills the picture, and its ink is the middle


def frame_widths(is_frame: np.ndarray) -> tuple[int, int]:
    """How many lines a frame takes at both ends; 0 where it would take more than a frame does."""
    most = int(MAX_FRAME * len(is_frame))

    def width(lines: np.ndarray) -> int:
        count = int(np.argmin(lines)) if not lines.all() else len(lines)
        return count if count <= most else 0

    return width(is_frame), width(is_frame[::-1])


def even_light(grey: np.ndarray, unevenness: float = SHADOW) -> np.ndarray:
    """The picture as if its ground were evenly lit; unchanged if it is within `unevenness`.

    Uneven is paper in a hard shadow, and a sheet that lies askew or on a desk. What is dark over more than a stroke,
    or at the edge of the picture, is ground; for light ink, the same holds of the negative.
    """
    if is_ink_light(grey):
        return 1 - divide_by_ground(1 - grey, unevenness)
    return divide_by_ground(grey, unevenness)


def is_ink_light(grey: np.ndarray) -> bool:
    """True if the picture has pixels that are lighter than its edge, rather than darker ones.

    A shadow reaches the edge, so it does not count. Neither does what fills most of the picture: a sheet on a desk.
    """
    darkest, lightest = np.quantile(grey, (0.02, 0.98))
    low, high = np.quantile(edge(grey), (0.1, 0.9))
    is_sheet = (grey > (high + lightest) / 2).mean() > MOST_INK
    is_light = bool(lightest - high > max(low - darkest, 0)) and not is_sheet
    return is_light and (high - low < UNEVEN or are_marks_light(grey))


def are_marks_light(grey: np.ndarray) -> bool:
    """True if marks are lighter than what is around them: an edge of a shadow has as much of both sides."""
    from scipy import ndimage

    difference = grey - ndimage.gaussian_filter(grey, AROUND * max(grey.shape))
    return bool((difference**3).sum() > 0)


def divide_by_ground(grey: np.ndarray, unevenness: float) -> np.ndarray:
    """Dark ink as the share of light that it takes from a ground that is more uneven than that."""
    from scipy import ndimage

    longer = max(grey.shape)
    window = max(3, int(WINDOW * longer))
    smooth = ndimage.median_filter(grey, 3)
    # beyond the edge its ground goes on, and not the strokes of a digit that touches it
    border = perimeter(grey.shape)
    smooth[border] = ndimage.grey_closing(smooth[border], int(RUN * longer), mode="wrap")
    ground = ndimage.grey_closing(np.pad(smooth, window, mode="edge"), (window, window))[window:-window, window:-window]
    difference = ground - fit_surface(ground, np.ones(ground.shape, bool))
    low, high = np.quantile(difference, (0.02, 0.98))
    return (grey + DIM) / (ground + DIM) if high - low > unevenness else grey


def perimeter(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The rows and columns of the pixels at the edge, once around the picture."""
    height, width = shape
    down, right = np.arange(height), np.arange(width)
    rows = (0 * right, down, 0 * right + height - 1, down[::-1])
    columns = (right, 0 * down + width - 1, right[::-1], 0 * down)
    return np.concatenate(rows), np.concatenate(columns)


def fit_surface(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The quadratic surface closest to the values where mask is True: light falls off smoothly over paper."""
    height, width = values.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    # six coefficients need no more pixels than this; all of them would keep every core busy
    sparse = np.zeros_like(mask)
    step = -(-max(values.shape) // 64)
    sparse[::step, ::step] = mask[::step, ::step]
    weights = np.linalg.lstsq(terms[:, sparse].T, values[sparse], rcond=None)[0]
    return np.tensordot(weights, terms, axes=1)
