"""Reading a person's own picture of a digit, prepared like the digits that the network learned from."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from gradus.errors import DataError, SettingError
from gradus.files import open_regular, silent_libraries
from gradus.images.ground import SHADOW, composite, grey_of_colours
from gradus.images.ink import read_ink, read_inks, thicken
from gradus.images.normalization import to_digits, to_mnist

if TYPE_CHECKING:
    from PIL import Image, ImageFile

__all__ = ["Digit", "read_digit", "read_digits", "read_header", "read_picture"]

Used = TypeVar("Used")
ORIENTATION = 0x0112  # EXIF's tag

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")  # of GIF, WebP and TIFF, the first picture of several
NAMES = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
MAX_SIDE = 512  # pixels: a digit needs no more
MAX_SHEET_SIDE = 1024  # pixels: nor do several
# A decoder takes 4 to 12 bytes a pixel, WebP's 16, and 8 bytes a line: these stay below a gigabyte beside a network.
MAX_PIXELS = 55_000_000
MAX_WEBP_PIXELS = 40_000_000
MAX_FILE_SIDE = 65_535
SMALL_SIDE = 512  # pixels: a tile of this size takes little memory


@dataclass(frozen=True, eq=False)
class Digit:
    """A digit in a picture.

    Args:
        x: as `read_digit` gives it.
        box: left, top, right and bottom in pixels of the picture, once it is upright; right and bottom are outside.
    """

    x: np.ndarray
    box: tuple[int, int, int, int]


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
    convert = converter(shape)
    grey, _ = read_grey(path, MAX_SIDE)
    return convert(thicken(read_ink(grey, path)))[..., None]


def read_digits(path: Path, shape: tuple[int, ...]) -> list[Digit]:
    """Read the digits in a picture, one or several, in lines from the top and from left to right in each.

    Args, errors: as those of `read_digit`, which gives the same of a picture of one digit.
    """
    convert = converter(shape)
    inks = inks_at(path, MAX_SIDE, SHADOW)
    if len(inks) > 1:  # digits in the shade are as dark as others once all light is even
        finer = inks_at(path, MAX_SHEET_SIDE, 0)
        inks = finer if len(finer) >= len(inks) else inks
    return [Digit(convert(thicken(ink))[..., None], box) for ink, box in inks]


def inks_at(path: Path, max_side: int, unevenness: float) -> list[tuple[np.ndarray, tuple[int, int, int, int]]]:
    """The ink of each digit and its box in a picture that is scaled down to at most so many pixels a side."""
    grey, (height, width) = read_grey(path, max_side)
    factor = -(-max(height, width) // max_side)
    found = []
    for ink, (rows, columns) in read_inks(grey, path, unevenness):
        right, bottom = min(factor * columns.stop, width), min(factor * rows.stop, height)
        found.append((ink, (factor * columns.start, factor * rows.start, right, bottom)))
    return found


def converter(shape: tuple[int, ...]) -> Callable[[np.ndarray], np.ndarray]:
    """The function that makes a network's input of ink. Raises SettingError."""
    converters = {(28, 28, 1): to_mnist, (8, 8, 1): to_digits}
    if shape not in converters:
        raise SettingError(f"the model takes inputs of shape {shape}; pictures can be read for mnist and digits")
    return converters[shape]


def read_picture(path: Path, max_side: int) -> np.ndarray:
    """Read a picture, a file of one of FORMATS, upright; transparent, it lies on white, or bright strokes on black.

    Args:
        max_side: larger pictures are scaled down to at most this many pixels a side.

    Returns:
        uint8 (height, width, channels), with 1 channel for a grey picture and 3 for any other.

    Raises:
        DataError: if the file is missing, not an image or too large.
    """
    return open_image(path, lambda image: colour_values(image, max_side))


def read_header(path: Path) -> tuple[int, int, bool]:
    """Height and width of a picture once it is upright, and whether it is grey; only its header is read.

    Raises:
        DataError: as `read_picture`, but for damage further on.
    """
    return open_file(path, header_of)


def header_of(image: "Image.Image") -> tuple[int, int, bool]:
    """What `read_header` gives of an open picture."""
    is_turned = image.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8)
    width, height = image.size[::-1] if is_turned else image.size
    return height, width, is_grey(image)


def is_grey(image: "Image.Image") -> bool:
    """True for a picture whose mode has no colours."""
    return image.mode[0] in "IF" or image.mode in ("1", "L", "LA", "La")


