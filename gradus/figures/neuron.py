"""One sigmoid neuron unlearns a wrong output, with the quadratic cost and with the cross-entropy (theory B5)."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from gradus.equations.costs import CrossEntropy, Quadratic
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, axes_of, label_axes
from gradus.layers import Chain, Dense
from gradus.layers.dense import DenseParams
from gradus.network import backprop

__all__ = ["draw", "measure"]

EASY, HARD = (0.6, 0.9), (2.0, 2.0)  # starts (w, b)
RUNS = {
    "quadratic": (Quadratic("sigmoid"), 0.15),
    "entropy": (CrossEntropy(), 0.15),
    "entropy_slow": (CrossEntropy(), 0.005),
}
NEURON = Chain((Dense(1),))


def measure(sources: Sources, epochs: int = 300) -> Measured:
    """Descend on w and b from both starts, x = 1 and y = 0."""
    table: dict[str, Any] = {"epoch": np.arange(epochs + 1)}
    for start, (w, b) in (("easy", EASY), ("hard", HARD)):
        for name, (cost, eta) in RUNS.items():
            for what, values in descent(cost, eta, w, b, epochs).items():
                table[f"{start}_{name}_{what}"] = values
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
    plateau = steepest["quadratic"] > epochs / 3
    return Measured(table, numbers, claim=plateau and steepest["entropy"] == steepest["entropy_slow"] == 0)


def descent(cost: Any, eta: float, w: float, b: float, epochs: int) -> dict[str, np.ndarray]:
    """The output, the cost and its gradient after 0, 1, ... epochs of one example."""
    x, y = jnp.ones((1, 1)), jnp.zeros((1, 1))

    def step(params: tuple, _: None) -> tuple[tuple, tuple]:
        a = cost.output(NEURON.forward(params, x)[0])
        C, gradients, *_ = backprop(NEURON, cost, params, x, y)
        after = jax.tree.map(lambda p, gradient: p - eta * gradient, params, gradients)
        return after, (a[0, 0], C, gradients[0].w[0, 0], gradients[0].b[0])

    start = (DenseParams(jnp.array([[w]]), jnp.array([b])),)
    _, values = jax.lax.scan(step, start, length=epochs + 1)
    return dict(zip(("output", "cost", "dw", "db"), map(np.asarray, values), strict=True))


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    figure, axes = axes_of(columns=2, rows=3, height=2.6)
    for column, (start, (w, b)) in enumerate((("easy", EASY), ("hard", HARD))):
        for row, (what, y) in enumerate((("cost", "cost"), ("dw", "weight"), ("db", "bias"))):
            axis = axes[2 * row + column]
            for name, look in zip(RUNS, LINE_STYLES, strict=False):
                axis.plot(measured.table["epoch"], measured.table[f"{start}_{name}_{what}"], label=labels[name], **look)
            title = labels["start"].format(w=w, b=b) if row == 0 else ""
            label_axes(axis, title, labels["epoch"] if row == 2 else "", labels[y], legend=(row, column) == (0, 1))
    return figure
