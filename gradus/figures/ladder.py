"""The ladder of digit classifiers: from one hidden layer to five convolutional networks that vote (theory E7)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import book_sentence
from gradus.figures.ladder_training import RUNGS, TOLERANCE, VOTE, Rung, RungResult, select_data, train_ladder
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK_STYLE, LINE_STYLES, label_axes, subplots

__all__ = ["draw", "measure", "vote"]

COLUMNS = ("rung", "layers", "book", "test", "lowest", "highest", "seeds", "validation", "epoch", "seconds")


def measure(sources: Sources, quick: bool = False, rungs: Sequence[Rung] = RUNGS) -> Measurement:
    """Climb the ladder, reusing results of earlier calls; quick: with one seed and on few images."""
    data = select_data(sources.mnist, quick)
    return summary(list(train_ladder(sources.mnist, quick, rungs)), data, quick, rungs)


def summary(results: Sequence[RungResult], data: Dataset, quick: bool, rungs: Sequence[Rung]) -> Measurement:
    """The table of the rungs and of the vote, in percent of the test images."""
    rows = [rung_row(rung, [result for result in results if result.rung == rung.name]) for rung in rungs]
    voters = [result.votes for result in results if result.rung == rungs[-1].name]
    accuracy = 100 * float((vote(voters) == data.test.y).mean())
    missing = float("nan")
    rows.append(("vote", rungs[-1].layers, VOTE, accuracy, missing, missing, len(voters), missing, missing, missing))
    table = dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    book, test = table["book"], table["test"]
    below = [rung for rung, theirs, ours in zip(table["rung"], book, test, strict=True) if ours < theirs - TOLERANCE]
    numbers = {
        "first": test[0], "one": test[1], "last": test[-2], "vote": accuracy,
        "book_first": book[0], "book_last": book[-2], "book_vote": VOTE,
        "images": f"{len(data.training.x):,}", "below": ", ".join(below),
        "hours": sum(result.seconds for result in results) / 3600,
    }  # fmt: skip
    sentences = ("shows", "quick") if quick else ("shows", book_sentence(book, not below))
    return Measurement(table, numbers, test[0] < test[1] < test[-2] <= accuracy, sentences)


def rung_row(rung: Rung, results: Sequence[RungResult]) -> tuple[Any, ...]:
    """COLUMNS of one rung."""
    test, validation, epoch, seconds = (
        np.array([getattr(result, name) for result in results]) for name in ("test", "validation", "epoch", "seconds")
    )
    accuracies = (100 * test.mean(), 100 * test.min(), 100 * test.max())
    training = (len(results), 100 * validation.mean(), float(np.median(epoch)), seconds.mean())
    return rung.name, rung.layers, rung.book, *accuracies, *training


def vote(votes: Sequence[str]) -> np.ndarray:
    """The digit that most networks see in each image; among equals, that of the first network.

    Args:
        votes: for each network, a digit for every image.
    """
    digits = np.array([[*of_one] for of_one in votes], int)  # (networks, images)
    counts = (digits[..., None] == np.arange(10)).sum(axis=0)  # (images, 10)
    images = np.arange(digits.shape[1])
    support = counts[images, digits]  # how many agree with each network's own digit
    return digits[support.argmax(axis=0), images]


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    table = measurement.table
    figure, (axis,) = subplots(width=8, height=5)
    places = np.arange(len(table["rung"]))
    axis.plot(table["book"], places, label=labels["book"], marker="o", fillstyle="none", **BOOK_STYLE)
    axis.plot(table["test"], places, label=labels["ours"], marker="s", **LINE_STYLES[0])
    axis.hlines(places, table["lowest"], table["highest"], color=LINE_STYLES[0]["color"], alpha=0.4, linewidth=5)
    for place, accuracy in zip(places, table["test"], strict=True):
        axis.annotate(f"{accuracy:.2f}", (accuracy, place), (6, 3), textcoords="offset points", fontsize=8)
    axis.set_yticks(places, [labels[rung] for rung in table["rung"]])
    axis.invert_yaxis()
    axis.margins(x=0.08)
    label_axes(axis, x=labels["test_accuracy"])
    return figure
