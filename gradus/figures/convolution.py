"""The sliding convolution, step by step, with its numbers (theory E6): two 3x3x3 kernels over 7x7x3, stride 2."""

import io
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import DPI, LINE_STYLES, frame_pixels, show_image, subplots
from gradus.layers import Conv, ConvParams

__all__ = ["animate", "draw", "measure"]

SIDE, CHANNELS, KERNEL, MAPS, STRIDE, PADDING = 5, 3, 3, 2, 2, 1
STEP = (1, 1, 0)  # the row, column and map of the still picture
SECONDS = 1.2  # per step of the moving picture
WINDOW, OUTPUT = LINE_STYLES[1]["color"], LINE_STYLES[0]["color"]


class Slide(NamedTuple):
    """x: (7, 7, 3), padded.  w: (3, 3, 3, 2).  b: (2,).  z: (3, 3, 2)."""

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray
    z: np.ndarray

    def channel_sums(self, row: int, column: int, j: int) -> list[int]:
        """For each channel, the sum over the window of kernel times pixel."""
        top, left = STRIDE * row, STRIDE * column
        window = self.x[top : top + KERNEL, left : left + KERNEL]
        return (window * self.w[..., j]).sum(axis=(0, 1)).tolist()


def measure(sources: Sources, seed: int = 0) -> Measurement:
    """Convolve small whole numbers with the convolutional layer of Gradus."""
    draws = np.random.default_rng(seed)
    x = draws.integers(0, 3, (SIDE, SIDE, CHANNELS))
    w, b = draws.integers(-1, 2, (KERNEL, KERNEL, CHANNELS, MAPS)), np.array([1, 0])
    layer = Conv(MAPS, KERNEL, stride=STRIDE, padding=PADDING)
    z = layer.infer(ConvParams(jnp.asarray(w, float), jnp.asarray(b, float)), (), jnp.asarray(x[None], float))[0]
    slide = Slide(np.pad(x, ((PADDING,) * 2,) * 2 + ((0, 0),)), w, b, np.asarray(z).round().astype(int))
    rows, columns, maps = (index.ravel().tolist() for index in np.indices(slide.z.shape))
    numbers = {
        "sums": as_sum(slide.channel_sums(*STEP)),
        "bias": int(b[STEP[-1]]), "output": int(slide.z[STEP]), "steps": slide.z.size,
        "weights": w[..., 0].size, "parameters": w.size + b.size, "side": len(slide.z),
    }  # fmt: skip
    claim = all(sum(slide.channel_sums(*step)) + b[step[-1]] == z for step, z in np.ndenumerate(slide.z))
    table = {"row": rows, "column": columns, "map": maps, "output": slide.z.ravel().tolist()}
    return Measurement(table, numbers, claim, plot_data=slide)


def as_sum(numbers: list[int]) -> str:
    """Such as "2 + (-3) + 1"."""
    return " + ".join(f"({number})" if number < 0 else str(number) for number in numbers)


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    slide: Slide = measurement.plot_data
    figure, axes = draw_board(slide, labels)
    mark_step(axes, slide, *STEP, labels)
    return figure


def animate(measurement: Measurement, labels: Mapping[str, str]) -> bytes:
    """Every step in turn: the windows of the first map, then those of the second."""
    slide: Slide = measurement.plot_data
    figure, axes = draw_board(slide, labels)
    figure.set_dpi(DPI)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    board = canvas.copy_from_bbox(figure.bbox)
    frames = []
    for j, row, column in np.ndindex(MAPS, *slide.z.shape[:2]):
        canvas.restore_region(board)  # which is drawn only once
        for artist in mark_step(axes, slide, row, column, j, labels):
            artist.draw(canvas.get_renderer())
        frame = Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB")
        frames.append(frame.convert("P", palette=Image.Palette.ADAPTIVE, colors=64))
    gif = io.BytesIO()
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:], duration=int(1000 * SECONDS), loop=0)
    return gif.getvalue()


def draw_board(slide: Slide, labels: Mapping[str, str]) -> tuple[Figure, np.ndarray]:
    """The input, both kernels and both maps by channel, with room for the arithmetic of a step."""
    figure, axes = subplots(columns=4, rows=CHANNELS, width=2.1, height=2.2, width_ratios=(1.1, 1, 1, 1))
    axes = axes.reshape(CHANNELS, 4)
    for channel, (source, *kernels, output) in enumerate(axes):
        show_numbers(source, slide.x[..., channel], labels["input"].format(channel=channel + 1))
        for m, axis in enumerate(kernels):
            show_numbers(axis, slide.w[..., channel, m], labels["kernel"].format(map=m + 1, channel=channel + 1))
            axis.set_xlabel(" ", fontsize=9, color=WINDOW)
        if channel < MAPS:
            show_numbers(output, slide.z[..., channel], labels["map"].format(map=channel + 1, bias=slide.b[channel]))
    axes[-1, -1].set_axis_off()
    return figure, axes


def mark_step(axes: np.ndarray, slide: Slide, row: int, column: int, j: int, labels: Mapping[str, str]) -> list[Artist]:
    """Frame the window and the output of one step, and write its arithmetic: everything that changes."""
    sums = slide.channel_sums(row, column, j)
    artists: list[Artist] = []
    for (source, *kernels, _), channel_sum in zip(axes, sums, strict=True):
        kernel = kernels[j]
        artists.append(frame_pixels(source, STRIDE * row, STRIDE * column, KERNEL, edgecolor=WINDOW, linewidth=2.5))
        artists.append(frame_pixels(kernel, 0, 0, KERNEL, edgecolor=WINDOW, linewidth=2.5))
        kernel.set_xlabel(labels["sum"].format(sum=channel_sum))
        artists.append(kernel.xaxis.label)
    artists.append(frame_pixels(axes[j, -1], row, column, 1, edgecolor=OUTPUT, linewidth=2.5))
    corner, arithmetic = axes[-1, -1], f"{as_sum([*sums, int(slide.b[j])])}\n= {slide.z[row, column, j]}"
    place: dict[str, Any] = {"ha": "center", "va": "center", "transform": corner.transAxes}
    return [*artists, corner.text(0.5, 0.5, arithmetic, fontsize=12, color=OUTPUT, **place)]


def show_numbers(axis: Axes, numbers: np.ndarray, title: str) -> None:
    """Whole numbers in squares, darker where they are larger."""
    show_image(axis, numbers, title, cmap="Greys", vmin=-6, vmax=24)
    for (row, column), number in np.ndenumerate(numbers):
        axis.text(column, row, str(number), ha="center", va="center", fontsize=9)
