"""Size normalisation: the ink of one digit becomes an image like those that the network learned from.

MNIST's digits were scaled to fit 20x20 pixels, keeping their proportions, and placed in 28x28 with their centre of mass
in the middle (LeCun et al. 1998). Those of scikit-learn went through NIST's programs (Garris et al. 1994): stretched to
20x32 pixels of a 32x32 bitmap, whatever their proportions, their strokes made a pixel thicker or thinner if they were
thin or bold, and sheared until the left ends of their first and last rows stood one above the other. The pixels in the
4x4 blocks of the bitmap were then counted: 8x8 numbers from 0 to 16 (Alpaydin & Kaynak 1998).
"""

import numpy as np

__all__ = ["to_digits", "to_mnist"]

SIDE, WIDTH = 32, 20  # pixels of NIST's bitmap, and of a digit in it
EDGE = 2  # rows at the top and at the bottom that are too ragged to measure the slant
THIN, VERY_THIN = 256, 108  # pixels of ink: with fewer, strokes are thickened once, or twice
BOLD, VERY_BOLD = 412, 560  # with more, they are thinned once, or twice


def to_mnist(ink: np.ndarray) -> np.ndarray:
    """The digit as MNIST has it, (28, 28) uint8 from 0 to 255."""
    from scipy import ndimage

    height, width = ink.shape
    scale = 20 / max(height, width)
    digit = resize(ink, height * scale, width * scale)
    # MNIST counts pixels from 0 and takes pixel 14 for the middle
    row, column = ndimage.center_of_mass(digit)
    square = paste(digit / digit.max(), 28, 14 - row, 14 - column)
    return np.round(255 * square).astype(np.uint8)


def to_digits(ink: np.ndarray) -> np.ndarray:
    """The digit as scikit-learn has it, (8, 8) uint8 from 0 to 16."""
    digit = resize(ink, SIDE, WIDTH)
    solid = digit > digit.max() / 2
    bitmap = shear(normalize_strokes(np.pad(solid, ((0, 0), ((SIDE - WIDTH) // 2, (SIDE - WIDTH) // 2)))))
    return bitmap.reshape(8, 4, 8, 4).sum(axis=(1, 3)).astype(np.uint8)


def normalize_strokes(bitmap: np.ndarray) -> np.ndarray:
    """The bitmap with its strokes thickened or thinned by a pixel all around, or two, if they are thin or bold."""
    from scipy.ndimage import binary_dilation, binary_erosion

    pixels = bitmap.sum()
    if pixels < THIN:
        return binary_dilation(bitmap, iterations=2 if pixels < VERY_THIN else 1)
    if pixels > BOLD:
        thinner = binary_erosion(bitmap, iterations=2 if pixels > VERY_BOLD else 1)
        return thinner if thinner.any() else bitmap  # a scribble of many thin strokes
    return bitmap


def shear(bitmap: np.ndarray) -> np.ndarray:
    """The bitmap with its rows shifted until the left ends of the first and of the last stand one above the other."""
    rows = np.flatnonzero(bitmap.any(axis=1))
    top, bottom = rows[0] + EDGE, rows[-1] - EDGE
    if bottom <= top or not (bitmap[top].any() and bitmap[bottom].any()):
        return bitmap
    slant = (bitmap[bottom].argmax() - bitmap[top].argmax()) / (bottom - top)
    shifts = np.round(slant * (np.arange(SIDE) - SIDE // 2)).astype(int)
    columns = np.arange(SIDE) + shifts[:, None]
    inside = (columns >= 0) & (columns < SIDE)
    return inside & np.take_along_axis(bitmap, columns.clip(0, SIDE - 1), axis=1)


def resize(ink: np.ndarray, height: float, width: float) -> np.ndarray:
    """The picture at another size, each pixel the mean of those that it replaces."""
    from PIL import Image

    image = Image.fromarray(ink.astype(np.float32))
    return np.asarray(image.resize((max(round(width), 1), max(round(height), 1)), Image.Resampling.BILINEAR))


def paste(digit: np.ndarray, side: int, top: float, left: float) -> np.ndarray:
    """An empty square with the digit at the given place, or as near to it as it fits."""
    height, width = digit.shape
    row, column = int(np.clip(round(top), 0, side - height)), int(np.clip(round(left), 0, side - width))
    square = np.zeros((side, side))
    square[row : row + height, column : column + width] = digit
    return square
