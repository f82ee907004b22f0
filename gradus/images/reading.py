"""A person's own picture of a digit, made like those that a network learned from.

MNIST's digits were scaled to fit 20x20 points, keeping their proportions, and placed in 28x28 with their
centre of mass in the middle (LeCun et al. 1998). Those of scikit-learn are 32x32 bitmaps, made by NIST's
programs (Garris et al. 1994), of which 4x4 blocks were counted: 8x8 numbers from 0 to 16 (Alpaydin & Kaynak
1998). Measured on them: they fill the height, lean half as much as MNIST's, and all have about as much ink.
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gradus.errors import DataError, SettingError
from gradus.images.ink import cropped, read_ink, thickened

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["read_digit", "read_picture"]

LONGEST = 512  # points a side that are looked at: a digit needs no more
WIDEST = 24  # of 32 points: 97% of scikit-learn's digits are no wider
INK_SHARE = (0.25, 0.38)  # of the 32x32 points: where 96% of scikit-learn's digits lie


def read_digit(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """The digit in a PNG or JPEG file, as uint8 of shape (28, 28, 1), 0 to 255, or (8, 8, 1), 0 to 16.

    The background may be light or dark. Raises DataError for a file that is missing, no image, too large or
    blank, and SettingError for any other shape.
    """
    makers = {(28, 28, 1): like_mnist, (8, 8, 1): like_digits}
    if shape not in makers:
        raise SettingError(f"the model takes inputs of shape {shape}; pictures can be read for mnist and digits")
    return makers[shape](thickened(read_ink(read_grey(path), path)))[..., None]


def read_picture(path: Path, longest: int) -> np.ndarray:
    """The picture in a PNG or JPEG file as uint8 (height, width, channels): 1 channel where it is grey, else 3.

    Upright, on white where it is transparent, and reduced to at most `longest` points a side.
    Raises DataError for a file that is missing, no image, or too large.
    """
    values = reduced(opened(path, colour_values), longest)
    return values[..., None] if values.ndim == 2 else values


def read_grey(path: Path) -> np.ndarray:
    """The picture as grey values from 0 to 1, upright, on white where it is transparent, LONGEST a side at most."""
    return np.asarray(reduced(opened(path, grey_values), LONGEST), float)


def reduced(values: np.ndarray, longest: int) -> np.ndarray:
    """The picture by the whole number of times smaller that makes it at most `longest` points a side."""
    from PIL import Image

    factor = -(-max(values.shape[:2]) // longest)
    return np.asarray(Image.fromarray(values).reduce(factor))


def opened(path: Path, values_of: Callable[["Image.Image"], np.ndarray]) -> np.ndarray:
    """What `values_of` makes of the picture in a file, turned upright. Raises DataError."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["PNG", "JPEG"]) as file:
                return values_of(ImageOps.exif_transpose(file))
    except UnidentifiedImageError:
        raise DataError(f"{path}: not an image; expected a PNG or JPEG file") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        limit = Image.MAX_IMAGE_PIXELS or 0
        raise DataError(f"{path}: too large a picture; make it smaller than {limit:,} points") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from None


def grey_values(image: "Image.Image") -> np.ndarray:
    """(height, width) float32, 0 to 1, of a Pillow image of any mode that PNG and JPEG have."""
    from PIL import Image

    if image.mode.startswith("I"):  # 16 bits: Pillow would cut, not scale them
        return np.asarray(image, np.float32) / 65535
    on_white = Image.new("RGBA", image.size, "white")
    on_white.alpha_composite(image.convert("RGBA"))
    return np.asarray(on_white.convert("L"), np.float32) / 255


def colour_values(image: "Image.Image") -> np.ndarray:
    """uint8, (height, width) of a grey picture and (height, width, 3) of any other."""
    from PIL import Image

    if image.mode.startswith("I") or image.mode in ("1", "L", "LA"):
        return np.round(255 * grey_values(image)).astype(np.uint8)
    on_white = Image.new("RGBA", image.size, "white")
    on_white.alpha_composite(image.convert("RGBA"))
    return np.asarray(on_white.convert("RGB"))


def resized(ink: np.ndarray, height: float, width: float) -> np.ndarray:
    """The picture at another size, each point the mean of those it stands for."""
    from PIL import Image

    image = Image.fromarray(ink.astype(np.float32))
    return np.asarray(image.resize((max(round(width), 1), max(round(height), 1)), Image.Resampling.BILINEAR))


def placed(digit: np.ndarray, side: int, top: float, left: float) -> np.ndarray:
    """A square field with the digit at a place in it, or as near to it as it fits."""
    height, width = digit.shape
    row, column = int(np.clip(round(top), 0, side - height)), int(np.clip(round(left), 0, side - width))
    field = np.zeros((side, side))
    field[row : row + height, column : column + width] = digit
    return field


def like_mnist(ink: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    height, width = ink.shape
    scale = 20 / max(height, width)
    digit = resized(ink, height * scale, width * scale)
    # MNIST counts its points from 0 and takes point 14 for the middle
    row, column = ndimage.center_of_mass(digit)
    field = placed(digit / digit.max(), 28, 14 - row, 14 - column)
    return np.round(255 * field).astype(np.uint8)


def like_digits(ink: np.ndarray) -> np.ndarray:
    ink = upright(ink)
    height, width = ink.shape
    digit = resized(ink, 32, min(32 * width / height, WIDEST))
    field = with_usual_ink(placed(digit, 32, 0, (32 - digit.shape[1]) / 2))
    blocks = field.reshape(8, 4, 8, 4).mean(axis=(1, 3))
    return np.round(16 * blocks).astype(np.uint8)


def upright(ink: np.ndarray) -> np.ndarray:
    """The digit without its slant: rows are shifted until the ink leans neither way."""
    from scipy import ndimage

    y, x = np.indices(ink.shape) - np.reshape(ndimage.center_of_mass(ink), (2, 1, 1))
    lean = float(np.clip((ink * x * y).sum() / max((ink * y * y).sum(), 1e-9), -1, 1))
    room = int(np.ceil(abs(lean) * len(ink)))
    # row y is read from lean * (y - centre) further to the right
    sheared = ndimage.affine_transform(np.pad(ink, ((0, 0), (room, room))), [[1, 0], [lean, 1]], [0, lean * y[0, 0]])
    return cropped(sheared)


def with_usual_ink(field: np.ndarray) -> np.ndarray:
    """The digit with its strokes thinned or thickened until the share of ink is within INK_SHARE."""
    from scipy.ndimage import distance_transform_edt as distance_to_zero

    share = np.clip(field.mean(), *INK_SHARE)
    if share == field.mean():
        return field
    solid = field > field.max() / 2
    # negative inside the strokes; the grey decides between points that are equally far
    distance = distance_to_zero(~solid) - distance_to_zero(solid) - field / 2
    return distance <= np.quantile(distance, share)
