"""What second derivatives save: gradient descent, momentum, L-BFGS and Newton-CG on one problem (theory D8)."""

from collections.abc import Mapping
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import SEEDS, curve_table, map_threads, without_validation
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, label_axes, plot_range, plot_runs, subplots
from gradus.models import evaluate
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["costs_at", "draw", "measure"]

ETAS: dict[str, tuple[float | None, ...]] = {
    "gradient-descent": (0.1, 0.3, 1.0, 3.0),
    "momentum": (0.1, 0.3, 1.0, 2.0),
    "lbfgs": (None,),
    "newton-cg": (None,),
}
SECOND_ORDER = ("lbfgs", "newton-cg")
FLOOR = 1e-6  # lower costs are drawn here: float32 does not resolve them


def measure(sources: Sources, passes: int = 200, seeds: int = SEEDS) -> Measurement:
    """Train 64-30-10 on the 8x8 digits, all examples in every step; first-order methods at the best of several etas."""
    trials = [(name, eta) for name in ETAS for eta in ETAS[name]]
    results = map_threads(partial(descend, sources.digits, passes), product(trials, range(seeds)))
    descents = {trial: [next(results) for _ in range(seeds)] for trial in trials}
    etas = {name: min(ETAS[name], key=lambda eta: sum(run[-1, 1] for run in descents[name, eta])) for name in ETAS}
    runs = {name: descents[name, eta] for name, eta in etas.items()}
    goals = [run[-1, 1] for run in runs["gradient-descent"]]  # one for each start
    over_passes = {name: np.array([costs_at(np.arange(passes + 1), run) for run in of]) for name, of in runs.items()}
    to_goal = {name: np.mean(list(map(first_below, goals, of)), axis=0) for name, of in runs.items()}
    numbers: dict[str, Any] = {"passes": passes, "goal": np.mean(goals), "floor": FLOOR}
    numbers |= {"descent_eta": etas["gradient-descent"], "momentum_eta": etas["momentum"]}
    for name, (steps, passes_needed) in to_goal.items():
        key = name.replace("-", "_")
        numbers |= {
            f"{key}_steps": steps,
            f"{key}_passes": passes_needed,
            f"{key}_end": over_passes[name][:, -1].mean(),
        }
    steps = [to_goal[name][0] for name in ("newton-cg", "lbfgs", "momentum", "gradient-descent")]
    saves_passes = max(to_goal[name][1] for name in SECOND_ORDER) < to_goal["gradient-descent"][1]
    table = curve_table(over_passes, first_epoch=0)
    table = {"passes": table.pop("epoch")} | table
    return Measurement(table, numbers, saves_passes and steps == sorted(steps), plot_data=(over_passes, runs))


def descend(data: Dataset, passes: int, trial: tuple[tuple[str, float | None], int]) -> np.ndarray:
    """(steps + 1, 2): the passes through the data so far, and the cost on all of it, after 0, 1, ... steps."""
    (optimizer, eta), seed = trial
    network, n = build_network(data, "64-30-10", seed=seed), len(data.training.x)
    points = [(0.0, evaluate(network, data.training, data.preprocessing).cost)]
    settings: dict[str, Any] = {"optimizer": optimizer, "learning_rate": eta, "batch_size": n, "seed": seed}
    for step in fit(network, without_validation(data), epochs=passes, **settings):
        done = step.epoch if step.passes is None else step.passes
        points.append((done, evaluate(step.network, data.training, data.preprocessing).cost))
        if done > passes:
            break
    return np.array(points)


def costs_at(passes: np.ndarray, run: np.ndarray) -> np.ndarray:
    """The cost after a number of passes: that of the last step that ended by then."""
    return run[np.searchsorted(run[:, 0], passes, side="right") - 1, 1]


def first_below(goal: float, run: np.ndarray) -> tuple[float, float]:
    """The steps and the passes after which the cost is at most the goal; infinite if it never is."""
    below = np.flatnonzero(run[:, 1] <= goal)
    return (below[0], run[below[0], 0]) if len(below) else (np.inf, np.inf)


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    over_passes, runs = measurement.plot_data
    figure, (left, right) = subplots(columns=2, height=4)
    names = {name: labels[name].format_map(measurement.numbers) for name in runs}
    costs = {names[name]: by_seed.clip(FLOOR) for name, by_seed in over_passes.items()}
    plot_runs(left, measurement.table["passes"], costs)
    for number, (name, of) in enumerate(runs.items()):
        steps = min(map(len, of))
        over_steps = np.array([run[:steps, 1] for run in of]).clip(FLOOR)
        plot_range(right, np.arange(steps), over_steps, LINE_STYLES[number], names[name])
    for axis, x in ((left, "passes"), (right, "steps")):
        axis.axhline(measurement.numbers["goal"], color="black", linewidth=0.7, label=labels["goal"])
        axis.set_yscale("log")
        label_axes(axis, "", labels[x], labels["cost"], legend=axis is right)
    return figure
