"""Fonts for the pictures: letters of English and Chinese."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import matplotlib
from matplotlib.font_manager import findSystemFonts, fontManager, get_font_names

__all__ = ["MONOSPACED", "chinese_font", "fonts_for"]

LATIN, MONOSPACED = "DejaVu Sans", "DejaVu Sans Mono"  # come with Matplotlib
# Fonts with Chinese characters, by their names on Linux, macOS and Windows.
CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Arial Unicode MS",
)


@cache
def chinese_font() -> str | None:
    """The name of an installed font with Chinese characters; None if there is none."""
    font = first_installed(CHINESE)
    if font is None:  # Matplotlib keeps a list of fonts, which does not know those installed since
        known = {entry.fname for entry in fontManager.ttflist}
        for path in set(findSystemFonts()) - known:
            with suppress(RuntimeError, OSError):  # not every font file can be read
                fontManager.addfont(path)
        font = first_installed(CHINESE)
    return font


def first_installed(fonts: Sequence[str]) -> str | None:
    return next((font for font in fonts if font in get_font_names()), None)


@contextmanager
def fonts_for(language: str) -> Iterator[None]:
    """Draw and save pictures with the letters of a language ("en" or "zh"); equal pictures are equal files."""
    families = [LATIN]
    if language == "zh" and (font := chinese_font()):
        families.append(font)
    settings: dict[Any, Any] = {
        "font.family": families,
        "font.size": 10,
        "axes.titlesize": 11,
        "svg.hashsalt": "gradus",
    }
    with matplotlib.rc_context(settings):
        yield
