"""Sources of data: what a person names, a data set, a file or a folder, becomes examples or a text."""

from gradus.sources.defaults import IMAGE_SETTINGS, default_settings
from gradus.sources.kinds import KINDS, find_kind
from gradus.sources.loading import DATA_OPTIONS, NOUNS, OPTIONS, check_options, load
from gradus.sources.texts import load_one_text

__all__ = [
    "DATA_OPTIONS",
    "IMAGE_SETTINGS",
    "KINDS",
    "NOUNS",
    "OPTIONS",
    "check_options",
    "default_settings",
    "find_kind",
    "load",
    "load_one_text",
]
