"""The pictures of a report, without words: the page around them has those, in its own language."""

import io
from base64 import b64encode
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gradus.figures import LINE_STYLES, label_axes, png, subplots, svg, tile
from gradus.runs import Metrics

__all__ = ["draw_calibration", "draw_curves", "draw_maps", "draw_residuals", "image_uri", "kernel_uri"]

MOST_POINTS = 2000  # of a cloud
MAPS = 8  # of the first layer, beside an example
BLUE, ORANGE = (style["color"] for style in LINE_STYLES[:2])


def uri(content: bytes, kind: str) -> str:
    """A picture as an address that holds it."""
    return f"data:image/{kind};base64,{b64encode(content).decode()}"


def svg_uri(figure: Figure) -> str:
    """A figure of lines."""
    return uri(svg(figure), "svg+xml")


def draw_curves(rows: Sequence[Metrics]) -> list[str]:
    """Costs over the epochs, and the score on the validation data."""
    score = next((name for name in ("validation_accuracy", "validation_r2") if name in rows[0]), None)
    panels = [(("cost", "validation_cost"), LINE_STYLES), *([((score,), LINE_STYLES[1:])] if score else [])]
    pictures = []
    for names, styles in panels:
        figure, axes = subplots(height=3.0)
        for name, style in zip(names, styles, strict=False):
            if name in rows[0]:
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


def image_uri(x: np.ndarray, white: float, scale: int = 1) -> str:
    """A raw input (height, width, channels) as a picture, larger by a whole number."""
    from PIL import Image

    values = np.clip(255 * x.astype(float) / white, 0, 255).astype(np.uint8).repeat(scale, 0).repeat(scale, 1)
    content = io.BytesIO()
    Image.fromarray(values[..., 0] if values.shape[-1] == 1 else values[..., :3]).save(content, "PNG", optimize=True)
    return uri(content.getvalue(), "png")


def kernel_uri(kernels: np.ndarray) -> str:
    """Kernels (maps, height, width), blue where positive and red where negative."""
    columns = min(len(kernels), 8)
    padded = np.zeros((-(-len(kernels) // columns) * columns, *kernels.shape[1:]))
    padded[: len(kernels)] = kernels
    most = np.abs(kernels).max() or 1.0
    figure, axes = subplots(width=0.8 * columns, height=0.8 * len(padded) / columns)
    axes[0].imshow(tile(padded, len(padded) // columns), cmap="RdBu", vmin=-most, vmax=most)
    axes[0].axis("off")
    return uri(png(figure), "png")


def draw_maps(x: np.ndarray, gradient: np.ndarray, maps: np.ndarray) -> str:
    """For each example a row: the picture (0 to 1), its saliency, and maps of the first layer.

    Args:
        x, gradient: (m, height, width, channels).
        maps: (m, height, width, maps).
    """
    shown = min(MAPS, maps.shape[-1])
    figure, axes = subplots(columns=2 + shown, rows=len(x), width=0.9, height=0.9)
    for row, (image, slopes, activations) in enumerate(zip(x, gradient, maps, strict=True)):
        cells = axes[row * (2 + shown) :]
        cells[0].imshow(image[..., 0] if image.shape[-1] == 1 else image, cmap="gray", vmin=0, vmax=1)
        cells[1].imshow(np.abs(slopes).max(axis=-1), cmap="inferno")
        for k in range(shown):
            cells[2 + k].imshow(activations[..., k], cmap="gray")
        for cell in cells[: 2 + shown]:
            cell.axis("off")
    return uri(png(figure), "png")
