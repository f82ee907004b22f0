"""One house style: colours for all kinds of colour vision, line styles for black and white, and common plots."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

__all__ = [
    "BAR_STYLES", "BOOK_STYLE", "DPI", "LINE_STYLES", "MARKERS", "frame_pixels", "label_axes", "plot_bars",
    "plot_book", "plot_range", "plot_runs", "png", "show_image", "skip_start", "subplots", "svg", "tile",
]  # fmt: skip

# Okabe and Ito's colours are distinct for all kinds of colour vision, the line styles in black and white.
LINE_STYLES: tuple[dict[str, Any], ...] = (
    {"color": "#0072B2", "linestyle": "-"},
    {"color": "#D55E00", "linestyle": "--"},
    {"color": "#009E73", "linestyle": "-."},
    {"color": "#CC79A7", "linestyle": (0, (1, 1))},
    {"color": "#E69F00", "linestyle": (0, (5, 1, 1, 1, 1, 1))},
    {"color": "#56B4E9", "linestyle": (0, (8, 2))},
)
MARKERS = "osD^v"
DPI = 150  # of pictures in pixels
BOOK_STYLE: dict[str, Any] = {"color": "black", "linestyle": ":", "linewidth": 1.2}  # curves from the book
BAR_STYLES: tuple[dict[str, Any], ...] = tuple(
    {"color": line["color"], "hatch": hatch, "edgecolor": "white"}
    for line, hatch in zip(LINE_STYLES, ("", "//", ".."), strict=False)
)


def subplots(
    columns: int = 1, rows: int = 1, width: float = 4.5, height: float = 3.4, **grid: Any
) -> tuple[Figure, np.ndarray]:
    """A figure and its axes in reading order, each of a width and a height in inches; grid: Matplotlib's, as ratios."""
    figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **grid).ravel()


def label_axes(axis: Axes, title: str = "", x: str = "", y: str = "", legend: bool = True) -> None:
    """Label the axes, draw a light grid and no frame, and add a legend where there are several curves."""
    axis.set_title(title)
    axis.set_xlabel(x)
    axis.set_ylabel(y)
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    if legend and len(axis.get_legend_handles_labels()[1]) > 1:
        axis.legend(frameon=False, fontsize=9)


def plot_range(axis: Axes, x: ArrayLike, runs: np.ndarray, style: Mapping[str, Any], label: str) -> None:
    """Plot the mean of several runs (runs, points), and the range from the lowest to the highest."""
    axis.plot(x, runs.mean(axis=0), label=label, **style)
    if np.asarray(x).dtype.kind == "i":  # epochs or layers
        axis.xaxis.set_major_locator(MaxNLocator("auto", steps=(1, 2, 5, 10), integer=True))
    if len(runs) > 1:
        axis.fill_between(x, runs.min(axis=0), runs.max(axis=0), color=style["color"], alpha=0.2, linewidth=0)


def plot_runs(axis: Axes, x: ArrayLike, runs: Mapping[str, np.ndarray], **style: Any) -> None:
    """Plot the range of the runs (runs, points) of each setting, by label. style: for all, beside the line styles.

    With marker="osD^v", each setting takes the next marker.
    """
    markers = style.pop("marker", "")
    for number, (label, curves) in enumerate(runs.items()):
        marker = {"marker": markers[number]} if markers else {}
        plot_range(axis, x, curves, LINE_STYLES[number] | marker | style, label)


def plot_book(axis: Axes, x: ArrayLike, curves: Iterable[np.ndarray], label: str, **style: Any) -> None:
    """Plot curves from the book, as far as x goes, under one label."""
    for number, curve in enumerate(curves):
        points = min(len(np.asarray(x)), len(curve))
        axis.plot(np.asarray(x)[:points], curve[:points], label=None if number else label, **BOOK_STYLE, **style)


def skip_start(axis: Axes, runs: Iterable[np.ndarray], epochs: int = 1) -> None:
    """Begin the y-axis at the lowest value after the first epochs, which would press the rest together."""
    axis.set_ylim(bottom=min(curves[..., epochs:].min() for curves in runs))


def plot_bars(axis: Axes, values: Mapping[str, Sequence[float] | np.ndarray]) -> list[BarContainer]:
    """Plot groups of bars side by side: for each label, a bar in every group."""
    width = 0.81 / len(values)
    return [
        axis.bar(np.arange(len(heights)) + width * (number - (len(values) - 1) / 2), heights, width, label=label,
                 **BAR_STYLES[number])
        for number, (label, heights) in enumerate(values.items())
    ]  # fmt: skip


def show_image(axis: Axes, pixels: np.ndarray, title: str = "", **shades: Any) -> None:
    """Show an image (height, width) as ink on paper, white at 0; shades: arguments of `imshow`, as cmap."""
    axis.imshow(pixels, **({"cmap": "gray_r"} | shades))
    axis.set_title(title, fontsize=9)
    axis.set_xticks([])
    axis.set_yticks([])


def tile(images: np.ndarray, rows: int, gap: int = 1) -> np.ndarray:
    """Images (n, height, width) in rows as one image, with gaps of nan between them."""
    _, height, width = images.shape
    framed = np.pad(images.astype(float), ((0, 0), (0, gap), (0, gap)), constant_values=np.nan)
    grid = framed.reshape(rows, -1, height + gap, width + gap)
    return np.vstack([np.hstack(list(row)) for row in grid])[: -gap or None, : -gap or None]


def frame_pixels(axis: Axes, top: int, left: int, side: int, **style: Any) -> Rectangle:
    """Frame a square of pixels of an image that is shown on the axes."""
    frame = Rectangle((left - 0.5, top - 0.5), side, side, **({"fill": False, "linewidth": 2} | style))
    axis.add_patch(frame)
    return frame


def svg(figure: Figure) -> bytes:
    """The figure as SVG, with letters as outlines, so that it looks the same everywhere, and the same bytes again."""
    with rc_context({"svg.hashsalt": "gradus"}):
        return save(figure, "svg", metadata={"Date": None})


def png(figure: Figure) -> bytes:
    """The figure as PNG."""
    return save(figure, "png", dpi=DPI)


def save(figure: Figure, kind: str, **settings: Any) -> bytes:
    picture = io.BytesIO()
    figure.savefig(picture, format=kind, **settings)
    return picture.getvalue()
