"""One sigmoid neuron unlearns a wrong output, with the quadratic cost and with the cross-entropy (theory B5)."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from matplotlib.figure import Figure

from gradus.equations import Cost, CrossEntropy, Quadratic
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, label_axes, subplots
from gradus.layers import Chain, Dense, DenseParams
from gradus.network import backprop

__all__ = ["draw", "measure"]

STARTS = {"easy": (0.6, 0.9), "hard": (2.0, 2.0)}  # (w, b)
RUNS = {
    "quadratic": (Quadratic("sigmoid"), 0.15),
    "entropy": (CrossEntropy(), 0.15),
    "entropy_slow": (CrossEntropy(), 0.005),
}
CURVES = ("output", "cost", "dw", "db")
NEURON = Chain((Dense(1),))


def measure(sources: Sources, epochs: int = 300) -> Measurement:
    """Descend on w and b from both starts, with x = 1 and y = 0."""
    table: dict[str, Any] = {"epoch": np.arange(epochs + 1)}
    for start, (w, b) in STARTS.items():
        for name, (cost, eta) in RUNS.items():
            for curve, values in zip(CURVES, descend(cost, eta, w, b, epochs), strict=True):
                table[f"{start}_{name}_{curve}"] = values
    gradients = {name: np.abs(table[f"hard_{name}_dw"]) for name in RUNS}
    outputs = {name: table[f"hard_{name}_output"] for name in RUNS}
    steepest = {name: int(gradient.argmax()) for name, gradient in gradients.items()}
    numbers = {
        "quadratic_gradient": gradients["quadratic"][0],
        "quadratic_steepest": steepest["quadratic"],
        "quadratic_middle": outputs["quadratic"][epochs // 2],
        "entropy_gradient": gradients["entropy"][0],
        "entropy_fifty": outputs["entropy"][epochs // 6],
        "slow_end": outputs["entropy_slow"][-1],
    }
    has_plateau = steepest["quadratic"] > epochs / 3
    return Measurement(table, numbers, has_plateau and steepest["entropy"] == steepest["entropy_slow"] == 0)


def descend(cost: Cost, eta: float, w: float, b: float, epochs: int) -> list[np.ndarray]:
    """CURVES (epochs + 1,) of one example, from before the first epoch on."""
    x, y = jnp.ones((1, 1)), jnp.zeros((1, 1))

    def step(params: Any, _: None) -> tuple[Any, tuple[Array, ...]]:
        a = cost.output(NEURON.forward(params, x)[0])
        result = backprop(NEURON, cost, params, x, y)
        new_params = jax.tree.map(lambda p, gradient: p - eta * gradient, params, result.gradients)
        (neuron,) = result.gradients
        return new_params, (a[0, 0], result.C, neuron.w[0, 0], neuron.b[0])

    start = (DenseParams(jnp.array([[w]]), jnp.array([b])),)
    curves = jax.lax.scan(step, start, length=epochs + 1)[1]
    return [np.asarray(curve) for curve in curves]


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    table = measurement.table
    figure, axes = subplots(columns=2, rows=3, height=2.6)
    for row, (curve, y) in enumerate((("cost", "cost"), ("dw", "weight"), ("db", "bias"))):
        for column, (start, (w, b)) in enumerate(STARTS.items()):
            axis = axes[2 * row + column]
            for name, style in zip(RUNS, LINE_STYLES, strict=False):
                axis.plot(table["epoch"], table[f"{start}_{name}_{curve}"], label=labels[name], **style)
            title = labels["start"].format(w=w, b=b) if row == 0 else ""
            label_axes(axis, title, labels["epoch"] if row == 2 else "", labels[y], legend=(row, column) == (0, 1))
    return figure
