"""Encoders in model files: kinds from a closed list, and plain data."""

from typing import Any

from gradus.data import Encoder
from gradus.folders import ImageEncoder
from gradus.passages import TextEncoder
from gradus.tables import TableEncoder

__all__ = ["encoder_from_dict"]

ENCODERS: dict[str, type[ImageEncoder | TableEncoder | TextEncoder]] = {
    "image": ImageEncoder,
    "table": TableEncoder,
    "text": TextEncoder,
}


def encoder_from_dict(content: dict[str, Any], in_shape: tuple[int, ...]) -> Encoder:
    """The encoder that a model file describes.

    Args:
        content: what an encoder's `to_dict` gave.
        in_shape: of an input of the network, which the encoder must make.

    Raises:
        LookupError, TypeError, ValueError: for anything that `to_dict` cannot have written.
    """
    encoder = ENCODERS[content["kind"]].from_dict(content)
    if encoder.in_shape != in_shape:
        raise ValueError(f"an encoder of {encoder.in_shape} for inputs of {in_shape}")
    return encoder
