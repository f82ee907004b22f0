"""Reading a person's own picture of a digit, prepared like the digits that the network learned from.

MNIST's digits were scaled to fit 20x20 pixels, keeping their proportions, and placed in 28x28 with their centre of mass
in the middle (LeCun et al. 1998). Those of scikit-learn are 32x32 bitmaps, made by NIST's programs (Garris et al.
1994), whose 4x4 blocks were counted: 8x8 numbers from 0 to 16 (Alpaydin & Kaynak 1998). Measured on them: they fill
the height, slant half as much as MNIST's, and all have about the same amount of ink.
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gradus.errors import DataError, SettingError
from gradus.files import open_regular
from gradus.images.ink import crop, read_ink, thicken

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["read_digit", "read_picture"]

MAX_SIDE = 512  # pixels: a digit needs no more
MAX_WIDTH = 24  # of 32 pixels: 97% of scikit-learn's digits are no wider
INK_SHARE = (0.25, 0.38)  # of the 32x32 pixels: the range of 96% of scikit-learn's digits


def read_digit(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """Read the digit in a PNG or JPEG file; the background may be light or dark.

    Args:
        shape: of the network's inputs, (28, 28, 1) for MNIST or (8, 8, 1) for digits.

    Returns:
        uint8 of that shape, 0 to 255 for MNIST, 0 to 16 for digits.

    Raises:
        DataError: if the file is missing, not an image, too large or blank.
        SettingError: for any other shape.
    """
    converters = {(28, 28, 1): to_mnist, (8, 8, 1): to_digits}
    if shape not in converters:
        raise SettingError(f"the model takes inputs of shape {shape}; pictures can be read for mnist and digits")
    ink = thicken(read_ink(read_grey(path), path))
    return converters[shape](ink)[..., None]


def read_picture(path: Path, max_side: int) -> np.ndarray:
    """Read a PNG or JPEG file, upright and on white where it is transparent.

    Args:
        max_side: larger pictures are scaled down to at most this many pixels a side.

    Returns:
        uint8 (height, width, channels), with 1 channel for a grey picture and 3 for any other.

    Raises:
        DataError: if the file is missing, not an image or too large.
    """
    values = downscale(open_image(path, colour_values), max_side)
    return values[..., None] if values.ndim == 2 else values


def read_grey(path: Path) -> np.ndarray:
    """The picture in grey, (height, width) from 0 to 1, upright, on white, at most MAX_SIDE pixels a side."""
    return np.asarray(downscale(open_image(path, grey_values), MAX_SIDE), float)


def downscale(values: np.ndarray, max_side: int) -> np.ndarray:
    """The picture divided by the smallest whole number that makes it at most max_side pixels a side."""
    from PIL import Image

    factor = -(-max(values.shape[:2]) // max_side)
    return np.asarray(Image.fromarray(values).reduce(factor))


def open_image(path: Path, convert: Callable[["Image.Image"], np.ndarray]) -> np.ndarray:
    """Open a picture, turn it upright and convert it while the file is open. Raises DataError."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with open_regular(path) as raw, Image.open(raw, formats=["PNG", "JPEG"]) as file:
                return convert(ImageOps.exif_transpose(file))
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError(f"{path}: not an image; expected a PNG or JPEG file") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        limit = Image.MAX_IMAGE_PIXELS or 0
        raise DataError(f"{path}: the picture is too large; scale it down to less than {limit:,} pixels") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from None


def grey_values(image: "Image.Image") -> np.ndarray:
    """A Pillow image of any mode that PNG and JPEG have as float32 (height, width), 0 to 1."""
    from PIL import Image

    if image.mode.startswith("I"):  # 16 bits: Pillow would clip them instead of scaling
        return np.asarray(image, np.float32) / 65535
    on_white = Image.new("RGBA", image.size, "white")
    on_white.alpha_composite(image.convert("RGBA"))
    return np.asarray(on_white.convert("L"), np.float32) / 255


def colour_values(image: "Image.Image") -> np.ndarray:
    """A Pillow image as uint8, (height, width) if it is grey, else (height, width, 3)."""
    from PIL import Image

    if image.mode.startswith("I") or image.mode in ("1", "L", "LA"):
        return np.round(255 * grey_values(image)).astype(np.uint8)
    on_white = Image.new("RGBA", image.size, "white")
    on_white.alpha_composite(image.convert("RGBA"))
    return np.asarray(on_white.convert("RGB"))


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
    ink = deslant(ink)
    height, width = ink.shape
    digit = resize(ink, 32, min(32 * width / height, MAX_WIDTH))
    square = normalize_ink(paste(digit, 32, 0, (32 - digit.shape[1]) / 2))
    blocks = square.reshape(8, 4, 8, 4).mean(axis=(1, 3))
    return np.round(16 * blocks).astype(np.uint8)


def deslant(ink: np.ndarray) -> np.ndarray:
    """The digit without its slant: rows are shifted until the ink leans neither way."""
    from scipy import ndimage

    y, x = np.indices(ink.shape) - np.reshape(ndimage.center_of_mass(ink), (2, 1, 1))
    slant = float(np.clip((ink * x * y).sum() / max((ink * y * y).sum(), 1e-9), -1, 1))
    margin = int(np.ceil(abs(slant) * len(ink)))
    # row y takes its pixels from slant * (y - centre) further to the right
    padded = np.pad(ink, ((0, 0), (margin, margin)))
    return crop(ndimage.affine_transform(padded, [[1, 0], [slant, 1]], [0, slant * y[0, 0]]))


def normalize_ink(square: np.ndarray) -> np.ndarray:
    """The digit with its strokes thinned or thickened until the share of ink lies within INK_SHARE."""
    from scipy.ndimage import distance_transform_edt as distance_to_zero

    share = np.clip(square.mean(), *INK_SHARE)
    if share == square.mean():
        return square
    solid = square > square.max() / 2
    # negative inside the strokes; the grey decides between pixels that are equally far
    distance = distance_to_zero(~solid) - distance_to_zero(solid) - square / 2
    return distance <= np.quantile(distance, share)
