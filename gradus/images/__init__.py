"""Images: reading people's own pictures, and augmentation of training images.

A transform is a class of this folder that registers itself in TRANSFORMS.
"""

from importlib import import_module
from pkgutil import iter_modules

from gradus.images.augmentation import Augmentation
from gradus.images.geometric import Elastic, Flip, Rotate, Scale, Shift
from gradus.images.notation import parse_augmentation
from gradus.images.pixelwise import Cutout, Noise
from gradus.images.reading import Digit, read_digit, read_digits, read_header, read_picture
from gradus.images.transform import TRANSFORMS, Geometric, Pixelwise, Transform

for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")

__all__ = [
    "TRANSFORMS",
    "Augmentation",
    "Cutout",
    "Digit",
    "Elastic",
    "Flip",
    "Geometric",
    "Noise",
    "Pixelwise",
    "Rotate",
    "Scale",
    "Shift",
    "Transform",
    "parse_augmentation",
    "read_digit",
    "read_digits",
    "read_header",
    "read_picture",
]
