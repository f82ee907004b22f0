"""Max-pooling, average pooling and L2 pooling of one image (theory E4)."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, frame_pixels, show_image, subplots
from gradus.layers import Pool

__all__ = ["draw", "measure"]

POOLINGS = ("max", "average", "l2")
SIDE = 24  # of the feature map that a 5x5 kernel makes of 28x28
WINDOW = 2


def measure(sources: Sources) -> Measurement:
    """Pool a handwritten digit, enlarged to 24x24, in windows of 2x2."""
    digit = Image.fromarray((sources.digits.training.x[0, ..., 0] / 16).astype(np.float32))
    a = np.asarray(digit.resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    outputs = {kind: pool(kind, a) for kind in POOLINGS}
    rows, columns = np.indices(outputs["max"].shape)
    table: dict[str, Any] = {"row": rows.ravel(), "column": columns.ravel()}
    table |= {kind: values.ravel() for kind, values in outputs.items()}
    place = np.unravel_index((outputs["max"] - outputs["average"]).argmax(), outputs["max"].shape)
    row, column = (WINDOW * int(index) for index in place)  # of the window whose pixels differ most
    window = a[row : row + WINDOW, column : column + WINDOW].ravel()
    numbers = {
        "side": SIDE, "pooled_side": SIDE // WINDOW, "fewer": 100 * (1 - outputs["max"].size / a.size),
        "window": ", ".join(f"{number:.2f}" for number in window),
        **{kind: float(values[place]) for kind, values in outputs.items()},
    }  # fmt: skip
    is_ordered = (outputs["average"] <= outputs["max"] + 1e-6).all() and (outputs["max"] <= outputs["l2"] + 1e-6).all()
    return Measurement(table, numbers, is_ordered and numbers["fewer"] == 75, plot_data=(a, outputs, row, column))


def pool(kind: str, a: np.ndarray) -> np.ndarray:
    """The image (height, width), pooled."""
    layer = Pool(WINDOW, pooling=kind)
    return np.asarray(layer.infer((), (), jnp.asarray(a)[None, ..., None]))[0, ..., 0]


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    a, outputs, row, column = measurement.plot_data
    figure, axes = subplots(columns=4, width=2.5, height=3)
    color = LINE_STYLES[1]["color"]
    show_image(axes[0], a, f"{labels['before']}: {SIDE}×{SIDE}", vmin=0, vmax=2)
    frame_pixels(axes[0], row, column, WINDOW, edgecolor=color)
    axes[0].set_xlabel(measurement.numbers["window"], fontsize=9)
    for axis, (kind, values) in zip(axes[1:], outputs.items(), strict=True):
        show_image(axis, values, f"{labels[kind]}: {len(values)}×{len(values)}", vmin=0, vmax=2)
        frame_pixels(axis, row // WINDOW, column // WINDOW, 1, edgecolor=color)
        axis.set_xlabel(f"{measurement.numbers[kind]:.3f}", fontsize=9)
    return figure
