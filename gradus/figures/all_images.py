"""With all training images a network memorises less, and weight decay still helps (theory D1)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.figures.experiments import LAST, SEEDS, book_sentence, final_mean, list_numbers, run_settings
from gradus.figures.measurement import Measurement
from gradus.figures.overfitting import CURVES, book_percentages, lambda_table, overfitting_curves
from gradus.figures.sources import Sources
from gradus.figures.style import label_axes, plot_book, plot_runs, subplots

__all__ = ["draw", "measure"]

BOOK_CURVES = {0.0: "overfitting_full", 5.0: "regularized_full"}  # by lambda
ACCURACIES = [CURVES.index(name) for name in ("training_accuracy", "test_accuracy")]
TOLERANCE = 1.0  # percentage points between the book's accuracies and our means


def measure(sources: Sources, epochs: int = 30, seeds: int = SEEDS) -> Measurement:
    """Train 784-30-10 with the cross-entropy, eta = 0.5 and weights from N(0, 1), without and with lambda = 5."""
    data = sources.mnist
    examples = len(data.training.x)
    runs = run_settings(partial(overfitting_curves, data, epochs), BOOK_CURVES, seeds)
    book = {l2: book_percentages(curves, examples) for l2, curves in sources.curves(BOOK_CURVES).items()}
    ours = [final_mean(curves.mean(axis=0)[ACCURACIES]) for curves in runs.values()]
    theirs = [final_mean(curves[ACCURACIES, :epochs]) for curves in book.values()]
    gap = float(np.abs(np.subtract(theirs, ours)).max()) if book else 0.0
    numbers: dict[str, Any] = {"examples": examples, "last": LAST, "gap": gap}
    for name, (training, test) in zip(("plain", "decayed"), ours, strict=True):
        numbers |= {f"{name}_training": training, f"{name}_test": test, f"{name}_gap": training - test}
    for name, accuracies in (("books", theirs), ("ours", ours)):
        numbers[name] = list_numbers((test for _, test in accuracies), ".2f", "%")
    claim = numbers["decayed_test"] > numbers["plain_test"] and numbers["decayed_gap"] < numbers["plain_gap"]
    sentences = ("shows", book_sentence(book, gap <= TOLERANCE))
    return Measurement(lambda_table(runs), numbers, claim, sentences, (runs, book))


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    runs, book = measurement.plot_data
    epochs = measurement.table["epoch"]
    figure, axes = subplots(columns=2)
    for axis, (l2, curves) in zip(axes, runs.items(), strict=True):
        plot_runs(axis, epochs, {labels[CURVES[row]]: curves[:, row] for row in ACCURACIES})
        if l2 in book:
            plot_book(axis, epochs, book[l2][ACCURACIES], labels["book"])
        axis.set_ylim(90, 99)
        label_axes(axis, f"λ = {l2:g}", labels["epoch"], labels["accuracy"])
    return figure
