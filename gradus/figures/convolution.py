"""The sliding convolution, step by step, with its numbers (theory E6): two 3x3x3 filters over 7x7x3, stride 2."""

import io
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, png
from gradus.layers import Conv
from gradus.layers.conv import ConvParams

__all__ = ["animate", "draw", "measure"]

SIDE, CHANNELS, KERNEL, MAPS, STRIDE, PADDING = 5, 3, 3, 2, 2, 1
SHOWN = (1, 1, 0)  # row, column and map of the still picture's step
SECONDS = 1.2  # a step is shown in the moving one
WINDOW, OUT = LINE_STYLES[1]["color"], LINE_STYLES[0]["color"]


class Slide(NamedTuple):
    """x: (7, 7, 3), padded.  w: (3, 3, 3, 2).  b: (2,).  z: (3, 3, 2)."""

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray
    z: np.ndarray

    def window(self, row: int, column: int) -> np.ndarray:
        """What the kernel lies on for an output, (3, 3, 3)."""
        top, left = STRIDE * row, STRIDE * column
        return self.x[top : top + KERNEL, left : left + KERNEL]


def measure(sources: Sources, seed: int = 0) -> Measured:
    """Convolve small whole numbers with the layer that networks have."""
    draws = np.random.default_rng(seed)
    x = draws.integers(0, 3, (SIDE, SIDE, CHANNELS))
    w, b = draws.integers(-1, 2, (KERNEL, KERNEL, CHANNELS, MAPS)), np.array([1, 0])
    layer = Conv(MAPS, KERNEL, stride=STRIDE, padding=PADDING)
    z = layer.infer(ConvParams(jnp.asarray(w, float), jnp.asarray(b, float)), (), jnp.asarray(x[None], float))[0]
    slide = Slide(np.pad(x, ((PADDING,) * 2,) * 2 + ((0, 0),)), w, b, np.asarray(z).round().astype(int))
    rows, columns, maps = (index.ravel().tolist() for index in np.indices(slide.z.shape))
    row, column, j = SHOWN
    sums = channel_sums(slide, row, column, j)
    numbers = {
        "sums": " + ".join(f"({value})" if value < 0 else str(value) for value in sums),
        "bias": int(b[j]), "output": int(slide.z[row, column, j]), "steps": slide.z.size,
        "weights": w[..., 0].size, "parameters": w.size + b.size, "side": len(slide.z),
    }  # fmt: skip
    claim = all(
        sum(channel_sums(slide, r, c, m)) + b[m] == slide.z[r, c, m]
        for r, c, m in zip(rows, columns, maps, strict=True)
    )
    table = {"row": rows, "column": columns, "map": maps, "output": slide.z.ravel().tolist()}
    return Measured(table, numbers, bool(claim), drawn=slide)


def channel_sums(slide: Slide, row: int, column: int, j: int) -> list[int]:
    """Of each channel, the sum over the window of kernel times pixel."""
    return (slide.window(row, column) * slide.w[..., j]).sum(axis=(0, 1)).tolist()


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    return step_picture(measured.drawn, *SHOWN, labels)


def animate(measured: Measured, labels: Mapping[str, str]) -> bytes:
    """Every step in its turn: the windows of the first map, then those of the second."""
    slide: Slide = measured.drawn
    steps = [(row, column, j) for j in range(MAPS) for row in range(len(slide.z)) for column in range(len(slide.z))]
    pictures = [io.BytesIO(png(step_picture(slide, *step, labels))) for step in steps]
    frames = [Image.open(picture).convert("P", palette=Image.Palette.ADAPTIVE, colors=32) for picture in pictures]
    moving = io.BytesIO()
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:], duration=int(1000 * SECONDS), loop=0)
    return moving.getvalue()


def step_picture(slide: Slide, row: int, column: int, j: int, labels: Mapping[str, str]) -> Figure:
    """The input, both kernels and both maps, with the window and the output of one step framed."""
    figure = Figure(figsize=(9, 6.6), layout="constrained")
    axes = figure.subplots(CHANNELS, 4, width_ratios=(7, 3.4, 3.4, 3.4), squeeze=False)
    sums = channel_sums(slide, row, column, j)
    for channel in range(CHANNELS):
        source, *kernels, last = axes[channel]
        grid(source, slide.x[..., channel], labels["input"].format(channel=channel + 1))
        frame(source, STRIDE * row, STRIDE * column, KERNEL, WINDOW)
        for m, axis in enumerate(kernels):
            grid(axis, slide.w[..., channel, m], labels["kernel"].format(map=m + 1, channel=channel + 1))
            if m == j:
                frame(axis, 0, 0, KERNEL, WINDOW)
                axis.set_xlabel(labels["sum"].format(sum=sums[channel]), fontsize=9, color=WINDOW)
        if channel < MAPS:
            grid(last, slide.z[..., channel], labels["map"].format(map=channel + 1, bias=slide.b[channel]))
        if channel == j:
            frame(last, row, column, 1, OUT)
    text = " + ".join(f"({value})" if value < 0 else str(value) for value in [*sums, int(slide.b[j])])
    corner = axes[-1, -1]
    corner.set_axis_off()
    arithmetic = f"{text}\n= {slide.z[row, column, j]}"
    corner.text(0.5, 0.5, arithmetic, ha="center", va="center", fontsize=13, color=OUT, transform=corner.transAxes)
    return figure


def grid(axis: Axes, numbers: np.ndarray, title: str) -> None:
    """Whole numbers in squares; the darker, the larger."""
    axis.imshow(numbers, cmap="Greys", vmin=-6, vmax=24)
    for (row, column), number in np.ndenumerate(numbers):
        axis.text(column, row, str(number), ha="center", va="center", fontsize=9)
    axis.set_title(title, fontsize=9)
    axis.set_xticks([])
    axis.set_yticks([])


def frame(axis: Axes, top: int, left: int, side: int, color: Any) -> None:
    axis.add_patch(Rectangle((left - 0.5, top - 0.5), side, side, fill=False, edgecolor=color, linewidth=2.5))
