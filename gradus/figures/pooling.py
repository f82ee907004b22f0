"""Three poolings of one image: the maximum, the average, and the root of the sum of squares (theory E4)."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from gradus.data import load
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, axes_of, image
from gradus.layers import Pool

__all__ = ["draw", "measure"]

POOLINGS = ("max", "average", "l2")
SIDE = 24  # of the feature map that a 5x5 kernel makes of 28x28
WINDOW = 2


def measure(sources: Sources) -> Measured:
    """Pool a handwritten digit, enlarged to 24x24, in windows of 2x2, by each of the layers that networks have."""
    digit = Image.fromarray((load("digits").training.x[0, ..., 0] / 16).astype(np.float32))
    a = np.asarray(digit.resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    pooled = {kind: pool(kind, a) for kind in POOLINGS}
    rows, columns = np.indices(pooled["max"].shape)
    table: dict[str, Any] = {"row": rows.ravel(), "column": columns.ravel()}
    table |= {kind: values.ravel() for kind, values in pooled.items()}
    place = np.unravel_index((pooled["max"] - pooled["average"]).argmax(), pooled["max"].shape)
    row, column = (WINDOW * int(index) for index in place)  # of the window whose pixels differ most
    window = a[row : row + WINDOW, column : column + WINDOW].ravel()
    numbers = {
        "side": SIDE, "pooled_side": SIDE // WINDOW, "fewer": 100 * (1 - pooled["max"].size / a.size),
        "window": ", ".join(f"{number:.2f}" for number in window),
        **{kind: float(values[place]) for kind, values in pooled.items()},
    }  # fmt: skip
    ordered = (pooled["average"] <= pooled["max"] + 1e-6).all() and (pooled["max"] <= pooled["l2"] + 1e-6).all()
    return Measured(table, numbers, bool(ordered and numbers["fewer"] == 75), drawn=(a, pooled, row, column))


def pool(kind: str, a: np.ndarray) -> np.ndarray:
    """The image (height, width), pooled."""
    layer = Pool(WINDOW, pooling=kind)
    return np.asarray(layer.infer((), (), jnp.asarray(a)[None, ..., None]))[0, ..., 0]


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    a, pooled, row, column = measured.drawn
    figure, axes = axes_of(columns=4, width=2.5, height=3)
    image(axes[0], a, f"{labels['before']}: {SIDE}x{SIDE}", vmin=0, vmax=2)
    frame = {"fill": False, "edgecolor": LINE_STYLES[1]["color"], "linewidth": 2}
    axes[0].add_patch(rectangle(column, row, WINDOW, frame))
    for axis, (kind, values) in zip(axes[1:], pooled.items(), strict=True):
        image(axis, values, f"{labels[kind]}: {len(values)}x{len(values)}", vmin=0, vmax=2)
        axis.add_patch(rectangle(column // WINDOW, row // WINDOW, 1, frame))
        axis.set_xlabel(f"{measured.numbers[kind]:.3f}", fontsize=9)
    axes[0].set_xlabel(measured.numbers["window"], fontsize=9)
    return figure


def rectangle(left: int, top: int, side: int, style: Mapping[str, Any]) -> Rectangle:
    """A frame around pixels, whose centres have whole coordinates."""
    return Rectangle((left - 0.5, top - 0.5), side, side, **style)