def read_grey(path: Path, max_side: int) -> tuple[np.ndarray, tuple[int, int]]:
    """The picture in grey, upright, at most so many pixels a side, and its height and width before.

    Black and white differ by 1.
    """

    def convert(image: "Image.Image") -> tuple[np.ndarray, tuple[int, int]]:
        return grey_of_colours(composite(rgba_values(image, max_side))), (image.height, image.width)

    return open_image(path, convert)


def colour_values(image: "Image.Image", max_side: int) -> np.ndarray:
    """A Pillow image as uint8 (height, width, channels), with 1 channel if it is grey, else 3."""
    colours = composite(rgba_values(image, max_side))[..., : 1 if is_grey(image) else 3]
    return np.round(255 * colours).astype(np.uint8)


def rgba_values(image: "Image.Image", max_side: int) -> np.ndarray:
    """A Pillow image of any mode as (height, width, 4), 0 to 1, at most max_side pixels a side."""
    if image.mode[0] in "IF":  # more than 8 bits: Pillow would clip them instead of scaling
        grey = np.asarray(reduced(image, max_side, "F", grey_of(image)))
        return np.stack([grey, grey, grey, np.ones_like(grey)], axis=-1)
    if image.has_transparency_data:
        # A pixel of the smaller picture is the mean of visible ones: colours count by their opacity.
        smaller = reduced(image, max_side, "RGBa", lambda tile: tile.convert("RGBA").convert("RGBa"))
    else:
        smaller = reduced(image, max_side, "RGB", lambda tile: tile.convert("RGB"))
    return np.asarray(smaller.convert("RGBA"), float) / 255


def grey_of(image: "Image.Image") -> "Callable[[Image.Image], Image.Image]":
    """A function that converts the tiles of an image of more than 8 bits to grey, 0 to 1."""
    from PIL import Image

    def values(tile: "Image.Image") -> np.ndarray:
        return np.nan_to_num(np.asarray(tile, np.float32))

    largest = max(float(np.abs(values(image.crop(box))).max()) for box in tiles(image.size, max(image.size) // 8 + 1))
    white = max(65535 if image.mode[0] == "I" else 1, largest)
    return lambda tile: Image.fromarray(values(tile) / np.float32(white))


def reduced(
    image: "Image.Image", max_side: int, mode: str, convert: "Callable[[Image.Image], Image.Image]"
) -> "Image.Image":
    """The image, converted to the mode and divided by the smallest whole number that makes it small enough.

    This is done tile by tile, since the whole of a large picture takes hundreds of megabytes in each mode.
    """
    from PIL import Image

    factor = -(-max(image.size) // max_side)
    smaller = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    for left, top, right, bottom in tiles(image.size, factor * max(max_side // 8 + 1, SMALL_SIDE // factor)):
        tile = convert(image.crop((left, top, right, bottom)))
        smaller.paste(tile.reduce(factor), (left // factor, top // factor))
    return smaller


def tiles(size: tuple[int, int], side: int) -> Iterator[tuple[int, int, int, int]]:
    """Boxes (left, top, right, bottom) of that many pixels a side, which cover a picture of that size."""
    width, height = size
    for left, top in product(range(0, width, side), range(0, height, side)):
        yield left, top, min(left + side, width), min(top + side, height)


def open_image(path: Path, convert: Callable[["Image.Image"], Used]) -> Used:
    """Open a picture, turn it upright and convert it while the file is open. Raises DataError."""

    def decode(file: "Image.Image") -> Used:
        from PIL import ImageOps

        with silent_libraries():
            file.load()
        ImageOps.exif_transpose(file, in_place=True)
        return convert(file)

    return open_file(path, decode)


def open_file(path: Path, use: Callable[["Image.Image"], Used]) -> Used:
    """What `use` makes of a picture whose header is read. Raises DataError."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata, and sizes that check_size refuses
            with open_regular(path) as raw, Image.open(raw, formats=FORMATS) as file:
                check_size(path, file)
                return use(file)
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError(f"{path}: not an image; expected {NAMES}") from None
    except Image.DecompressionBombError:
        raise DataError(f"{path}: the picture is too large; scale it down to at most {MAX_PIXELS:,} pixels") from None
    except Exception as error:  # Pillow has any for a damaged file, such as IndexError and struct.error
        raise DataError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from None


def check_size(path: Path, file: "ImageFile.ImageFile") -> None:
    """Raise DataError if the open picture, of which only the header is read, would take too much memory."""
    width, height = file.size
    most = MAX_WEBP_PIXELS if file.format == "WEBP" else MAX_PIXELS
    if width * height > most or max(width, height) > MAX_FILE_SIDE:
        raise DataError(
            f"{path}: the picture is too large, {width}x{height}; scale it down to at most {most:,} pixels, "
            f"{MAX_FILE_SIDE:,} a side"
        )
