"""Encoders in model files: names from a closed list, and plain data."""

from typing import Any

from gradus.data import Encoder

__all__ = ["encoder_from_dict"]


def encoder_from_dict(content: dict[str, Any], in_shape: tuple[int, ...]) -> Encoder:
    """The encoder that a model file describes.

    Args:
        content: what an encoder's `to_dict` gave.
        in_shape: of an input of the network, which the encoder must make.

    Raises:
        KeyError, TypeError, ValueError: for anything that `to_dict` cannot have written.
    """
    raise ValueError(f"unknown encoder {content['kind']!r} for inputs of {in_shape}")
