"""Softmax: outputs that form a probability distribution (theory A4)."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from gradus.equations import softmax
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, label_axes, plot_bars, subplots

__all__ = ["draw", "measure"]

Z = (2.5, -1.0, 3.2, 0.5)  # the weighted inputs of the book's sliders; z_4 varies
TEMPERATURES = (0.25, 1.0, 4.0)


def measure(sources: Sources, points: int = 201) -> Measurement:
    """Four outputs while z_4 goes from -6 to 10, and the same four z divided by three temperatures."""
    z4 = np.linspace(-6, 10, points)
    z = np.tile(Z, (points, 1))
    z[:, 3] = z4
    a = np.asarray(softmax(jnp.asarray(z)))
    table: dict[str, Any] = {"z4": z4} | {f"a{j + 1}": a[:, j] for j in range(len(Z))} | {"sum": a.sum(axis=1)}
    by_temperature = {t: np.asarray(softmax(jnp.array(Z) / t)) for t in TEMPERATURES}
    others = a[:, :3] / a[:, :3].sum(axis=1, keepdims=True)
    numbers = {
        "first": a[0, 3], "last": a[-1, 3],
        "error": f"{np.abs(a.sum(axis=1) - 1).max():.0e}",
        "cold": by_temperature[0.25].max(), "usual": by_temperature[1.0].max(), "hot": by_temperature[4.0].max(),
    }  # fmt: skip
    rises, others_fall = (np.diff(a[:, 3]) >= 0).all(), (np.diff(a[:, :3], axis=0) <= 0).all()
    is_distribution = np.allclose(a.sum(axis=1), 1, atol=1e-6)
    claim = rises and others_fall and is_distribution and np.allclose(others, others[0], atol=1e-4)
    return Measurement(table, numbers, claim, plot_data=by_temperature)


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    table = measurement.table
    figure, (left, right) = subplots(columns=2)
    for j, (z, style) in enumerate(zip(Z, LINE_STYLES, strict=False), 1):
        left.plot(table["z4"], table[f"a{j}"], label=f"a{j}" + (f"  (z{j} = {z:g})" if j < 4 else ""), **style)
    left.plot(table["z4"], table["sum"], color="black", linewidth=0.8)
    left.text(-5.8, 0.94, labels["sum"], fontsize=9)
    label_axes(left, labels["moving"], "z4", labels["probability"])
    plot_bars(right, {labels["temperature"].format(t=t): a for t, a in measurement.plot_data.items()})
    right.set_xticks(np.arange(len(Z)), [f"z = {z:g}" for z in Z])
    label_axes(right, labels["scaled"], "", labels["probability"])
    return figure
