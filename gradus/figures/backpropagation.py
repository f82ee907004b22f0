"""One step of backpropagation in a small network, with every number (theory C3)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, subplots
from gradus.worked import worked_step
from gradus.worksheets import Symbol

__all__ = ["draw", "measure"]

SIZES, ETA, SEED = (2, 2, 2), 0.5, 3  # as `gradus explain` without options
WIDTH = 3.2  # between two layers of the diagram


class Stage(NamedTuple):
    """Dense layer l = 1..L: vectors (units,), and w (units, inputs). dw and db are the gradients dC/dw and dC/db."""

    number: int
    w: np.ndarray
    b: np.ndarray
    z: np.ndarray
    a: np.ndarray
    delta: np.ndarray
    dw: np.ndarray
    db: np.ndarray


class Step(NamedTuple):
    """The example x (inputs,) and y (outputs,), its cost before and after the step, and the layers."""

    x: np.ndarray
    y: np.ndarray
    C: float
    new_C: float
    stages: list[Stage]


def measure(sources: Sources) -> Measurement:
    """Take a step with one example: sigmoid neurons, quadratic cost."""
    step = take_step()
    table = dict(zip(("layer", "name", "value"), map(list, zip(*named_values(step), strict=True)), strict=True))
    first, last = step.stages
    a, y = float(last.a[0]), float(step.y[0])
    numbers = {
        "before": step.C, "after": step.new_C, "eta": ETA,
        "a": a, "y": y, "f_prime": a * (1 - a), "delta": float(last.delta[0]),
        "a_in": float(first.a[0]), "gradient": float(last.dw[0, 0]),
        "w": float(last.w[0, 0]), "new_w": float(last.w[0, 0] - ETA * last.dw[0, 0]),
    }  # fmt: skip
    claim = step.new_C < step.C and np.isclose(numbers["delta"], (a - y) * a * (1 - a), rtol=1e-5)
    return Measurement(table, numbers, claim, plot_data=step)


def take_step() -> Step:
    """The numbers of the worked step, by layer."""
    step = worked_step("-".join(map(str, SIZES)), learning_rate=ETA, seed=SEED)
    values = step.page.values()

    def numbers(symbol: Symbol, *shape: int) -> np.ndarray:
        """An array of the numbers of this name, by their subscripts."""
        indices = ["".join(str(k + 1) for k in place) for place in np.ndindex(*shape)]
        return np.array([values[replace(symbol, index=index)] for index in indices]).reshape(shape)

    def stage(number: int) -> Stage:
        w, b, z, a = (Symbol(letter, str(number)) for letter in "wbza")
        inputs, units = SIZES[number - 1 : number + 1]
        forward = numbers(w, units, inputs), numbers(b, units), numbers(z, units), numbers(a, units)
        return Stage(number, *forward, numbers(z.error(), units), numbers(w.error(), units, inputs),
                     numbers(b.error(), units))  # fmt: skip

    x, y = numbers(Symbol("a", "0"), SIZES[0]), numbers(Symbol("y"), SIZES[-1])
    return Step(x, y, step.C.exact, step.new_C.exact, [stage(number) for number in range(1, len(SIZES))])


def named_values(step: Step) -> Iterator[tuple[int, str, float]]:
    """Every number of the step: its layer, its name, its value."""
    yield from ((0, f"x{k}", float(x)) for k, x in enumerate(step.x, 1))
    for stage in step.stages:
        for name, vector in (("z", stage.z), ("a", stage.a), ("delta", stage.delta)):
            yield from ((stage.number, f"{name}{j}", float(value)) for j, value in enumerate(vector, 1))
        for name, old, gradient, new in updates(stage):
            yield stage.number, name, old
            yield stage.number, f"dC/d{name}", gradient
            yield stage.number, f"new {name}", new


def updates(stage: Stage) -> Iterator[tuple[str, float, float, float]]:
    """Every weight and bias of a layer: its name, old value, gradient and new value."""
    for j, (row, b) in enumerate(zip(stage.w, stage.b, strict=True), 1):
        for k, w in enumerate(row, 1):
            gradient = stage.dw[j - 1, k - 1]
            yield f"w{j}{k}", float(w), float(gradient), float(w - ETA * gradient)
        yield f"b{j}", float(b), float(stage.db[j - 1]), float(b - ETA * stage.db[j - 1])


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    step: Step = measurement.plot_data
    figure, (left, right) = subplots(columns=2, width=5.5, height=5.2, width_ratios=(3, 2))
    draw_network(left, step, labels)
    rows = [
        (str(stage.number), name, f"{old:.1f}", f"{gradient:.4f}", f"{new:.4f}")
        for stage in step.stages
        for name, old, gradient, new in updates(stage)
    ]
    heads = [labels[name] for name in ("layer", "parameter", "old", "gradient", "new")]
    right.set_axis_off()
    table = right.table(rows, colLabels=heads, loc="center", cellLoc="right", edges="horizontal")
    table.auto_set_font_size(False)
    table.set_fontsize(9.5)
    table.scale(1, 1.35)
    return figure


def draw_network(axis: Axes, step: Step, labels: Mapping[str, str]) -> None:
    """The neurons with z, a and delta, the weights on their edges, and the cost below."""
    layers = [step.x, *(stage.a for stage in step.stages)]
    heights = [np.arange(len(layer))[::-1] * 2.0 for layer in layers]
    for stage in step.stages:
        draw_weights(axis, stage, heights[stage.number - 1], heights[stage.number])
        draw_values(axis, stage, heights[stage.number])
    for number, (x, height) in enumerate(zip(WIDTH * np.arange(len(layers)), heights, strict=True)):
        inside = step.x if number == 0 else step.stages[number - 1].b
        for y, value in zip(height, inside, strict=True):
            axis.plot(x, y, "o", markersize=26, color="white", markeredgecolor=LINE_STYLES[0]["color"], zorder=3)
            axis.text(x, y, f"{value:.1f}", ha="center", va="center", fontsize=9, zorder=4)
        axis.text(x, -1.35, labels[f"column{number}"], ha="center", va="top", fontsize=9)
    targets = ", ".join(f"{y:g}" for y in step.y)
    cost = labels["cost_line"].format(y=targets, before=step.C, after=step.new_C)
    axis.text(WIDTH, -2.2, cost, ha="center", va="top", fontsize=10)
    axis.set_axis_off()
    axis.set_xlim(-0.6, 2 * WIDTH + 0.9)
    axis.set_ylim(-2.6, 3.4)


def draw_weights(axis: Axes, stage: Stage, inputs: np.ndarray, outputs: np.ndarray) -> None:
    """The edges to a layer with their weights, from neurons at the heights of its inputs."""
    left, right = WIDTH * (stage.number - 1), WIDTH * stage.number
    for (j, k), w in np.ndenumerate(stage.w):
        axis.plot((left, right), (inputs[k], outputs[j]), color="0.6", linewidth=1, zorder=1)
        x, y = left + 0.3 * (right - left), inputs[k] + 0.3 * (outputs[j] - inputs[k])
        axis.text(x, float(y), f"{w:.1f}", fontsize=9, ha="center", va="center", backgroundcolor="white", zorder=2)


def draw_values(axis: Axes, stage: Stage, heights: np.ndarray) -> None:
    """z, a and delta of each neuron: above it or, for the lowest ones, below, where no edge passes."""
    for z, a, delta, y in zip(stage.z, stage.a, stage.delta, heights, strict=True):
        text = f"z = {z:.4f}\na = {a:.4f}\nδ = {delta:.4f}"
        at, alignment = (y + 0.36, "bottom") if y > 0 else (y - 0.36, "top")
        axis.text(WIDTH * stage.number, float(at), text, ha="center", va=alignment, fontsize=9)
