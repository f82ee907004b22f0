"""What second derivatives save: gradient descent, momentum, L-BFGS and Newton-CG on one problem (theory D8)."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset, load
from gradus.figures.experiments import SEEDS, side_by_side
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, axes_of, band, label_axes
from gradus.models import evaluate
from gradus.runs import fit
from gradus.training import Epoch, build_network

__all__ = ["draw", "measure"]

ETAS = {"gradient-descent": (0.1, 0.3, 1.0, 3.0), "momentum": (0.1, 0.3, 1.0, 2.0)}
SECOND_ORDER = ("lbfgs", "newton-cg")
FLOOR = 1e-6  # costs below it are drawn there: float32 does not tell them apart


def measure(sources: Sources, passes: int = 200, seeds: int = SEEDS) -> Measured:
    """Train 64-30-10 on the 8x8 digits, all examples in every step; the first two with the best of several eta."""
    data = load("digits")
    trials: list[tuple[str, float | None, int]] = [
        (name, eta, seed) for name in ETAS for eta in ETAS[name] for seed in range(seeds)
    ]
    trials += [(name, None, seed) for name in SECOND_ORDER for seed in range(seeds)]
    descents = dict(zip(trials, side_by_side(partial(descent, data, passes), trials), strict=True))
    etas: dict[str, Any] = {
        name: min(tried, key=lambda eta: sum(descents[name, eta, s][-1, 1] for s in range(seeds)))
        for name, tried in ETAS.items()
    }
    runs = {name: [descents[name, etas.get(name), seed] for seed in range(seeds)] for name in (*ETAS, *SECOND_ORDER)}
    goals = [run[-1, 1] for run in runs["gradient-descent"]]  # from each start its own
    grid = np.arange(passes + 1)
    over_passes = {name: np.array([costs_at(grid, run) for run in of]) for name, of in runs.items()}
    table: dict[str, Any] = {"passes": grid}
    for name, by_seed in over_passes.items():
        table |= {f"{name}_seed{seed}": costs for seed, costs in enumerate(by_seed)}
    reached = {name: np.mean(list(map(first_below, goals, of)), axis=0) for name, of in runs.items()}
    numbers: dict[str, Any] = {"passes": passes, "goal": np.mean(goals), "floor": FLOOR}
    numbers |= {"descent_eta": etas["gradient-descent"], "momentum_eta": etas["momentum"]}
    for name, (steps, needed) in reached.items():
        key = name.replace("-", "_")
        numbers |= {f"{key}_steps": steps, f"{key}_passes": needed, f"{key}_end": over_passes[name][:, -1].mean()}
    steps = [reached[name][0] for name in ("newton-cg", "lbfgs", "momentum", "gradient-descent")]
    saves = max(reached[name][1] for name in SECOND_ORDER) < reached["gradient-descent"][1]
    claim = bool(saves and steps == sorted(steps))
    return Measured(table, numbers, claim, drawn=(over_passes, runs))


def descent(data: Dataset, passes: int, trial: tuple[str, float | None, int]) -> np.ndarray:
    """(steps + 1, 2): how often the data was gone through so far, and the cost on all of it, after 0, 1, ... steps."""
    optimizer, eta, seed = trial
    network, n = build_network(data, "64-30-10", seed=seed), len(data.training.x)
    records = fit(network, data, optimizer=optimizer, learning_rate=eta, batch_size=n, epochs=passes, seed=seed)
    points = [(0.0, evaluate(network, data.training, data.preprocessing).cost)]
    for record in within(records, passes):
        done = record.epoch if record.passes is None else record.passes
        points.append((done, evaluate(record.network, data.training, data.preprocessing).cost))
    return np.array(points)


def within(records: Iterator[Epoch], passes: int) -> Iterator[Epoch]:
    """The steps up to the one that goes beyond so many passes."""
    for record in records:
        yield record
        if (record.passes or 0) > passes:
            return


def costs_at(passes: np.ndarray, run: np.ndarray) -> np.ndarray:
    """The cost that was reached within so many passes: that of the last step that ended by then."""
    return run[np.searchsorted(run[:, 0], passes, side="right") - 1, 1]


def first_below(goal: float, run: np.ndarray) -> tuple[float, float]:
    """After how many steps and passes the cost is no higher than the goal; infinite where it never is."""
    below = np.flatnonzero(run[:, 1] <= goal)
    return (below[0], run[below[0], 0]) if len(below) else (np.inf, np.inf)


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    over_passes, runs = measured.drawn
    figure, (left, right) = axes_of(columns=2, height=4)
    for (name, by_seed), look in zip(over_passes.items(), LINE_STYLES, strict=False):
        label = labels[name].format_map(measured.numbers)
        band(left, measured.table["passes"], by_seed.clip(FLOOR), look, label)
        shortest = min(len(run) for run in runs[name])
        over_steps = np.array([run[:shortest, 1] for run in runs[name]]).clip(FLOOR)
        band(right, np.arange(shortest), over_steps, look, label)
    for axis, x in ((left, "passes"), (right, "steps")):
        axis.axhline(measured.numbers["goal"], color="black", linewidth=0.7, label=labels["goal"])
        axis.set_yscale("log")
        label_axes(axis, "", labels[x], labels["cost"], legend=axis is right)
    return figure
