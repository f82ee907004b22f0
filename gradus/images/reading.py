"""Reading a person's own picture of a digit, prepared like the digits that the network learned from."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gradus.errors import DataError, SettingError
from gradus.files import open_regular
from gradus.images.ground import composite, grey_of_colours, lies_on_white
from gradus.images.ink import read_ink, thicken
from gradus.images.normalization import to_digits, to_mnist

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["read_digit", "read_picture"]

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")  # of GIF, WebP and TIFF, the first picture of several
NAMES = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
MAX_SIDE = 512  # pixels: a digit needs no more


def read_digit(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """Read the digit in a picture, a file of one of FORMATS; the background may be light or dark.

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
    """Read a picture, a file of one of FORMATS, upright; transparent, it lies on white, or bright strokes on black.

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
    """The picture in grey, (height, width), upright, at most MAX_SIDE pixels a side; black and white differ by 1."""
    return open_image(path, lambda image: grey_of_colours(composite(rgba_values(image))))


def rgba_values(image: "Image.Image") -> np.ndarray:
    """A Pillow image of any mode as (height, width, 4), 0 to 1, at most MAX_SIDE pixels a side."""
    if image.mode[0] in "IF":  # more than 8 bits: Pillow would clip them instead of scaling
        grey = downscale(grey_values(image), MAX_SIDE)
        return np.stack([grey, grey, grey, np.ones_like(grey)], axis=-1)
    factor = reduction(image.size, MAX_SIDE)
    if image.has_transparency_data:
        # A pixel of the smaller picture is the mean of visible ones: colours count by their opacity.
        reduced = image.convert("RGBA").convert("RGBa").reduce(factor)
    else:
        reduced = (image if image.mode in ("L", "RGB") else image.convert("RGB")).reduce(factor)
    return np.asarray(reduced.convert("RGBA"), float) / 255


def reduction(size: tuple[int, ...], max_side: int) -> int:
    """The smallest whole number that divides a picture of that size into at most max_side pixels a side."""
    return -(-max(size) // max_side)


def downscale(values: np.ndarray, max_side: int) -> np.ndarray:
    """The picture divided by the smallest whole number that makes it at most max_side pixels a side."""
    from PIL import Image

    return np.asarray(Image.fromarray(values).reduce(reduction(values.shape[:2], max_side)))


def open_image(path: Path, convert: Callable[["Image.Image"], np.ndarray]) -> np.ndarray:
    """Open a picture, turn it upright and convert it while the file is open. Raises DataError."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with open_regular(path) as raw, Image.open(raw, formats=FORMATS) as file:
                return convert(ImageOps.exif_transpose(file))
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError(f"{path}: not an image; expected {NAMES}") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        limit = Image.MAX_IMAGE_PIXELS or 0
        raise DataError(f"{path}: the picture is too large; scale it down to less than {limit:,} pixels") from None
    except Exception as error:  # Pillow has any for a damaged file, such as IndexError and struct.error
        raise DataError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from None


def grey_values(image: "Image.Image") -> np.ndarray:
    """A Pillow image of any mode as float32 (height, width), 0 to 1."""
    from PIL import Image

    if image.mode[0] in "IF":  # more than 8 bits: Pillow would clip them instead of scaling
        values = np.nan_to_num(np.asarray(image, np.float32))
        return values / max(65535 if image.mode[0] == "I" else 1, float(np.abs(values).max()))
    on_white = Image.new("RGBA", image.size, "white")
    on_white.alpha_composite(image.convert("RGBA"))
    return np.asarray(on_white.convert("L"), np.float32) / 255


def colour_values(image: "Image.Image") -> np.ndarray:
    """A Pillow image as uint8, (height, width) if it is grey, else (height, width, 3)."""
    from PIL import Image

    if image.mode[0] in "IF" or image.mode in ("1", "L", "LA"):
        return np.round(255 * grey_values(image)).astype(np.uint8)
    opaque = Image.new("RGBA", image.size, "white" if lies_on_white(rgba_values(image)) else "black")
    opaque.alpha_composite(image.convert("RGBA"))
    return np.asarray(opaque.convert("RGB"))
