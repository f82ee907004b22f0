"""With all training images there is less to learn by heart (theory D1)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.figures.experiments import SEEDS, compared, over_seeds
from gradus.figures.measured import Measured
from gradus.figures.overfitting import WHAT, books, columns, course
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK, LINE_STYLES, axes_of, band, label_axes

__all__ = ["draw", "measure"]

LAMBDAS = {0.0: "overfitting_full", 5.0: "regularized_full"}  # and the names of the book's curves
SHOWN = ("training_accuracy", "test_accuracy")
LAST = 10  # epochs whose mean is compared with the book's
AGREES = 1.0  # the book's accuracies may lie so many percentage points from our means


def measure(sources: Sources, epochs: int = 30, seeds: int = SEEDS) -> Measured:
    """Train 784-30-10 with the cross-entropy, eta = 0.5 and weights from N(0, 1), without and with lambda = 5."""
    data = sources.mnist
    runs = {l2: over_seeds(partial(course, data, l2, epochs), seeds) for l2 in LAMBDAS}
    curves_of = {l2: books(sources.curve(name), len(data.training.x)) for l2, name in LAMBDAS.items()}
    book = {l2: curves for l2, curves in curves_of.items() if curves is not None}
    ours = {l2: ends(by_seed.mean(axis=0)) for l2, by_seed in runs.items()}
    theirs = {l2: ends(curves[:, :epochs]) for l2, curves in book.items()}
    gap = max((float(np.abs(theirs[l2] - ours[l2]).max()) for l2 in book), default=0.0)
    numbers: dict[str, Any] = {"examples": len(data.training.x), "last": LAST, "gap": gap}
    numbers |= {"books": listed(theirs), "ours": listed(ours)}
    for name, (training, test) in zip(("plain", "decayed"), ours.values(), strict=True):
        numbers |= {f"{name}_training": training, f"{name}_test": test, f"{name}_gap": training - test}
    claim = numbers["decayed_test"] > numbers["plain_test"] and numbers["decayed_gap"] < numbers["plain_gap"]
    curve = book if len(book) == len(LAMBDAS) else None
    says = ("shows", compared(curve, gap <= AGREES))
    return Measured(columns(runs, epochs), numbers, bool(claim), says, drawn=(runs, book))


def ends(curves: np.ndarray) -> np.ndarray:
    """Of the curves (4, epochs) in the order of WHAT, the last means of SHOWN."""
    return curves[[WHAT.index(name) for name in SHOWN], -LAST:].mean(axis=1)


def listed(means: Mapping[float, np.ndarray]) -> str:
    """The accuracies on the test images, in the order of the lambdas."""
    return ", ".join(f"{test:.2f}%" for _, test in means.values())


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    runs, book = measured.drawn
    epochs = measured.table["epoch"]
    figure, axes = axes_of(columns=2)
    for axis, (l2, by_seed) in zip(axes, runs.items(), strict=True):
        for name, look in zip(SHOWN, LINE_STYLES, strict=False):
            row = WHAT.index(name)
            band(axis, epochs, by_seed[:, row], look, labels[name])
            if l2 in book:
                last = labels["book"] if name == SHOWN[-1] else None
                axis.plot(epochs, book[l2][row, : len(epochs)], **BOOK, label=last)
        axis.set_ylim(90, 99)
        label_axes(axis, f"λ = {l2:g}", labels["epoch"], labels["accuracy"])
    return figure
