"""A person's own picture of a digit, made like those that a network learned from.

MNIST's digits were scaled to fit 20x20 points, keeping their proportions, and placed in 28x28 with their
centre of mass in the middle (LeCun et al. 1998). Those of scikit-learn fill the height of 32x32 bitmaps of
which 4x4 blocks were counted, which gives 8x8 numbers from 0 to 16 (Alpaydin & Kaynak 1998).
"""

import warnings
from pathlib import Path

import numpy as np

from gradus.errors import DataError, SettingError

__all__ = ["read_digit"]

FAINTEST = 0.1  # of the full range: a picture with less contrast than this shows nothing


def read_digit(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """The digit in a PNG or JPEG file, as uint8 of shape (28, 28, 1), 0 to 255, or (8, 8, 1), 0 to 16.

    The background may be light or dark. Raises DataError for a file that is missing, no image, too large or
    blank, and SettingError for any other shape.
    """
    makers = {(28, 28, 1): like_mnist, (8, 8, 1): like_digits}
    if shape not in makers:
        raise SettingError(f"the model takes inputs of shape {shape}; pictures can be read for mnist and digits")
    return makers[shape](cropped(ink(read_grey(path), path)))[..., None]


def read_grey(path: Path) -> np.ndarray:
    """The picture as grey values from 0 to 1, upright, and on white where it is transparent."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as file:
                image = ImageOps.exif_transpose(file)
            if image.mode.startswith(("I", "F")):  # 16 bits and more: Pillow would cut, not scale them
                values = np.asarray(image, float)
                return values / max(values.max(), 65535 if image.mode != "F" else 1)
            on_white = Image.new("RGBA", image.size, "white")
            on_white.alpha_composite(image.convert("RGBA"))
            return np.asarray(on_white.convert("L"), float) / 255
    except UnidentifiedImageError:
        raise DataError(f"{path}: not an image; expected a PNG or JPEG file") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise DataError(f"{path}: too large a picture; make it smaller than 10,000 points a side") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from None


def ink(grey: np.ndarray, path: Path) -> np.ndarray:
    """How much ink is at each point, 0 to 1: the distance from the background, cleared of the paper's noise."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = np.median(border)
    distance = paper - grey if paper > (grey.min() + grey.max()) / 2 else grey - paper
    darkest = distance.max()
    if darkest < FAINTEST:
        raise DataError(f"{path}: shows nothing; expected a digit that stands out from its background")
    noise = 4 * np.median(np.abs(border - paper))
    floor = min(max(noise, 0.05 * darkest), darkest / 2)
    return np.clip((distance - floor) / (darkest - floor), 0, 1)


def cropped(ink: np.ndarray) -> np.ndarray:
    """The smallest rectangle with all the clearly visible ink."""
    rows, columns = np.nonzero(ink > 0.1)
    return ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def resized(ink: np.ndarray, height: int, width: int) -> np.ndarray:
    """The picture at another size, each point the mean of those it stands for."""
    from PIL import Image

    image = Image.fromarray(ink.astype(np.float32))
    return np.asarray(image.resize((max(width, 1), max(height, 1)), Image.Resampling.BILINEAR))


def scaled_to(ink: np.ndarray, size: int) -> np.ndarray:
    """The picture with its longer side of the given size, keeping its proportions."""
    height, width = ink.shape
    scale = size / max(height, width)
    return resized(ink, round(height * scale), round(width * scale))


def like_mnist(ink: np.ndarray) -> np.ndarray:
    digit = scaled_to(ink, 20)
    digit = digit / digit.max()
    height, width = digit.shape
    mass = digit.sum()
    centre_row = (digit.sum(axis=1) @ np.arange(height)) / mass
    centre_column = (digit.sum(axis=0) @ np.arange(width)) / mass
    # MNIST counts its points from 0 and takes point 14 for the middle
    top = int(np.clip(round(14 - centre_row), 0, 28 - height))
    left = int(np.clip(round(14 - centre_column), 0, 28 - width))
    field = np.zeros((28, 28))
    field[top : top + height, left : left + width] = digit
    return np.round(255 * field).astype(np.uint8)


def like_digits(ink: np.ndarray) -> np.ndarray:
    digit = scaled_to(ink, 32)
    height, width = digit.shape
    top, left = (32 - height) // 2, (32 - width) // 2
    field = np.zeros((32, 32))
    field[top : top + height, left : left + width] = digit
    blocks = field.reshape(8, 4, 8, 4).mean(axis=(1, 3))
    return np.round(16 * blocks).astype(np.uint8)
