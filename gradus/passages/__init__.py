"""Passages of text with classes."""

from gradus.passages.dataset import load_passage_folder, load_passage_rows, load_passage_table, load_passages
from gradus.passages.encoder import TextEncoder
from gradus.passages.reading import read_passage

__all__ = [
    "TextEncoder",
    "load_passage_folder",
    "load_passage_rows",
    "load_passage_table",
    "load_passages",
    "read_passage",
]
