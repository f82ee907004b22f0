"""An LSTM without one of its gates: what each of them is for, on a long lag and on a text (theory F4)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from matplotlib.figure import Figure

from gradus.data import Text
from gradus.figures.experiments import SEEDS, run_settings
from gradus.figures.long_lag import BLIND, LEARNED, squared_errors
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK_STYLE, LINE_STYLES, MARKERS, label_axes, subplots
from gradus.language import text_network
from gradus.layers import Chain, Dense
from gradus.recurrent import LSTM, LastStep, LSTMCarry, RecurrentParams
from gradus.runs import fit

__all__ = ["draw", "measure"]

BLOCKS = {"forget": 0, "input": 1, "output": 3}  # the place of each gate's z in z_f, z_i, z_g, z_o
ALL = "all"
NETWORKS = (ALL, *BLOCKS)
CELLS, ETA = 16, 0.01  # for the adding problem, as in the figure long-lag


@dataclass(frozen=True)
class OpenGate(LSTM):
    """An LSTM in which one gate is always 1.

    Its z is infinite: sigma(z) is then 1 and sigma'(z) 0, so that the gate's parameters get no gradient and are of no
    effect.
    """

    gate: str = "forget"

    def step(self, params: RecurrentParams, z: Array, carry: LSTMCarry) -> tuple[LSTMCarry, tuple[Array, ...]]:
        first = BLOCKS[self.gate] * self.size
        return super().step(params, z.at[:, first : first + self.size].set(jnp.inf), carry)


def lstm(size: int, removed: str) -> LSTM:
    """An LSTM without the gate of that name; with all gates for ALL."""
    return LSTM(size) if removed == ALL else OpenGate(size, gate=removed)


def measure(
    sources: Sources,
    lengths: tuple[int, int] = (20, 60),
    steps: int = 2000,
    cells: int = 64,
    epochs: int = 3,
    seeds: int = 5,
    text_seeds: int = SEEDS,
) -> Measurement:
    """Train an LSTM without each gate on the adding problem at two lengths, and as a language model."""
    settings = [(removed, length) for length in sorted(lengths, reverse=True) for removed in NETWORKS]
    errors = run_settings(partial(adding_error, steps), settings, seeds)
    nats = run_settings(partial(text_cost, sources.text, cells, epochs), NETWORKS, text_seeds)
    short, long = sorted(lengths)
    numbers: dict[str, Any] = {
        "runs": seeds, "text_runs": text_seeds, "steps": steps, "short": short, "long": long, "cells": cells,
        "epochs": epochs,
    }  # fmt: skip
    for removed in NETWORKS:
        numbers[f"{removed}_short"] = int((errors[removed, short] < LEARNED).sum())
        numbers[f"{removed}_long"] = int((errors[removed, long] < LEARNED).sum())
        numbers[f"{removed}_error"] = errors[removed, long].mean() * 100
        numbers[f"{removed}_nats"] = nats[removed].mean()
    runs = {f"adding{length}": {name: errors[name, length] for name in NETWORKS} for length in (short, long)}
    runs["text"] = nats
    rows = [
        (task, name, seed, result)
        for task, by_network in runs.items()
        for name, results in by_network.items()
        for seed, result in enumerate(results.tolist())
    ]
    table = dict(zip(("task", "removed", "seed", "result"), zip(*rows, strict=True), strict=True))
    needs_none = all(numbers[f"{name}_short"] == seeds for name in NETWORKS)
    claim = needs_none and numbers[f"{ALL}_long"] == seeds
    return Measurement(table, numbers, claim, ("shows", answer(errors, nats, long)), runs)


def answer(errors: Mapping[tuple[str, int], np.ndarray], nats: Mapping[str, np.ndarray], long: int) -> str:
    """The key of the sentence that says which gate the tasks need most."""
    worst_long = max(BLOCKS, key=lambda name: errors[name, long].mean())
    worst_text = max(BLOCKS, key=lambda name: nats[name].mean())
    if (worst_long, worst_text) == ("input", "forget"):
        return "tasks_differ"
    return "forget_most" if worst_long == worst_text == "forget" else "other_gates"


def adding_error(steps: int, setting: tuple[str, int], seed: int) -> Array:
    """The mean squared error on the adding problem in the last steps, over that of always answering 1."""
    removed, length = setting
    chain = Chain((lstm(CELLS, removed), LastStep(), Dense(1, "scaled")))
    return squared_errors(chain, length, steps, ETA, seed)[-1] / BLIND


def text_cost(text: Text, cells: int, epochs: int, removed: str, seed: int) -> float:
    """The cost of a language model on the validation text after training, in nats per character."""
    network = text_network(text, f"lstm{cells}", seed=seed)
    embedding, _, output = network.chain.layers
    network = replace(network, chain=Chain((embedding, lstm(cells, removed), output)))
    *_, last = fit(network, text, epochs=epochs, seed=seed)
    return last.validation.cost if last.validation else np.nan


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    runs = measurement.plot_data
    figure, axes = subplots(columns=3, width=4, height=3.6)
    for axis, (task, by_network) in zip(axes, runs.items(), strict=True):
        for place, (results, style) in enumerate(zip(by_network.values(), LINE_STYLES, strict=False)):
            axis.plot(np.full(len(results), place), results, MARKERS[place], color=style["color"], alpha=0.6)
            axis.hlines(results.mean(), place - 0.3, place + 0.3, color=style["color"])
        title = labels["text" if task == "text" else "adding"].format(length=task.removeprefix("adding"))
        label_axes(axis, title, "", labels["nats" if task == "text" else "error"], legend=False)
        axis.set_xticks(range(len(NETWORKS)), [labels[name] for name in NETWORKS])
        axis.set_xlim(-0.5, len(NETWORKS) - 0.5)
    for axis in axes[:2]:
        axis.set_yscale("log")
        axis.set_ylim(1e-3, 2)
        axis.axhline(1, **BOOK_STYLE)
    return figure
