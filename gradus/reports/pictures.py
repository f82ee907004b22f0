"""The pictures of a report, without words: the page around them has those, in its own language."""

import io
from base64 import b64encode
from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gradus.figures import LINE_STYLES, label_axes, png, subplots, svg
from gradus.runs import Metrics

__all__ = ["draw_calibration", "draw_curves", "draw_maps", "draw_residuals", "image_uri", "kernel_uri"]

MOST_POINTS = 2000  # of a cloud
MAPS = 8  # of the first layer, beside an example or in a row
MOST_KERNELS = 64
SIDE, GAP = 72, 6  # pixels of a small picture on a sheet, and between two
SCORES = ("validation_accuracy", "validation_r2")
BLUE, ORANGE = (style["color"] for style in LINE_STYLES[:2])


def uri(content: bytes, kind: str) -> str:
    """A picture as an address that holds it."""
    return f"data:image/{kind};base64,{b64encode(content).decode()}"


def svg_uri(figure: Figure) -> str:
    """A figure of lines."""
    return uri(svg(figure), "svg+xml")


def draw_curves(rows: Sequence[Metrics]) -> list[str]:
    """Costs over the epochs, and the score on the validation data."""
    score = next((name for name in SCORES if any(name in row for row in rows)), None)
    panels = [(("cost", "validation_cost"), LINE_STYLES), *([((score,), LINE_STYLES[1:])] if score else [])]
    pictures = []
    for names, styles in panels:
        figure, axes = subplots(height=3.0)
        for name, style in zip(names, styles, strict=False):
            if any(name in row for row in rows):
                numbers = [[row.get(column) for row in rows] for column in ("epoch", name)]
                axes[0].plot(*numbers, marker="o" if len(rows) == 1 else None, **style)
        axes[0].xaxis.set_major_locator(MaxNLocator(integer=True))
        label_axes(axes[0])
        pictures.append(svg_uri(figure))
    return pictures


def draw_calibration(confidence: np.ndarray, accuracy: np.ndarray, counts: np.ndarray) -> str:
    """Accuracy over confidence; larger points stand for more examples."""
    figure, axes = subplots(width=3.6, height=3.4)
    axes[0].plot([0, 1], [0, 1], color="0.6", linestyle="--", linewidth=1)
    axes[0].plot(confidence, accuracy, color=BLUE)
    axes[0].scatter(confidence, accuracy, s=15 + 150 * counts / counts.max(), color=BLUE)
    axes[0].set(xlim=(0, 1.03), ylim=(0, 1.03))
    label_axes(axes[0])
    return svg_uri(figure)


def draw_residuals(predicted: np.ndarray, true: np.ndarray) -> str:
    """Predicted over true numbers (n,) each, and a histogram of the errors."""
    rows = np.random.default_rng(0).permutation(len(true))[:MOST_POINTS]
    figure, axes = subplots(columns=2, width=3.8, height=3.2)
    low, high = min(true.min(), predicted.min()), max(true.max(), predicted.max())
    axes[0].plot([low, high], [low, high], color="0.6", linestyle="--", linewidth=1)
    axes[0].scatter(true[rows], predicted[rows], s=9, alpha=0.5, color=BLUE, linewidths=0)
    axes[1].hist(predicted - true, bins=30, color=ORANGE)
    for axis in axes:
        axis.xaxis.set_major_locator(MaxNLocator(4))
        label_axes(axis)
    return uri(png(figure), "png")


def grey_or_colour(x: np.ndarray, white: float) -> np.ndarray:
    """Inputs (..., height, width, channels) as colours (..., height, width, 3) from 0 to 1, `white` being 1.

    Other numbers of channels than 1 and 3 are shown as their mean. Numbers beyond black or white move either.
    """
    values = x.astype(float) / white
    low, high = min(0.0, values.min()), max(1.0, values.max())
    colours = values if values.shape[-1] == 3 else values.mean(axis=-1, keepdims=True)
    return np.broadcast_to((colours - low) / (high - low), (*values.shape[:-1], 3))


def sheet(pictures: np.ndarray) -> str:
    """Pictures (rows, columns, height, width, 3) from 0 to 1 side by side, with gaps; small ones are enlarged."""
    rows, columns, height, width, _ = pictures.shape
    scale = max(1, SIDE // max(height, width))
    pixels = np.rint(255 * pictures).astype(np.uint8).repeat(scale, 2).repeat(scale, 3)
    framed = np.pad(pixels, ((0, 0), (0, 0), (0, GAP), (0, GAP), (0, 0)), constant_values=255)
    joined = framed.transpose(0, 2, 1, 3, 4).reshape(rows * (scale * height + GAP), -1, 3)[:-GAP, :-GAP]
    return pixels_uri(joined, columns * SIDE)


def pixels_uri(pixels: np.ndarray, most: int) -> str:
    """Bytes (height, width, 3) as a picture, at most `most` pixels wide and high."""
    from PIL import Image

    image = Image.fromarray(pixels)
    image.thumbnail((most, most))
    content = io.BytesIO()
    image.save(content, "PNG", optimize=True)
    return uri(content.getvalue(), "png")


def image_uri(x: np.ndarray, white: float) -> str:
    """A raw input (height, width, channels) as a picture."""
    return sheet(grey_or_colour(x, white)[None, None])


def kernel_uri(kernels: np.ndarray) -> str:
    """The first kernels (maps, height, width), blue where positive and red where negative."""
    shown = kernels[:MOST_KERNELS]
    columns = min(len(shown), MAPS)
    padded = np.zeros((-(-len(shown) // columns) * columns, *shown.shape[1:]))
    padded[: len(shown)] = shown / (np.abs(shown).max() or 1.0)
    colours = colormaps["RdBu"]((padded + 1) / 2)[..., :3]
    return sheet(colours.reshape(-1, columns, *colours.shape[1:]))


def draw_maps(x: np.ndarray, white: float, gradient: np.ndarray, maps: np.ndarray) -> str:
    """For each example a row: the picture, its saliency, and maps of the first convolution.

    Args:
        x: raw (m, height, width, channels), and its number that is white.
        gradient: (m, height, width, channels).
        maps: (m, any height, any width, maps); none without a convolution.
    """
    _, height, width, _ = x.shape
    slopes = np.abs(gradient).max(axis=-1)
    rows, columns = (np.arange(side) * maps.shape[k] // side for k, side in ((1, height), (2, width)))
    shown = np.moveaxis(maps[:, rows][:, :, columns, :MAPS], -1, 1)
    cells = [grey_or_colour(x, white)[:, None], colormaps["inferno"](stretch(slopes))[:, None, ..., :3]]
    return sheet(np.concatenate([*cells, np.repeat(stretch(shown)[..., None], 3, axis=-1)], axis=1))


def stretch(pictures: np.ndarray) -> np.ndarray:
    """Each picture (..., height, width) from 0, its lowest number, to 1, its highest."""
    low, high = (f(pictures, axis=(-2, -1), keepdims=True) for f in (np.min, np.max))
    return (pictures - low) / np.where(high > low, high - low, 1)
