"""How fast each hidden layer learns: the norms of dC/db by depth, at the start and over training (theory G1)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import Array
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.equations.costs import Cost
from gradus.equations.penalties import l2_gradient
from gradus.figures.experiments import compared, over_seeds
from gradus.figures.gradients import book_network, first_over_last, inputs_and_outputs, norms_of_hidden_biases
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK, LINE_STYLES, axes_of, band, label_axes
from gradus.layers import Chain
from gradus.network import backprop
from gradus.training.optimizers import for_weights

__all__ = ["draw", "measure"]

DEPTHS = (2, 3, 4, 5, 6)
ETA, LAMBDA = 0.1, 5.0
MARKERS = "osD^v"
AGREES = 2.0  # the book's norms may lie by this factor outside of our runs


def measure(
    sources: Sources, epochs: int = 500, examples: int = 1000, seeds: int = 5, depths: Sequence[int] = DEPTHS
) -> Measured:
    """Descend with all examples at once, in networks of 2 to 6 hidden layers of 30 sigmoids."""
    data = sources.mnist.with_examples(examples)
    runs = {depth: over_seeds(partial(training, data, depth, epochs, 1.0), seeds) for depth in depths}
    unbiased = {depth: over_seeds(partial(training, data, depth, 1, 0.0), seeds) for depth in depths}
    curves = {depth: sources.curve(f"norms_during_training_{depth}_layers") for depth in depths if depth < 5}
    book = {depth: np.array(curve)[:epochs] for depth, curve in curves.items() if curve is not None}
    starts = slower(runs, 0)
    numbers = {
        "slower": listed(starts),
        "slower_at_last": listed(slower(runs, -1)),
        "slower_unbiased": listed(slower(unbiased, 0)),
        "each": (starts[-1] / starts[0]) ** (1 / (depths[-1] - depths[0])),
        "runs": seeds,
        "epochs": epochs,
        "depths": ", ".join(map(str, depths)),
    }
    says = ("shows", compared(book or None, all(among(runs[depth], norms) for depth, norms in book.items())))
    falls = all((np.diff(by_seed[:, 0]) > 0).all() for by_seed in runs.values())
    return Measured(table(runs, epochs), numbers, falls and starts == sorted(starts), says, drawn=(runs, book))


def training(data: Dataset, depth: int, epochs: int, biases: float, seed: int) -> list[list[float]]:
    """(epochs, depth): the norms before each epoch. biases: the standard deviation of the initial ones."""
    network = book_network(data, depth, seed, biases)
    return descent(network.chain, network.cost, network.params, *inputs_and_outputs(data), epochs).tolist()


@partial(jax.jit, static_argnames=("chain", "cost", "epochs"))
def descent(chain: Chain, cost: Cost, params: tuple, x: Array, y: Array, epochs: int) -> Array:
    """One step an epoch, on the mean gradient of all examples and the penalty."""

    def epoch(params: tuple, _: None) -> tuple[tuple, Array]:
        gradients = backprop(chain, cost, params, x, y)[1]
        norms = norms_of_hidden_biases(chain, gradients)
        gradients = for_weights(lambda dw, w: dw + l2_gradient(w, LAMBDA / len(x)), gradients, params)
        return jax.tree.map(lambda p, dp: p - ETA * dp, params, gradients), norms

    return jax.lax.scan(epoch, params, length=epochs)[1]


def slower(runs: Mapping[int, np.ndarray], epoch: int) -> list[float]:
    """By depth, how many times smaller the first hidden layer's norm is than the last one's."""
    return [1 / first_over_last(by_seed[:, epoch]) for by_seed in runs.values()]


def listed(numbers: Sequence[float]) -> str:
    return ", ".join(f"{number:.0f}" for number in numbers)


def among(runs: np.ndarray, book: np.ndarray) -> bool:
    """Whether the book's norms lie among our runs, or off by no more than the factor, in every epoch and layer."""
    return bool(((book >= runs.min(axis=0) / AGREES) & (book <= runs.max(axis=0) * AGREES)).all())


def table(runs: Mapping[int, np.ndarray], epochs: int) -> dict[str, Any]:
    columns: dict[str, Any] = {"epoch": np.arange(epochs)}
    for depth, by_seed in runs.items():
        for seed, norms in enumerate(by_seed):
            columns |= {f"depth{depth}_layer{layer}_seed{seed}": column for layer, column in enumerate(norms.T, 1)}
    return columns


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    runs, book = measured.drawn
    figure, (start, *others) = axes_of(columns=3, rows=2, width=4.2)
    for (depth, by_seed), look, marker in zip(runs.items(), LINE_STYLES, MARKERS, strict=False):
        layers = np.arange(1, depth + 1)
        band(start, layers, by_seed[:, 0], look | {"marker": marker}, labels["depth"].format(depth=depth))
    for number, (depth, norms) in enumerate(book.items()):
        layers = np.arange(1, depth + 1)
        start.plot(layers, norms[0], **BOOK, marker="x", label=None if number else labels["book"])
    start.set_yscale("log")
    label_axes(start, labels["start"], labels["layer"], labels["norm"])
    for axis, (depth, by_seed) in zip(others, runs.items(), strict=False):
        for layer, look in zip(range(depth), LINE_STYLES, strict=False):
            band(axis, measured.table["epoch"], by_seed[:, :, layer], look, labels["hidden"].format(layer=layer + 1))
            if depth in book:
                last = labels["book"] if layer == depth - 1 else None
                axis.plot(measured.table["epoch"][: len(book[depth])], book[depth][:, layer], **BOOK, label=last)
        axis.set_yscale("log")
        label_axes(axis, labels["depth"].format(depth=depth), labels["epoch"], labels["norm"], legend=False)
        axis.legend(frameon=False, fontsize=9, ncols=2)
    return figure
