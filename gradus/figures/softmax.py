"""Softmax: outputs that are a probability distribution (theory A4)."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from gradus.equations.activations import softmax
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, axes_of, label_axes

__all__ = ["draw", "measure"]

Z = (2.5, -1.0, 3.2, 0.5)  # the weighted inputs of the book's sliders; z_4 is what moves
TEMPERATURES = (0.25, 1.0, 4.0)
HATCHES = ("", "//", "..")


def measure(sources: Sources, points: int = 201) -> Measured:
    """Four outputs while z_4 goes from -6 to 10, and the same four z divided by three temperatures."""
    moving = np.linspace(-6, 10, points)
    z = np.tile(Z, (points, 1))
    z[:, 3] = moving
    a = np.asarray(softmax(jnp.asarray(z)))
    table: dict[str, Any] = {"z4": moving} | {f"a{j + 1}": a[:, j] for j in range(len(Z))} | {"sum": a.sum(axis=1)}
    heated = {t: np.asarray(softmax(jnp.array(Z) / t)) for t in TEMPERATURES}
    others = a[:, :3] / a[:, :3].sum(axis=1, keepdims=True)
    numbers = {
        "first": a[0, 3], "last": a[-1, 3],
        "error": f"{np.abs(a.sum(axis=1) - 1).max():.0e}",
        "cold": heated[0.25].max(), "usual": heated[1.0].max(), "hot": heated[4.0].max(),
    }  # fmt: skip
    rises, falls = (np.diff(a[:, 3]) >= 0).all(), (np.diff(a[:, :3], axis=0) <= 0).all()
    claim = rises and falls and np.allclose(a.sum(axis=1), 1, atol=1e-6) and np.allclose(others, others[0], atol=1e-4)
    return Measured(table, numbers, bool(claim), drawn=heated)


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    figure, (left, right) = axes_of(columns=2)
    for j, look in enumerate(LINE_STYLES[: len(Z)], 1):
        left.plot(
            measured.table["z4"],
            measured.table[f"a{j}"],
            label=f"a{j}" + (f"  (z{j} = {Z[j - 1]:g})" * (j < 4)),
            **look,
        )
    left.plot(measured.table["z4"], measured.table["sum"], color="black", linewidth=0.8)
    left.text(-5.8, 0.94, labels["sum"], fontsize=9)
    label_axes(left, labels["moving"], "z4", labels["probability"])
    places = np.arange(len(Z))
    for number, (temperature, a) in enumerate(measured.drawn.items()):
        style = {"color": LINE_STYLES[number]["color"], "hatch": HATCHES[number], "edgecolor": "white", "width": 0.27}
        right.bar(places + 0.27 * (number - 1), a, label=labels["temperature"].format(t=temperature), **style)
    right.set_xticks(places, [f"z = {z:g}" for z in Z])
    label_axes(right, labels["scaled"], "", labels["probability"])
    return figure
