"""Choosing eta and lambda by order of magnitude, as the theory has it (D7; Nielsen, chapter 3).

First eta, with lambda 0: 0.01, 0.1 and 1, then up or down by tens until it gets worse. Then lambda at the best
eta, likewise from 1.0. Then both are refined: from the best point, steps of half an order of magnitude (about 3),
then of a sixth (about 1.5), for as long as they make it better.

The way is written down as it goes, and as if all scores were known; it yields the points whose scores it
lacks. So whoever starts again with the scores that are there comes to the point where it was left.
"""

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gradus.optimizers import GRADIENT_DESCENT
from gradus.training import DEFAULT_LAYERS

__all__ = ["MAGNITUDES", "Point", "Scores", "coarse_to_fine", "stepped"]


@dataclass(frozen=True)
class Point:
    """What a trial is trained with; what the search does not choose stays as it is here."""

    learning_rate: float = 0.1
    l2: float = 0.0
    l1: float = 0.0
    batch_size: int = 10
    optimizer: str = GRADIENT_DESCENT
    layers: str = DEFAULT_LAYERS


Scores = Mapping[Point, tuple[float, float]]  # more is better: the accuracy, then the cost with a minus

# Where the search begins, and how far down and up it goes. Below 0.001 a penalty is as good as none.
MAGNITUDES = {"learning_rate": (1e-6, 0.1, 1e3), "l2": (1e-3, 1.0, 1e4), "l1": (1e-3, 1.0, 1e4)}
ORDER, HALF, SIXTH = 6, 3, 1  # of magnitude, in sixths


def coarse_to_fine(point: Point, knobs: Sequence[str], scores: Scores) -> Generator[list[Point]]:
    """The points to be tried, as many at a time as do not depend on each other.

    point: what is kept where it is not searched for.  knobs: names in MAGNITUDES, the first to be chosen first.
    scores: of all points tried so far; those of the points yielded must be in it when the next are asked for.
    """
    best = point
    for knob in knobs:
        best = yield from best_magnitude(best, knob, scores)
    for sixths in (HALF, SIXTH):
        best = yield from refined(best, knobs, sixths, scores)


def best_magnitude(point: Point, knob: str, scores: Scores) -> Generator[list[Point], None, Point]:
    """The best by orders of magnitude: up and down from the middle until it gets worse."""
    lowest, middle, highest = MAGNITUDES[knob]
    values = [stepped(middle, -ORDER), middle, stepped(middle, ORDER)]
    while True:
        points = [turned(point, knob, value) for value in values]
        yield from untried(points, scores)
        best = max(points, key=scores.__getitem__)  # of equals the first, with the smaller steps
        if best == points[0] and values[0] > lowest:
            values.insert(0, stepped(values[0], -ORDER))
        elif best == points[-1] and values[-1] < highest:
            values.append(stepped(values[-1], ORDER))
        else:
            return max((p for p in (point, *points) if p in scores), key=scores.__getitem__)  # lambda 0 may be best


def refined(best: Point, knobs: Sequence[str], sixths: int, scores: Scores) -> Generator[list[Point], None, Point]:
    """The best point from which no step of so many sixths of a magnitude, up or down, is better."""
    while True:
        around = [
            turned(best, knob, value)
            for knob in knobs
            for step in (-sixths, sixths)
            if getattr(best, knob)  # 0 has no magnitude
            and MAGNITUDES[knob][0] <= (value := stepped(getattr(best, knob), step)) <= MAGNITUDES[knob][-1]
        ]
        yield from untried(around, scores)
        better = max([best, *around], key=scores.__getitem__)
        if better == best:
            return best
        best = better


def turned(point: Point, knob: str, value: Any) -> Point:
    return replace(point, **{knob: value})


def untried(points: list[Point], scores: Scores) -> Generator[list[Point]]:
    missing = [point for point in points if point not in scores]
    if missing:
        yield missing


def stepped(value: float, sixths: int) -> float:
    """So many sixths of an order of magnitude above the value, to two digits: 0.1, 0.15, 0.22, 0.32, 0.46, 0.68, 1."""
    return float(f"{10 ** (round(6 * math.log10(value) + sixths) / 6):.1e}")
