"""A network learns 1,000 images by heart, and weight decay keeps it from doing so (theory D1)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import SEEDS, compared, over_seeds, weight_penalty, without_validation
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK, LINE_STYLES, axes_of, band, label_axes
from gradus.models import evaluate
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["WHAT", "books", "columns", "course", "draw", "measure"]

LAMBDAS = {0.0: "overfitting", 0.1: "regularized"}  # and the names of the book's curves
WHAT = ("test_cost", "test_accuracy", "training_cost", "training_accuracy")  # in the order of the book's files
PANELS = ("training_cost", "test_accuracy", "test_cost", "training_accuracy")  # in the order of the book's pictures
LAST = 10  # epochs whose mean is compared with the book's
AGREES = 1.5  # the book's last test accuracies may lie so many percentage points from our mean


def measure(sources: Sources, examples: int = 1000, epochs: int = 400, seeds: int = SEEDS) -> Measured:
    """Train 784-30-10 with the cross-entropy, eta = 0.5 and weights from N(0, 1), without and with lambda = 0.1."""
    data = sources.mnist.with_examples(examples)
    runs = {l2: over_seeds(partial(course, data, l2, epochs), seeds) for l2 in LAMBDAS}
    book = {l2: books(sources.curve(name), examples) for l2, name in LAMBDAS.items()}
    known = {l2: curves for l2, curves in book.items() if curves is not None}
    end = {l2: by_seed[:, 1, -LAST:].mean(axis=1) for l2, by_seed in runs.items()}
    gaps = [abs(curves[1, epochs - LAST : epochs].mean() - end[l2].mean()) for l2, curves in known.items()]
    curve = known if len(known) == len(LAMBDAS) else None
    claim = forgets(runs[0.0]) and end[0.1].min() > end[0.0].max()
    numbers = {"examples": examples, "last": LAST} | quoted(runs, end, known, epochs)
    says = ("shows", compared(curve, max(gaps, default=0) <= AGREES))
    return Measured(columns(runs, epochs), numbers, bool(claim), says, drawn=(runs, known))


def course(data: Dataset, l2: float, epochs: int, seed: int) -> list[list[float]]:
    """(4, epochs): what WHAT names after each epoch, costs with their penalty, accuracies in percent.

    The penalty of a cost is lambda/(2n) sum w^2 with n the examples that the cost is a mean over, as in the book.
    """
    network = build_network(
        data, "dense30 dense10", cost="cross-entropy", activation="sigmoid", weights="gaussian", seed=seed
    )
    rows = []
    for epoch in fit(network, without_validation(data), epochs=epochs, learning_rate=0.5, l2=l2, seed=seed):
        row: list[float] = []
        for part in (data.test, data.training):
            on_part = evaluate(epoch.network, part, data.preprocessing)
            row += [on_part.cost + weight_penalty(epoch.network, l2, len(part.x)), 100 * on_part.accuracy]
        rows.append(row)
    return [list(curve) for curve in zip(*rows, strict=True)]


def columns(runs: Mapping[float, np.ndarray], epochs: int) -> dict[str, Any]:
    """The table of the curves (seeds, 4, epochs) of each lambda."""
    table: dict[str, Any] = {"epoch": np.arange(1, epochs + 1)}
    for l2, by_seed in runs.items():
        for seed, curves in enumerate(by_seed):
            table |= {f"lambda{l2}_{name}_seed{seed}": curve for name, curve in zip(WHAT, curves, strict=True)}
    return table


def books(curves: Sequence[Sequence[float]] | None, examples: int) -> np.ndarray | None:
    """(4, epochs): the book's curves in the order of WHAT, its counts of 10,000 test images and examples in percent."""
    return None if curves is None else np.array(curves) / np.array([1, 100, 1, examples / 100])[:, None]


def forgets(by_seed: np.ndarray) -> bool:
    """Whether in every run the test cost rises from its lowest point to the end, while the training cost vanishes."""
    test, training = by_seed[:, 0], by_seed[:, 2]
    return bool((test[:, -1] > 1.1 * test.min(axis=1)).all() and (training[:, -1] < 0.1 * training[:, 0]).all())


def quoted(runs: dict, end: dict, book: dict, epochs: int) -> dict[str, Any]:
    """The numbers of the sentences."""
    test_cost = runs[0.0][:, 0].mean(axis=0)
    return {
        "lowest": test_cost.min(),
        "lowest_epoch": int(test_cost.argmin()) + 1,
        "highest": test_cost[-1],
        "training": runs[0.0][:, 3, -1].mean(),
        "training_cost": runs[0.0][:, 2, -1].mean(),
        "plain": end[0.0].mean(),
        "decayed": end[0.1].mean(),
        "books": ", ".join(f"{curves[1, epochs - LAST : epochs].mean():.1f}%" for curves in book.values()),
        "book_costs": ", ".join(f"{curves[0, epochs - 1]:.2f}" for curves in book.values()),
        "costs": ", ".join(f"{by_seed[:, 0, -1].mean():.2f}" for by_seed in runs.values()),
    }


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    runs, book = measured.drawn
    epochs = measured.table["epoch"]
    figure, axes = axes_of(columns=2, rows=2)
    for panel, (axis, name) in enumerate(zip(axes, PANELS, strict=True)):
        row = WHAT.index(name)
        for (l2, by_seed), look in zip(runs.items(), LINE_STYLES, strict=False):
            band(axis, epochs, by_seed[:, row], look, f"λ = {l2:g}")
        for number, curves in enumerate(book.values()):
            axis.plot(epochs, curves[row, : len(epochs)], **BOOK, label=None if number else labels["book"])
        if name == "training_cost":
            axis.set_yscale("log")
        label_axes(axis, labels[name], labels["epoch"] if panel > 1 else "", legend=panel == 1)
    axes[1].set_ylim(65, 92)
    axes[3].set_ylim(65, 101)
    return figure
