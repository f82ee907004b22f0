"""One house style: colours for all kinds of sight, line styles for black and white, and a font for Chinese."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findSystemFonts, fontManager, get_font_names

__all__ = ["BOOK", "LINE_STYLES", "axes_of", "band", "chinese_font", "image", "label_axes", "png", "svg", "written_in"]

# Okabe and Ito's colours tell apart for all kinds of sight; the line styles do so in black and white.
LINE_STYLES: tuple[dict[str, Any], ...] = (
    {"color": "#0072B2", "linestyle": "-"},
    {"color": "#D55E00", "linestyle": "--"},
    {"color": "#009E73", "linestyle": "-."},
    {"color": "#CC79A7", "linestyle": (0, (1, 1))},
    {"color": "#E69F00", "linestyle": (0, (5, 1, 1, 1, 1, 1))},
    {"color": "#56B4E9", "linestyle": (0, (8, 2))},
)
BOOK: dict[str, Any] = {"color": "black", "linestyle": ":", "linewidth": 1.2}  # the author's own curves

# Fonts with Chinese characters, as systems have them.
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
    """The name of a font that is there and has Chinese characters."""
    found = first_of(CHINESE)
    if found is None:  # matplotlib has a list from its first run: a font may have been installed since
        known = {entry.fname for entry in fontManager.ttflist}
        for path in set(findSystemFonts()) - known:
            with suppress(RuntimeError, OSError):  # a font file that cannot be read
                fontManager.addfont(path)
        found = first_of(CHINESE)
    return found


def first_of(fonts: Sequence[str]) -> str | None:
    return next((font for font in fonts if font in get_font_names()), None)


@contextmanager
def written_in(language: str) -> Iterator[None]:
    """Draw and save inside: with letters of the language, and the same bytes for the same picture."""
    families = ["DejaVu Sans"]
    if language == "zh":
        families += [font for font in [chinese_font()] if font]
    settings: dict[Any, Any] = {
        "font.family": families,
        "font.size": 10,
        "axes.titlesize": 11,
        "svg.hashsalt": "gradus",
    }
    with matplotlib.rc_context(settings):
        yield


def axes_of(columns: int = 1, rows: int = 1, width: float = 4.5, height: float = 3.4) -> tuple[Figure, np.ndarray]:
    """A figure and its axes, (rows x columns) of them one after the other, each so many inches wide and high."""
    figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False).ravel()


def label_axes(axis: Axes, title: str = "", x: str = "", y: str = "", legend: bool = True) -> None:
    """Say what the axes are, take away what is not needed, and name the curves where there is more than one."""
    axis.set_title(title)
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    if legend and len(axis.get_legend_handles_labels()[1]) > 1:
        axis.legend(frameon=False, fontsize=9)


def band(axis: Axes, x: Sequence[float] | np.ndarray, runs: np.ndarray, look: dict[str, Any], label: str) -> None:
    """The mean of several runs (runs, points), and the range from the lowest to the highest."""
    axis.plot(x, runs.mean(axis=0), label=label, **look)
    if len(runs) > 1:
        axis.fill_between(x, runs.min(axis=0), runs.max(axis=0), color=look["color"], alpha=0.2, linewidth=0)


def image(axis: Axes, pixels: np.ndarray, title: str = "", **shades: Any) -> None:
    """An image (height, width) in ink on paper: 0 is white. shades: `imshow`'s, such as cmap, vmin and vmax."""
    axis.imshow(pixels, **({"cmap": "gray_r"} | shades))
    axis.set_title(title, fontsize=9)
    axis.set_xticks([])
    axis.set_yticks([])


def svg(figure: Figure) -> bytes:
    """The figure as SVG, its letters as outlines, so that it looks the same everywhere."""
    return saved(figure, "svg", metadata={"Date": None})


def png(figure: Figure) -> bytes:
    return saved(figure, "png", dpi=150)


def saved(figure: Figure, kind: str, **settings: Any) -> bytes:
    picture = io.BytesIO()
    figure.savefig(picture, format=kind, **settings)
    return picture.getvalue()
