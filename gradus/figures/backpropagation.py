"""One step of backpropagation in a small network, with every number (theory C3)."""

from collections.abc import Iterator, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES
from gradus.figures.worked_step import Stage, WorkedStep, worked_step

__all__ = ["draw", "measure"]

SIZES, ETA, SEED = (2, 2, 2), 0.5, 3  # as `gradus explain` without options
APART = 3.2  # between two layers of the diagram


def measure(sources: Sources) -> Measured:
    """A step with one example: sigmoid neurons, quadratic cost."""
    step = worked_step(SIZES, "sigmoid", "quadratic", ETA, SEED)
    table = dict(zip(("layer", "name", "value"), map(list, zip(*values(step), strict=True)), strict=True))
    last = step.stages[-1]
    a, y = float(last.a[0]), float(step.y[0])
    numbers = {
        "before": step.C, "after": step.new_C, "eta": ETA,
        "a": a, "y": y, "f_prime": a * (1 - a), "delta": float(last.delta[0]),
        "a_in": float(last.a_in[0]), "gradient": float(last.dw[0, 0]),
        "w": float(last.w[0, 0]), "new_w": float(last.w[0, 0] - ETA * last.dw[0, 0]),
    }  # fmt: skip
    claim = step.new_C < step.C and np.isclose(numbers["delta"], (a - y) * a * (1 - a), rtol=1e-5)
    return Measured(table, numbers, bool(claim), drawn=step)


def values(step: WorkedStep) -> Iterator[tuple[int, str, float]]:
    """Every number of the step: its layer, its name, and what it is."""
    yield from ((0, f"x{k}", float(x)) for k, x in enumerate(step.x, 1))
    for stage in step.stages:
        for name, numbers in (("z", stage.z), ("a", stage.a), ("delta", stage.delta)):
            yield from ((stage.number, f"{name}{j}", float(number)) for j, number in enumerate(numbers, 1))
        for name, old, gradient, new in changes(stage):
            yield from zip((stage.number,) * 3, (name, f"dC/d{name}", f"new {name}"), (old, gradient, new), strict=True)


def changes(stage: Stage) -> Iterator[tuple[str, float, float, float]]:
    """Every weight and bias of a layer: its name, the old value, the gradient, and the new value."""
    for j, (row, b) in enumerate(zip(stage.w, stage.b, strict=True), 1):
        for k, w in enumerate(row, 1):
            gradient = stage.dw[j - 1, k - 1]
            yield f"w{j}{k}", float(w), float(gradient), float(w - ETA * gradient)
        yield f"b{j}", float(b), float(stage.db[j - 1]), float(b - ETA * stage.db[j - 1])


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    step: WorkedStep = measured.drawn
    figure = Figure(figsize=(11, 5.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    for axis in (left, right):
        axis.set_axis_off()
    diagram(left, step, labels)
    rows = [
        (str(stage.number), name, f"{old:.1f}", f"{gradient:.4f}", f"{new:.4f}")
        for stage in step.stages
        for name, old, gradient, new in changes(stage)
    ]
    heads = [labels[name] for name in ("layer", "parameter", "old", "gradient", "new")]
    table = right.table(rows, colLabels=heads, loc="center", cellLoc="right", edges="horizontal")
    table.auto_set_font_size(False)
    table.set_fontsize(9.5)
    table.scale(1, 1.35)
    return figure


def diagram(axis: Axes, step: WorkedStep, labels: Mapping[str, str]) -> None:
    """The neurons with z, a and delta, and the weights on their edges."""
    columns = [step.x, *(stage.a for stage in step.stages)]
    heights = [np.arange(len(column))[::-1] * 2.0 for column in columns]
    for stage in step.stages:
        left, right = APART * (stage.number - 1), APART * stage.number
        for (j, k), w in np.ndenumerate(stage.w):
            below, above = heights[stage.number - 1][k], heights[stage.number][j]
            axis.plot((left, right), (below, above), color="0.6", linewidth=1, zorder=1)
            x, y = left + 0.3 * (right - left), below + 0.3 * (above - below)
            axis.text(x, float(y), f"{w:.1f}", fontsize=9, ha="center", va="center", backgroundcolor="white", zorder=2)
    for layer, height in enumerate(heights):
        inside = step.x if layer == 0 else step.stages[layer - 1].b
        for y, number in zip(height, inside, strict=True):
            axis.plot(
                APART * layer, y, "o", markersize=26, color="white", markeredgecolor=LINE_STYLES[0]["color"], zorder=3
            )
            axis.text(APART * layer, y, f"{number:.1f}", ha="center", va="center", fontsize=9, zorder=4)
        axis.text(APART * layer, -1.35, labels[f"column{layer}"], ha="center", va="top", fontsize=9)
    for stage in step.stages:
        for j, y in enumerate(heights[stage.number]):
            said = f"z = {stage.z[j]:.4f}\na = {stage.a[j]:.4f}\nδ = {stage.delta[j]:.4f}"
            above = y > 0  # of the lowest neurons, below: there no edge passes
            at = y + 0.36 if above else y - 0.36
            axis.text(APART * stage.number, float(at), said, ha="center", va="bottom" if above else "top", fontsize=9)
    targets = ", ".join(f"{y:g}" for y in step.y)
    cost = labels["cost_line"].format(y=targets, before=step.C, after=step.new_C)
    axis.text(APART, -2.2, cost, ha="center", va="top", fontsize=10)
    axis.set_xlim(-0.6, 2 * APART + 0.9)
    axis.set_ylim(-2.6, 3.4)
