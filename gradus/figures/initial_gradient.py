"""How fast each neuron of two hidden layers begins to learn (theory G1)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import book_sentence, run_seeds, seed_columns
from gradus.figures.gradients import deep_sigmoid_network, first_over_last, hidden_bias_gradients, inputs_and_targets
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, MARKERS, label_axes, subplots
from gradus.network import backprop

__all__ = ["draw", "measure"]

LAYERS = ("first", "second")


def measure(sources: Sources, examples: int = 1000, seeds: int = 5) -> Measurement:
    """Compute |dC/db| of each neuron of 784-30-30-10 before its first step, on the mean over all examples."""
    runs = run_seeds(partial(bias_gradients, sources.mnist.with_examples(examples)), seeds)  # (seeds, 2, 30)
    norms = np.linalg.norm(runs, axis=2)
    curve = sources.curve("initial_gradient")  # of six neurons in each layer
    book = None if curve is None else np.abs(curve)
    numbers: dict[str, Any] = {
        "runs": seeds,
        "first": norms[:, 0].mean(),
        "second": norms[:, 1].mean(),
        "slower": first_over_last(norms[:, ::-1]),
        "book_slower": 0.0 if book is None else first_over_last(np.linalg.norm(book, axis=1)[None, ::-1]),
    }
    table = {"neuron": np.arange(1, 31)} | seed_columns(dict(zip(LAYERS, runs.swapaxes(0, 1), strict=True)))
    sentences = ("shows", book_sentence(book, book is not None and lies_among(runs, book)))
    return Measurement(table, numbers, (norms[:, 0] < norms[:, 1]).all(), sentences, (runs, book))


def bias_gradients(data: Dataset, seed: int) -> list[np.ndarray]:
    """|dC/db_j| of the 30 neurons of each hidden layer."""
    network = deep_sigmoid_network(data, len(LAYERS), seed)
    gradients = backprop(network.chain, network.cost, network.params, *inputs_and_targets(data)).gradients
    return [np.abs(np.asarray(db, float)) for db in hidden_bias_gradients(network.chain, gradients)]


def lies_among(runs: np.ndarray, book: np.ndarray) -> bool:
    """Whether in each layer all neurons of the book lie between the slowest and the fastest of our runs."""
    low, high = runs.min(axis=(0, 2)), runs.max(axis=(0, 2))
    return bool(((book >= low[:, None]) & (book <= high[:, None])).all())


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    runs, book = measurement.plot_data
    figure, (axis,) = subplots(width=6.4, height=4)
    starts = np.arange(2) * (len(runs) + 2)  # a column for each run, then one for the book
    for layer, (start, style, marker) in enumerate(zip(starts, LINE_STYLES, MARKERS, strict=False)):
        columns = start + np.arange(len(runs))
        axis.plot(np.repeat(columns, runs.shape[2]), runs[:, layer].ravel(), marker, color=style["color"], alpha=0.5,
                  markersize=4)  # fmt: skip
        axis.hlines(np.median(runs[:, layer], axis=1), columns - 0.35, columns + 0.35, color="black", linewidth=1.2,
                    label=None if layer else labels["median"])  # fmt: skip
        if book is not None:
            label = None if layer else labels["book"]
            axis.plot(np.full(book.shape[1], columns[-1] + 1), book[layer], "kx", label=label)
    axis.set_yscale("log")
    label_axes(axis, y="|∂C/∂b|")
    axis.set_xticks(starts + len(runs) / 2, [labels[name] for name in LAYERS])
    return figure
