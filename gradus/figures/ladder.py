"""The ladder of digit classifiers: from one hidden layer to five convolutional networks that vote (theory E7)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset, Examples
from gradus.figures.experiments import compared
from gradus.figures.ladder_training import NEAR, RUNGS, VOTE, Rung, Trained, climb
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK, LINE_STYLES, axes_of, label_axes

__all__ = ["draw", "measure", "quick_data", "vote"]

QUICK, QUICK_VALIDATION = 3_000, 2_000  # images


def measure(sources: Sources, quick: bool = False, rungs: Sequence[Rung] = RUNGS) -> Measured:
    """Climb the ladder, or take what earlier runs kept; quick: with one seed and on few images."""
    data = quick_data(sources.mnist) if quick else sources.mnist
    return summary(list(climb(data, quick, rungs)), data, quick, rungs)


def quick_data(data: Dataset) -> Dataset:
    """A part of the images, and all test images."""
    few = data.with_examples(QUICK)
    return replace(few, validation=Examples(*(part[:QUICK_VALIDATION] for part in few.validation)))


def summary(results: Sequence[Trained], data: Dataset, quick: bool, rungs: Sequence[Rung]) -> Measured:
    """The table of the rungs and of the vote, in percent of the test images."""
    rows = []
    for rung in rungs:
        runs = [result for result in results if result.rung == rung.name]
        tests, validations, epochs, seconds = (
            np.array([getattr(run, name) for run in runs]) for name in ("test", "validation", "epoch", "seconds")
        )
        spread = (100 * tests.mean(), 100 * tests.min(), 100 * tests.max())
        of_training = (len(runs), 100 * validations.mean(), float(np.median(epochs)), seconds.mean())
        rows.append((rung.name, rung.layers, rung.book, *spread, *of_training))
    voters = [run for run in results if run.rung == rungs[-1].name]
    voted = 100 * float((vote([run.votes for run in voters]) == data.test.y).mean())
    missing = float("nan")
    rows.append(("vote", rungs[-1].layers, VOTE, voted, missing, missing, len(voters), missing, missing, missing))
    columns = ("rung", "layers", "book", "test", "lowest", "highest", "seeds", "validation", "epoch", "seconds")
    table = dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))
    below = [row[0] for row in rows if row[3] < row[2] - NEAR]
    numbers = {
        "first": rows[0][3], "one": rows[1][3], "last": rows[-2][3], "vote": voted,
        "book_first": rows[0][2], "book_last": rows[-2][2], "book_vote": VOTE,
        "images": f"{len(data.training.x):,}", "below": ", ".join(below),
        "hours": sum(result.seconds for result in results) / 3600,
    }  # fmt: skip
    says = ("shows", "quick") if quick else ("shows", compared(table["book"], not below))
    return Measured(table, numbers, rows[0][3] < rows[1][3] < rows[-2][3] <= voted, says)


def vote(votes: Sequence[str]) -> np.ndarray:
    """The digit that most networks see in each image; where two are level, that of the network which comes first.

    votes: of each network, a digit for every image.
    """
    digits = np.array([[*of_one] for of_one in votes], int)  # (networks, images)
    counts = (digits[..., None] == np.arange(10)).sum(axis=0)  # (images, 10)
    level = counts[np.arange(digits.shape[1]), digits]  # how many agree with each network's own digit
    return digits[level.argmax(axis=0), np.arange(digits.shape[1])]


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    table: Mapping[str, Sequence[Any]] = measured.table
    figure, (axis,) = axes_of(width=8, height=5)
    places = np.arange(len(table["rung"]))
    axis.plot(table["book"], places, label=labels["book"], marker="o", fillstyle="none", **BOOK)
    axis.plot(table["test"], places, label=labels["ours"], marker="s", **LINE_STYLES[0])
    axis.hlines(places, table["lowest"], table["highest"], color=LINE_STYLES[0]["color"], alpha=0.4, linewidth=5)
    for place, accuracy in zip(places, table["test"], strict=True):
        axis.annotate(f"{accuracy:.2f}", (accuracy, place), (6, 3), textcoords="offset points", fontsize=8)
    axis.set_yticks(places, [labels[rung] for rung in table["rung"]])
    axis.invert_yaxis()
    axis.margins(x=0.08)
    label_axes(axis, x=labels["test_accuracy"])
    return figure
