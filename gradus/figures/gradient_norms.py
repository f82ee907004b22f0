"""How fast each hidden layer learns: the norms of dC/db by depth, at the start and over training (theory G1)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import Array
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.equations import Cost, l2_gradient
from gradus.figures.experiments import book_sentence, curve_table, list_numbers, run_settings
from gradus.figures.gradients import deep_sigmoid_network, first_over_last, hidden_bias_norms, inputs_and_targets
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import (
    BOOK_STYLE,
    LINE_STYLES,
    MARKERS,
    label_axes,
    plot_book,
    plot_range,
    plot_runs,
    subplots,
)
from gradus.layers import Chain, map_weights
from gradus.network import backprop

__all__ = ["draw", "measure"]

DEPTHS = (2, 3, 4, 5, 6)
BOOK_CURVES = {depth: f"norms_during_training_{depth}_layers" for depth in (2, 3, 4)}
ETA, LAMBDA = 0.1, 5.0
TOLERANCE = 2.0  # the factor by which the book's norms may lie outside our runs


def measure(
    sources: Sources, epochs: int = 500, examples: int = 1000, seeds: int = 5, depths: Sequence[int] = DEPTHS
) -> Measurement:
    """Descend with all examples at once, in networks of 2 to 6 hidden layers of 30 sigmoids."""
    data = sources.mnist.with_examples(examples)
    runs = run_settings(partial(norms_over_training, data, epochs, 1.0), depths, seeds)  # (seeds, depth, epochs)
    unbiased = run_settings(partial(norms_over_training, data, 1, 0.0), depths, seeds)
    curves = sources.curves({depth: name for depth, name in BOOK_CURVES.items() if depth in depths})
    book = {depth: np.transpose(curve)[:, :epochs] for depth, curve in curves.items()}
    slower = slowdowns(runs, 0)
    numbers = {
        "slower": list_numbers(slower, ".0f"),
        "slower_at_last": list_numbers(slowdowns(runs, -1), ".0f"),
        "slower_unbiased": list_numbers(slowdowns(unbiased, 0), ".0f"),
        "each": (slower[-1] / slower[0]) ** (1 / (depths[-1] - depths[0])),
        "runs": seeds,
        "epochs": epochs,
        "depths": ", ".join(map(str, depths)),
    }
    sentences = ("shows", book_sentence(book, all(lies_among(runs[depth], norms) for depth, norms in book.items())))
    vanishes = all((np.diff(by_seed[..., 0]) > 0).all() for by_seed in runs.values())
    tables = [curve_table({f"depth{depth}": runs[depth]}, layer_names(depth), first_epoch=0) for depth in depths]
    table = {name: column for one in tables for name, column in one.items()}
    return Measurement(table, numbers, vanishes and slower == sorted(slower), sentences, (runs, book))


def layer_names(depth: int) -> list[str]:
    return [f"layer{layer}" for layer in range(1, depth + 1)]


def norms_over_training(data: Dataset, epochs: int, biases: float, depth: int, seed: int) -> np.ndarray:
    """(depth, epochs): ||dC/db|| of each hidden layer before each epoch, with initial biases of N(0, biases)."""
    network = deep_sigmoid_network(data, depth, seed, biases)
    norms = descend(network.chain, network.cost, network.params, *inputs_and_targets(data), epochs)
    return np.asarray(norms, float).T


@partial(jax.jit, static_argnames=("chain", "cost", "epochs"))
def descend(chain: Chain, cost: Cost, params: Any, x: Array, y: Array, epochs: int) -> Array:
    """(epochs, layers): the norms, with one step per epoch along the mean gradient and the penalty."""

    def epoch(params: Any, _: None) -> tuple[Any, Array]:
        gradients = backprop(chain, cost, params, x, y).gradients
        norms = hidden_bias_norms(chain, gradients)
        gradients = map_weights(lambda dw, w: dw + l2_gradient(w, LAMBDA / len(x)), gradients, params)
        return jax.tree.map(lambda p, dp: p - ETA * dp, params, gradients), norms

    return jax.lax.scan(epoch, params, length=epochs)[1]


def slowdowns(runs: Mapping[int, np.ndarray], epoch: int) -> list[float]:
    """By depth, how many times smaller the first hidden layer's norm is than the last one's."""
    return [1 / first_over_last(by_seed[..., epoch]) for by_seed in runs.values()]


def lies_among(runs: np.ndarray, book: np.ndarray) -> bool:
    """Whether the book's norms (depth, epochs) lie among those of our runs, up to a factor TOLERANCE."""
    return bool(((book >= runs.min(axis=0) / TOLERANCE) & (book <= runs.max(axis=0) * TOLERANCE)).all())


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    runs, book = measurement.plot_data
    epochs = measurement.table["epoch"]
    figure, (start, *others) = subplots(columns=3, rows=2, width=4.2)
    for (depth, by_seed), style, marker in zip(runs.items(), LINE_STYLES, MARKERS, strict=False):
        name = labels["depth"].format(depth=depth)
        plot_range(start, np.arange(1, depth + 1), by_seed[..., 0], style | {"marker": marker}, name)
    for depth, norms in book.items():
        label = labels["book"] if depth == min(book) else None
        start.plot(np.arange(1, depth + 1), norms[:, 0], **BOOK_STYLE, marker="x", label=label)
    start.set_yscale("log")
    label_axes(start, labels["start"], labels["layer"], labels["norm"])
    for axis, (depth, by_seed) in zip(others, runs.items(), strict=False):
        plot_runs(axis, epochs, {labels["hidden"].format(layer=i + 1): by_seed[:, i] for i in range(depth)})
        plot_book(axis, epochs, book.get(depth, ()), labels["book"])
        axis.set_yscale("log")
        label_axes(axis, labels["depth"].format(depth=depth), labels["epoch"], labels["norm"], legend=False)
        axis.legend(frameon=False, fontsize=9, ncols=2)
    return figure
