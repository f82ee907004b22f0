"""The sigmoid and its derivative, and where it saturates, beside tanh and ReLU (theory A5)."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from gradus.equations import activation, derivative
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, label_axes, subplots

__all__ = ["draw", "measure"]

NAMES = ("sigmoid", "tanh", "relu")
FLAT = 1 / 20  # f is saturated where f' is below this share of its maximum


def measure(sources: Sources, points: int = 1601) -> Measurement:
    """f and f' over z from -8 to 8."""
    z = jnp.linspace(-8, 8, points)
    table: dict[str, Any] = {"z": np.asarray(z)}
    for name in NAMES:
        table[name] = np.asarray(activation(name)(z))
        table[f"{name}_prime"] = np.asarray(derivative(name)(z))
    steepest = {name: float(table[f"{name}_prime"].max()) for name in NAMES}
    positive = table["z"] > 0
    flat = {name: table["z"][positive & (table[f"{name}_prime"] < FLAT * steepest[name])].min() for name in NAMES[:2]}
    numbers = {
        "steepest": steepest["sigmoid"],
        "flat": flat["sigmoid"],
        "at_flat": 1 - float(activation("sigmoid")(jnp.asarray(flat["sigmoid"]))),
        "five_layers": steepest["sigmoid"] ** 5,
        "tanh_steepest": steepest["tanh"],
        "tanh_flat": flat["tanh"],
        "relu_steepest": steepest["relu"],
    }
    saturates = max(table[f"{name}_prime"][[0, -1]].max() for name in NAMES[:2]) < 0.001
    claim = saturates and steepest["sigmoid"] <= 0.25 and table["relu_prime"][-1] == 1
    return Measurement(table, numbers, claim)


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    table, flat = measurement.table, measurement.numbers["flat"]
    figure, axes = subplots(columns=2)
    for axis, suffix, y in zip(axes, ("", "_prime"), ("a = f(z)", "f′(z)"), strict=True):
        for name, style in zip(NAMES, LINE_STYLES, strict=False):
            axis.plot(table["z"], table[f"{name}{suffix}"], label=labels[name], **style)
        label_axes(axis, labels[f"title{suffix}"], "z", y, legend=axis is axes[0])
    axes[0].set_ylim(-1.2, 2.2)
    for left, right in ((-8, -flat), (flat, 8)):
        axes[1].axvspan(left, right, color="0.9")
    axes[1].text(-(8 + flat) / 2, 0.6, labels["saturated"], ha="center", fontsize=9)
    return figure
