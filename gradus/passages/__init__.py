"""Passages of text with classes."""

from gradus.passages.encoder import TextEncoder

__all__ = ["TextEncoder"]
