"""How fast each neuron of two hidden layers begins to learn (theory G1)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import compared, over_seeds
from gradus.figures.gradients import book_network, inputs_and_outputs, of_hidden_biases
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, axes_of, label_axes
from gradus.network import backprop

__all__ = ["draw", "measure"]

LAYERS = ("first", "second")


def measure(sources: Sources, examples: int = 1000, seeds: int = 5) -> Measured:
    """|dC/db| of each neuron of 784-30-30-10 before its first step, on the mean over all examples."""
    data = sources.mnist.with_examples(examples)
    runs = over_seeds(partial(speeds, data), seeds)  # (seeds, 2, 30)
    columns = {
        f"{name}_seed{seed}": runs[seed, layer] for layer, name in enumerate(LAYERS) for seed in range(seeds)
    }  # fmt: skip
    norms = np.linalg.norm(runs, axis=2)
    curve = sources.curve("initial_gradient")  # of six neurons in each layer
    book = None if curve is None else np.abs(np.array(curve))
    numbers: dict[str, Any] = {
        "runs": seeds,
        "first": norms[:, 0].mean(),
        "second": norms[:, 1].mean(),
        "slower": float(np.exp(np.log(norms[:, 1] / norms[:, 0]).mean())),
        "book_slower": 0.0 if book is None else float(np.divide(*np.linalg.norm(book, axis=1)[::-1])),
    }
    says = ("shows", compared(book, book is not None and among(runs, book)))
    claim = bool((norms[:, 0] < norms[:, 1]).all())
    return Measured({"neuron": np.arange(1, 31)} | columns, numbers, claim, says, drawn=(runs, book))


def speeds(data: Dataset, seed: int) -> list[list[float]]:
    """(2, 30): |dC/db_j| of the neurons of both hidden layers."""
    network = book_network(data, len(LAYERS), seed)
    gradients = backprop(network.chain, network.cost, network.params, *inputs_and_outputs(data))[1]
    return [np.abs(gradient).tolist() for gradient in of_hidden_biases(network.chain, gradients)]


def among(runs: np.ndarray, book: np.ndarray) -> bool:
    """Whether in each layer all of the book's neurons lie between the slowest and the fastest of our runs."""
    low, high = runs.min(axis=(0, 2)), runs.max(axis=(0, 2))
    return bool(((book >= low[:, None]) & (book <= high[:, None])).all())


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    runs, book = measured.drawn
    figure, (axis,) = axes_of(width=6.4, height=4)
    columns = np.arange(2) * (len(runs) + 2)  # where the columns of a layer begin
    for layer, (start, look, marker) in enumerate(zip(columns, LINE_STYLES, "os", strict=False)):
        places = start + np.arange(len(runs))
        axis.plot(np.repeat(places, runs.shape[2]), runs[:, layer].ravel(), marker, color=look["color"], alpha=0.5,
                  markersize=4)  # fmt: skip
        axis.hlines(np.median(runs[:, layer], axis=1), places - 0.35, places + 0.35, color="black", linewidth=1.2,
                    label=None if layer else labels["median"])  # fmt: skip
        if book is not None:
            label = None if layer else labels["book"]
            axis.plot(np.full(book.shape[1], places[-1] + 1), book[layer], "kx", label=label)
    axis.set_yscale("log")
    label_axes(axis, y="|∂C/∂b|")
    axis.set_xticks(columns + len(runs) / 2, [labels[name] for name in LAYERS])
    return figure
