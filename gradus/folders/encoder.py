"""How a picture of any size and kind becomes the input of a network: the same in training and in prediction."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gradus.checks import check_whole
from gradus.errors import SettingError
from gradus.images import read_picture

__all__ = ["MAX_SIDE", "ImageEncoder"]

MAX_SIDE = 1024  # pixels of an input
CHANNELS = (1, 3)
OVERSIZE = 16  # a picture of more than this many times an input's side is first divided by a whole number


@dataclass(frozen=True)
class ImageEncoder:
    """Turns pictures upright, scales them until they just cover height x width, and cuts what juts out on both sides.

    Where all pictures have the same proportions nothing is cut. A transparent picture lies on white, or on black where
    all that is visible is bright. With 1 channel colours become grey; with 3, a grey picture has three equal ones.

    Args:
        height, width: of an input, in pixels.
        channels: 1 for grey, 3 for colour.

    Raises:
        SettingError: for any other values.
    """

    height: int
    width: int
    channels: int

    def __post_init__(self) -> None:
        check_whole("image height", self.height, most=MAX_SIDE)
        check_whole("image width", self.width, most=MAX_SIDE)
        if self.channels not in CHANNELS:
            raise SettingError(f"image channels {self.channels!r}: expected 1 for grey or 3 for colour")

    @property
    def in_shape(self) -> tuple[int, int, int]:
        """The shape of an input: (height, width, channels)."""
        return self.height, self.width, self.channels

    def encode(self, pictures: Sequence[Path]) -> np.ndarray:
        """The inputs of pictures in files, uint8 (n, height, width, channels).

        Raises:
            DataError: for a file that is missing, damaged or not an image.
        """
        inputs = np.zeros((len(pictures), *self.in_shape), np.uint8)
        for k, path in enumerate(pictures):
            inputs[k] = self.encode_one(path)
        return inputs

    def encode_one(self, path: Path) -> np.ndarray:
        """The input of one picture, uint8 (height, width, channels)."""
        from PIL import Image

        sides = (self.width, self.height)
        values = read_picture(path, OVERSIZE * max(sides))
        image = Image.fromarray(values[..., 0] if values.shape[-1] == 1 else values)
        if image.size != sides:
            image = image.resize(sides, Image.Resampling.BILINEAR, covering_box(image.size, sides))
        return np.asarray(image.convert("L" if self.channels == 1 else "RGB")).reshape(self.in_shape)

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for a model file."""
        return {"kind": "image"} | asdict(self)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "ImageEncoder":
        """The inverse of `to_dict`. Raises KeyError or ValueError for anything that it cannot have given."""
        try:
            return cls(content["height"], content["width"], content["channels"])
        except SettingError as error:
            raise ValueError(str(error)) from None


def covering_box(size: tuple[int, int], sides: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest part in the middle of a picture of that size that has the proportions of `sides`: left to bottom."""
    scale = min(size[0] / sides[0], size[1] / sides[1])
    width, height = scale * sides[0], scale * sides[1]
    left, top = (size[0] - width) / 2, (size[1] - height) / 2
    return left, top, left + width, top + height
