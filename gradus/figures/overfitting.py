"""A network memorises 1,000 images, and weight decay keeps it from doing so (theory D1)."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import (
    LAST,
    SEEDS,
    book_sentence,
    curve_table,
    final_mean,
    list_numbers,
    networks_by_epoch,
    run_settings,
    sigmoid_network,
    weight_penalty,
)  # fmt: skip
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import label_axes, plot_book, plot_runs, subplots
from gradus.models import evaluate

__all__ = ["CURVES", "book_percentages", "draw", "lambda_table", "measure", "overfitting_curves"]

BOOK_CURVES = {0.0: "overfitting", 0.1: "regularized"}  # by lambda
CURVES = ("test_cost", "test_accuracy", "training_cost", "training_accuracy")  # in the order of the book's files
PANELS = ("training_cost", "test_accuracy", "test_cost", "training_accuracy")  # in the order of the book's pictures
TOLERANCE = 1.5  # percentage points between the book's final test accuracies and our means


def measure(sources: Sources, examples: int = 1000, epochs: int = 400, seeds: int = SEEDS) -> Measurement:
    """Train 784-30-10 with the cross-entropy, eta = 0.5 and weights from N(0, 1), without and with lambda = 0.1."""
    data = sources.mnist.with_examples(examples)
    runs = run_settings(partial(overfitting_curves, data, epochs), BOOK_CURVES, seeds)
    book = {l2: book_percentages(curves, examples) for l2, curves in sources.curves(BOOK_CURVES).items()}
    accuracy = {l2: final_mean(curves[:, 1]) for l2, curves in runs.items()}
    book_accuracy = {l2: final_mean(curves[1, :epochs]) for l2, curves in book.items()}
    test_cost, _, training_cost, training_accuracy = runs[0.0].mean(axis=0)
    numbers = {
        "examples": examples,
        "last": LAST,
        "lowest": test_cost.min(),
        "lowest_epoch": int(test_cost.argmin()) + 1,
        "highest": test_cost[-1],
        "training": training_accuracy[-1],
        "training_cost": training_cost[-1],
        "plain": accuracy[0.0].mean(),
        "decayed": accuracy[0.1].mean(),
        "books": list_numbers(book_accuracy.values(), ".1f", "%"),
        "book_costs": list_numbers(curves[0, epochs - 1] for curves in book.values()),
        "costs": list_numbers(curves[:, 0, -1].mean() for curves in runs.values()),
    }
    claim = memorises(runs[0.0]) and accuracy[0.1].min() > accuracy[0.0].max()
    agrees = all(abs(mean - accuracy[l2].mean()) <= TOLERANCE for l2, mean in book_accuracy.items())
    return Measurement(lambda_table(runs), numbers, claim, ("shows", book_sentence(book, agrees)), (runs, book))


def overfitting_curves(data: Dataset, epochs: int, l2: float, seed: int) -> np.ndarray:
    """(4, epochs): CURVES after each epoch; accuracies in percent, costs with their penalty.

    As in the book, the penalty of a cost is lambda/(2n) sum w^2 with n the examples that the cost is averaged over.
    """
    start = sigmoid_network(data, weights="gaussian", seed=seed)
    rows = []
    for network in networks_by_epoch(start, data, epochs=epochs, learning_rate=0.5, l2=l2, seed=seed):
        row: list[float] = []
        for part in (data.test, data.training):
            result = evaluate(network, part, data.preprocessing)
            row += [result.cost + weight_penalty(network, l2, len(part.x)), 100 * result.accuracy]
        rows.append(row)
    return np.transpose(rows)


def lambda_table(runs: Mapping[float, np.ndarray]) -> dict[str, np.ndarray]:
    """The table of CURVES (seeds, 4, epochs) by lambda."""
    return curve_table({f"lambda{l2}": curves for l2, curves in runs.items()}, CURVES)


def book_percentages(curves: Sequence[Sequence[float]], examples: int) -> np.ndarray:
    """The book's CURVES (4, epochs), with its counts of 10,000 test images and of the training examples in percent."""
    return np.array(curves) / np.array([1, 100, 1, examples / 100])[:, None]


def memorises(curves: np.ndarray) -> bool:
    """Whether in every run the test cost rises again from its lowest value, while the training cost vanishes."""
    test, training = curves[:, 0], curves[:, 2]
    return bool((test[:, -1] > 1.1 * test.min(axis=1)).all() and (training[:, -1] < 0.1 * training[:, 0]).all())


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    runs, book = measurement.plot_data
    epochs = measurement.table["epoch"]
    figure, axes = subplots(columns=2, rows=2)
    for panel, (axis, name) in enumerate(zip(axes, PANELS, strict=True)):
        row = CURVES.index(name)
        plot_runs(axis, epochs, {f"λ = {l2:g}": curves[:, row] for l2, curves in runs.items()})
        plot_book(axis, epochs, [curves[row] for curves in book.values()], labels["book"])
        if name == "training_cost":
            axis.set_yscale("log")
        label_axes(axis, labels[name], labels["epoch"] if panel > 1 else "", legend=panel == 1)
    axes[1].set_ylim(65, 92)
    axes[3].set_ylim(65, 101)
    return figure
