"""An RNN and an LSTM add two numbers that stand far apart: how long may the lag be (theory F4)?

The adding problem of Hochreiter and Schmidhuber (1997). At each step comes a number between 0 and 1 and a mark; two
steps are marked, one in each half of the sequence, and the answer after the last step is the sum of their two numbers.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from matplotlib.figure import Figure

from gradus.equations.costs import Quadratic
from gradus.figures.experiments import SEEDS, side_by_side
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, axes_of, band, label_axes
from gradus.layers import LSTM, RNN, Chain, Dense, LastStep, count
from gradus.network import backprop
from gradus.training.optimizers import optimizer_named

__all__ = ["draw", "measure", "sequences"]

LENGTHS = (10, 20, 40, 100)
# About as many parameters each. The RNN gets the better of two rates at every length (0.01 was worse at 10 to 80 steps,
# in 3000 mini-batches), the LSTM has one.
LAYERS = {"rnn": (RNN(32), (0.001, 0.003)), "lstm": (LSTM(16), (0.01,))}
COST, ADAM = Quadratic("linear"), optimizer_named("adam", clip_norm=1.0)
BATCH = 50
STRETCH = 100  # steps whose errors are averaged to a point of a curve
BLIND = 1 / 6  # the mean squared error of who always answers 1: twice the variance of a number drawn from 0 to 1
LEARNED, FAILED = 0.1, 0.5  # shares of that error: below the one the lag is bridged, above the other it is not


def measure(sources: Sources, lengths: tuple[int, ...] = LENGTHS, steps: int = 2000, seeds: int = SEEDS) -> Measured:
    """Train both at every length, on new sequences at every step."""
    settings = [(name, length) for length in sorted(lengths, reverse=True) for name in LAYERS]
    runs = dict(zip(settings, side_by_side(partial(best_runs, steps=steps, seeds=seeds), settings), strict=True))
    table: dict[str, Any] = {"step": np.arange(1, steps // STRETCH + 1) * STRETCH}
    for name, length in reversed(settings):
        eta, curves = runs[name, length]
        table |= {f"{name}_{length}_eta{eta}_seed{seed}": curve for seed, curve in enumerate(curves)}
    share = {key: curves[:, -1] / BLIND for key, (_, curves) in runs.items()}
    short, long = min(lengths), max(lengths)
    bridged = [length for length in lengths if share["rnn", length].max() < LEARNED]
    numbers = {
        "short": short,
        "long": long,
        "steps": steps,
        "bridged": max(bridged, default=0),
        "rnn_short": share["rnn", short].mean() * 100,
        "lstm_short": share["lstm", short].mean() * 100,
        "rnn_long": share["rnn", long].min() * 100,
        "lstm_long": share["lstm", long].max() * 100,
        "etas": ", ".join(map(str, LAYERS["rnn"][1])),
    } | {f"{name}_weights": count(network(name).init(jax.random.key(0), (short, 2))[0]) for name in LAYERS}
    learn = max(share["rnn", short].max(), *(share["lstm", length].max() for length in lengths)) < LEARNED
    return Measured(table, numbers, bool(learn and share["rnn", long].min() > FAILED), drawn=(runs, lengths))


def network(name: str) -> Chain:
    """The recurrent layer, whose last step gives the answer."""
    return Chain((LAYERS[name][0], LastStep(), Dense(1, "scaled")))


def best_runs(setting: tuple[str, int], steps: int, seeds: int) -> tuple[float, np.ndarray]:
    """The rate with the lowest error at the end, and (seeds, points): the errors over the steps of its runs."""
    name, length = setting
    curves = {
        eta: np.array([errors(network(name), length, steps, eta, seed) for seed in range(seeds)])
        for eta in LAYERS[name][1]
    }
    best = min(curves, key=lambda eta: curves[eta][:, -1].mean())
    return best, curves[best]


@partial(jax.jit, static_argnums=(0, 1, 2))
def errors(chain: Chain, length: int, steps: int, eta: float, seed: int) -> Array:
    """(points,): the mean squared error on sequences not seen before, in one stretch of training after the other."""
    init, data = jax.random.split(jax.random.key(seed))
    params, _, _ = chain.init(init, (length, 2))

    def step(before: tuple, number: Array) -> tuple[tuple, Array]:
        params, state = before
        x, y = sequences(jax.random.fold_in(data, number), length)
        C, gradients, *_ = backprop(chain, COST, params, x, y)
        updates, state = ADAM.update(gradients, state, params, learning_rate=eta)
        return (jax.tree.map(jnp.add, params, updates), state), 2 * C  # C has the half of the quadratic cost

    _, squared = lax.scan(step, (params, ADAM.init(params)), jnp.arange(steps))
    return squared.reshape(-1, STRETCH).mean(axis=1)


def sequences(key: Array, length: int) -> tuple[Array, Array]:
    """x (BATCH, length, 2): numbers and marks, and y (BATCH, 1): the sums of the two that are marked."""
    keys = jax.random.split(key, 3)
    number = jax.random.uniform(keys[0], (BATCH, length))
    first = jax.random.randint(keys[1], (BATCH, 1), 0, length // 2)
    second = jax.random.randint(keys[2], (BATCH, 1), length // 2, length)
    mark = ((jnp.arange(length) == first) | (jnp.arange(length) == second)).astype(number.dtype)
    return jnp.stack([number, mark], axis=-1), jnp.sum(number * mark, axis=1, keepdims=True)


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    runs, lengths = measured.drawn
    figure, (over_steps, over_lengths) = axes_of(columns=2, height=3.6)
    for name, look, marker in zip(LAYERS, LINE_STYLES, "os", strict=False):
        band(over_steps, measured.table["step"], runs[name, max(lengths)][1], look, labels[name])
        last = np.array([runs[name, length][1][:, -1] for length in lengths]).T
        band(over_lengths, lengths, last, look | {"marker": marker}, labels[name])
    for axis in (over_steps, over_lengths):
        axis.axhline(BLIND, color="black", linestyle=":", linewidth=1.2, label=labels["blind"])
        axis.set_yscale("log")
    over_lengths.set_xscale("log", base=2)
    over_lengths.set_xticks(lengths, map(str, lengths))
    label_axes(over_steps, labels["learning"].format(length=max(lengths)), labels["step"], labels["error"])
    label_axes(over_lengths, labels["after"], labels["length"], legend=False)
    return figure
