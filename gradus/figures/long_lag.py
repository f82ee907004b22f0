"""An RNN and an LSTM add two numbers that are far apart in a sequence: how long may the lag be (theory F4)?

The adding problem of Hochreiter and Schmidhuber (1997). Each step has a number between 0 and 1 and a mark; two steps
are marked, one in each half of the sequence, and the target after the last step is the sum of their two numbers.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from matplotlib.figure import Figure

from gradus.equations import Quadratic
from gradus.figures.experiments import SEEDS, run_settings, seed_columns
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import MARKERS, label_axes, plot_runs, subplots
from gradus.layers import Chain, Dense, count
from gradus.network import backprop
from gradus.optimizers import find_optimizer
from gradus.recurrent import LSTM, RNN, LastStep

__all__ = ["BLIND", "LEARNED", "draw", "measure", "sequences", "squared_errors"]

LENGTHS = (10, 20, 40, 100)
# About equally many parameters. The RNN has the better of two rates at every length (0.01 was worse at 10 to 80 steps,
# in 3000 mini-batches), the LSTM has one.
NETWORKS = {
    "rnn": Chain((RNN(32), LastStep(), Dense(1, "scaled"))),
    "lstm": Chain((LSTM(16), LastStep(), Dense(1, "scaled"))),
}
ETAS = {"rnn": (0.001, 0.003), "lstm": (0.01,)}
COST, ADAM = Quadratic("linear"), find_optimizer("adam", clip_norm=1.0)
BATCH = 50
AVERAGED = 100  # steps whose errors make a point of a curve
BLIND = 1 / 6  # the mean squared error of always answering 1: twice the variance of a number drawn from 0 to 1
LEARNED, FAILED = 0.1, 0.5  # shares of that error: below the first the lag is bridged, above the second it is not


def measure(sources: Sources, lengths: tuple[int, ...] = LENGTHS, steps: int = 2000, seeds: int = SEEDS) -> Measurement:
    """Train both at every length, on new sequences at every step."""
    settings = [(name, n, eta) for n in sorted(lengths, reverse=True) for name in NETWORKS for eta in ETAS[name]]
    errors = run_settings(partial(train, steps), settings, seeds)
    etas = {(name, n): min(ETAS[name], key=lambda eta: errors[name, n, eta][:, -1].mean()) for name, n, _ in settings}
    runs = {(name, n): errors[name, n, eta] for (name, n), eta in etas.items()}
    columns = {f"{name}_{n}_eta{etas[name, n]}": runs[name, n] for name, n in reversed(runs)}
    share = {setting: curves[:, -1] / BLIND for setting, curves in runs.items()}
    short, long = min(lengths), max(lengths)
    numbers = {
        "short": short,
        "long": long,
        "steps": steps,
        "bridged": max((n for n in lengths if share["rnn", n].max() < LEARNED), default=0),
        "rnn_short": share["rnn", short].mean() * 100,
        "lstm_short": share["lstm", short].mean() * 100,
        "rnn_long": share["rnn", long].min() * 100,
        "lstm_long": share["lstm", long].max() * 100,
        "etas": ", ".join(map(str, ETAS["rnn"])),
    } | {f"{name}_weights": parameters(chain) for name, chain in NETWORKS.items()}
    worst = max(share["rnn", short].max(), *(share["lstm", n].max() for n in lengths))
    claim = worst < LEARNED and share["rnn", long].min() > FAILED
    table = {"step": np.arange(1, steps // AVERAGED + 1) * AVERAGED} | seed_columns(columns)
    return Measurement(table, numbers, claim, plot_data=(runs, lengths))


def parameters(chain: Chain) -> int:
    """The number of parameters."""
    params, _, _ = jax.eval_shape(lambda key: chain.init(key, (2, 2)), jax.random.key(0))
    return count(params)


def train(steps: int, setting: tuple[str, int, float], seed: int) -> Array:
    """(points,): the mean squared error over training, on sequences not seen before."""
    name, length, eta = setting
    return squared_errors(NETWORKS[name], length, steps, eta, seed)


@partial(jax.jit, static_argnums=(0, 1, 2))
def squared_errors(chain: Chain, length: int, steps: int, eta: float, seed: int) -> Array:
    """(points,): the same, as one compiled program."""
    init, data = jax.random.split(jax.random.key(seed))
    params, _, _ = chain.init(init, (length, 2))

    def step(before: tuple[Any, Any], number: Array) -> tuple[tuple[Any, Any], Array]:
        params, state = before
        x, y = sequences(jax.random.fold_in(data, number), length)
        C, gradients, *_ = backprop(chain, COST, params, x, y)
        updates, state = ADAM.update(gradients, state, params, learning_rate=eta)
        return (jax.tree.map(jnp.add, params, updates), state), 2 * C  # C has the half of the quadratic cost

    _, squared = lax.scan(step, (params, ADAM.init(params)), jnp.arange(steps))
    return squared.reshape(-1, AVERAGED).mean(axis=1)


def sequences(key: Array, length: int) -> tuple[Array, Array]:
    """x (BATCH, length, 2): numbers and marks; y (BATCH, 1): the sums of the two marked numbers."""
    keys = jax.random.split(key, 3)
    number = jax.random.uniform(keys[0], (BATCH, length))
    first = jax.random.randint(keys[1], (BATCH, 1), 0, length // 2)
    second = jax.random.randint(keys[2], (BATCH, 1), length // 2, length)
    mark = ((jnp.arange(length) == first) | (jnp.arange(length) == second)).astype(number.dtype)
    return jnp.stack([number, mark], axis=-1), jnp.sum(number * mark, axis=1, keepdims=True)


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    runs, lengths = measurement.plot_data
    figure, (over_steps, over_lengths) = subplots(columns=2, height=3.6)
    plot_runs(over_steps, measurement.table["step"], {labels[name]: runs[name, max(lengths)] for name in NETWORKS})
    last = {labels[name]: np.transpose([runs[name, n][:, -1] for n in lengths]) for name in NETWORKS}
    plot_runs(over_lengths, lengths, last, marker=MARKERS)
    for axis in (over_steps, over_lengths):
        axis.axhline(BLIND, color="black", linestyle=":", linewidth=1.2, label=labels["blind"])
        axis.set_yscale("log")
    over_lengths.set_xscale("log", base=2)
    over_lengths.set_xticks(lengths, map(str, lengths))
    label_axes(over_steps, labels["learning"].format(length=max(lengths)), labels["step"], labels["error"])
    label_axes(over_lengths, labels["after"], labels["length"], legend=False)
    return figure
