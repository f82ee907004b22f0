"""One image under valid and same padding, with strides 1 and 2, and the pixels that are left out (theory E3)."""

from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from gradus.equations import Pads, Windows
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, frame_pixels, show_image, subplots
from gradus.layers import Conv, ConvParams

__all__ = ["draw", "measure"]

KERNEL = 3
PADDINGS, STRIDES = ("valid", "same"), (1, 2)
MARGIN = 3  # of white paper around the digit of 8x8, so that windows at the border see nothing else
OUTLINES = np.full((KERNEL, KERNEL), -1.0)  # a kernel that answers 0 where all pixels are alike
OUTLINES[KERNEL // 2, KERNEL // 2] = KERNEL**2 - 1
PADDED, LEFT_OUT = to_rgb(LINE_STYLES[0]["color"]), to_rgb(LINE_STYLES[1]["color"])
INK = 0.45  # how light the darkest pixel is drawn, so that numbers can be read on it


class Board(NamedTuple):
    """A convolution of the image with one padding and stride.

    pads: ((top, bottom), (left, right)).  reads: the windows that read each pixel.  z: the map (down, across).
    """

    padding: str
    stride: int
    pads: Pads
    reads: np.ndarray
    z: np.ndarray


def measure(sources: Sources) -> Measurement:
    """Convolve a dark digit on white paper, 14x14, with a 3x3 kernel that answers where the brightness changes."""
    ink = sources.digits.training.x[0, ..., 0] / 16
    image = 1 - np.pad(ink, MARGIN)
    boards = {setting: convolve(image, *setting) for setting in product(PADDINGS, STRIDES)}
    valid, same = boards["valid", 1], boards["same", 1]
    skipping, fitted = boards["valid", 2], boards["same", 2]
    numbers = {
        "image": len(image), "kernel": KERNEL,
        **{f"{padding}{stride}": len(board.z) for (padding, stride), board in boards.items()},
        "left_out": int((skipping.reads == 0).sum()),
        "remainder": (len(image) - KERNEL) % 2,
        "corner": int(valid.reads[0, 0]), "middle": int(valid.reads.max()), "same_corner": int(same.reads[0, 0]),
        "before": fitted.pads[0][0], "behind": fitted.pads[0][1],
        "valid_border": largest_at_border(valid.z), "same_border": largest_at_border(same.z),
    }  # fmt: skip
    rows, columns = (index.ravel() for index in np.indices(image.shape))
    table: dict[str, Any] = {"row": rows, "column": columns, "pixel": image.ravel()}
    table |= {f"windows_{padding}_stride{stride}": board.reads.ravel() for (padding, stride), board in boards.items()}
    claim = all(follows_formula(board, len(image)) for board in boards.values()) and (
        numbers["valid_border"] == 0 < numbers["same_border"]
    )
    return Measurement(table, numbers, claim, plot_data=(image, boards))


def convolve(image: np.ndarray, padding: str, stride: int) -> Board:
    """The map of the image (height, width), and how often each pixel is read: the error 1 of every output sent back."""
    layer, x = Conv(1, KERNEL, stride, padding=padding), jnp.asarray(image)[None, ..., None]
    z, _ = layer.forward(ConvParams(jnp.asarray(OUTLINES)[..., None, None], jnp.zeros(1)), x)
    ones = ConvParams(jnp.ones((KERNEL, KERNEL, 1, 1)), jnp.zeros(1))
    _, cache = layer.forward(ones, x)
    reads, _ = layer.backward(ones, cache, jnp.ones_like(z))
    pads = Windows(KERNEL, stride, padding=padding).pads(image.shape)
    return Board(padding, stride, pads, np.asarray(reads)[0, ..., 0].round().astype(int), np.asarray(z)[0, ..., 0])


def largest_at_border(z: np.ndarray) -> float:
    """The largest |z| in the first and last rows and columns of a map."""
    inside = np.zeros_like(z)
    inside[1:-1, 1:-1] = z[1:-1, 1:-1]
    return float(np.abs(z - inside).max())


def follows_formula(board: Board, n: int) -> bool:
    """Whether the side of the map and the pixels left out are those of theory E3, for an image of n x n."""
    if board.padding == "same":
        return len(board.z) == -(-n // board.stride) and bool((board.reads > 0).all())
    places, remainder = divmod(n - KERNEL, board.stride)
    return len(board.z) == places + 1 and int((board.reads == 0).sum()) == n**2 - (n - remainder) ** 2


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    image, boards = measurement.plot_data
    figure, axes = subplots(columns=len(boards), rows=2, width=2.6, height=2.9)
    most = max(np.abs(board.z).max() for board in boards.values())
    for source, output, board in zip(*axes.reshape(2, -1), boards.values(), strict=True):
        show_source(source, image, board, source_title(board, labels))
        down, across = board.z.shape
        shades = {"cmap": "RdBu_r", "vmin": -most, "vmax": most}
        show_image(output, board.z, labels["map"].format(down=down, across=across), **shades)
    return figure


def source_title(board: Board, labels: Mapping[str, str]) -> str:
    """The setting, and the border: zeros are added, pixels are left out, or neither."""
    left_out = int((board.reads[0] == 0).sum())
    _, (before, behind) = board.pads
    border = "padded" if before + behind else "left_out" if left_out else "fits"
    setting = labels["setting"].format(padding=board.padding, stride=board.stride)
    return f"{setting}\n{labels[border].format(before=before, behind=behind, left_out=left_out)}"


def show_source(axis: Axes, image: np.ndarray, board: Board, title: str) -> None:
    """Show the image in its padding, the number of windows that read each pixel, and the first and the last window."""
    (top, _), (left, _) = board.pads
    shades = np.repeat(INK + (1 - INK) * image[..., None], 3, axis=-1)
    shades[board.reads == 0] = LEFT_OUT
    framed = np.full((*np.add(image.shape, np.sum(board.pads, axis=1)), 3), PADDED)
    framed[top : top + len(image), left : left + len(image)] = shades
    show_image(axis, framed, title)
    for (row, column), count in np.ndenumerate(board.reads):
        axis.text(left + column, top + row, str(count or "×"), ha="center", va="center", fontsize=6.5)
    down, across = board.z.shape
    for row, column in ((0, 0), (down - 1, across - 1)):
        frame_pixels(axis, board.stride * row, board.stride * column, KERNEL)
