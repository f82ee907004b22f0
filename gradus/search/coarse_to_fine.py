"""Choosing eta and lambda by orders of magnitude, from coarse to fine (theory D7; Nielsen, chapter 3).

First eta, with lambda 0: 0.01, 0.1 and 1, then up or down by factors of ten until the score falls. Then lambda at the
best eta, likewise from 1. Then both are refined around the best point, in steps of half an order of magnitude (about
3), then of a sixth (about 1.5), for as long as the score rises.

The search is written as if all scores were known, and yields the points whose scores are missing. Started again with
the scores of an interrupted search, it continues where that one stopped.
"""

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from gradus.search.trial import Point

__all__ = ["MAGNITUDES", "Scores", "coarse_to_fine", "scale_by_sixths"]

Scores = Mapping[Point, tuple[float, float]]  # higher is better (`Outcome.score`)

# The lowest value, the first and the highest. A penalty below 0.001 is as good as none.
MAGNITUDES = {"learning_rate": (1e-6, 0.1, 1e3), "l2": (1e-3, 1.0, 1e4), "l1": (1e-3, 1.0, 1e4)}
WHOLE, HALF, SIXTH = 6, 3, 1  # orders of magnitude, in sixths


def coarse_to_fine(point: Point, names: Sequence[str], scores: Scores) -> Generator[list[Point]]:
    """The points to try, in groups that can be tried in parallel.

    Args:
        point: the values of hyperparameters that are not searched.
        names: those that are, of MAGNITUDES; they are chosen in this order.
        scores: of all points tried so far. Those of a group must be there when the next group is asked for.
    """
    best = point
    for name in names:
        best = yield from best_magnitude(best, name, scores)
    for sixths in (HALF, SIXTH):
        best = yield from refine(best, names, sixths, scores)


def best_magnitude(point: Point, name: str, scores: Scores) -> Generator[list[Point], None, Point]:
    """The best value by orders of magnitude: from the middle up and down until the score falls."""
    lowest, middle, highest = MAGNITUDES[name]
    values = [scale_by_sixths(middle, -WHOLE), middle, scale_by_sixths(middle, WHOLE)]
    while True:
        points = [with_value(point, name, value) for value in values]
        yield from without_scores(points, scores)
        best = max(points, key=scores.__getitem__)  # the first of equals, which takes smaller steps
        if best == points[0] and values[0] > lowest:
            values.insert(0, scale_by_sixths(values[0], -WHOLE))
        elif best == points[-1] and values[-1] < highest:
            values.append(scale_by_sixths(values[-1], WHOLE))
        else:
            return max((p for p in (point, *points) if p in scores), key=scores.__getitem__)  # lambda 0 may be best


def refine(best: Point, names: Sequence[str], sixths: int, scores: Scores) -> Generator[list[Point], None, Point]:
    """The best point once no step of `sixths` sixths of a magnitude, up or down, improves the score."""
    while True:
        neighbours = [
            with_value(best, name, value)
            for name in names
            for step in (-sixths, sixths)
            if getattr(best, name)  # 0 has no magnitude
            and MAGNITUDES[name][0] <= (value := scale_by_sixths(getattr(best, name), step)) <= MAGNITUDES[name][-1]
        ]
        yield from without_scores(neighbours, scores)
        better = max([best, *neighbours], key=scores.__getitem__)
        if better == best:
            return best
        best = better


def with_value(point: Point, name: str, value: Any) -> Point:
    """The point with another value of one hyperparameter."""
    return replace(point, **{name: value})


def without_scores(points: list[Point], scores: Scores) -> Generator[list[Point]]:
    """The group of points that have no score yet, if there are any."""
    missing = [point for point in points if point not in scores]
    if missing:
        yield missing


def scale_by_sixths(value: float, sixths: int) -> float:
    """value * 10^(sixths/6) with two digits: 0.1, 0.15, 0.22, 0.32, 0.46, 0.68, 1."""
    return float(f"{10 ** (round(6 * math.log10(value) + sixths) / 6):.1e}")
