"""The best learning rate of each setting, for comparisons in which no setting may suffer from another's."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from gradus.data import Dataset
from gradus.errors import DivergedError
from gradus.figures.experiments import networks_by_epoch, run_settings
from gradus.models import evaluate
from gradus.network import Network
from gradus.search import Point, coarse_to_fine

__all__ = ["best_eta"]


def best_eta(start: Callable[[int], Network], data: Dataset, seeds: int, **settings: Any) -> float:
    """The learning rate with the best validation accuracy after the last epoch, searched as by `gradus search`.

    That is by orders of magnitude, then in steps of a half and of a sixth of one (theory D7). A score is the mean over
    all seeds; a rate at which one of them diverges cannot win.

    Args:
        start: the network before training, by seed.
        settings: those of `fit`.
    """

    def validate(eta: float, seed: int) -> tuple[float, float]:
        """The validation accuracy, and minus the cost."""
        try:
            *_, last = networks_by_epoch(start(seed), data, learning_rate=eta, seed=seed, **settings)
        except DivergedError:
            return -np.inf, -np.inf
        result = evaluate(last, data.validation, data.preprocessing)
        return result.accuracy, -result.cost

    def mean_scores(etas: Iterable[float]) -> dict[Point, tuple[float, float]]:
        runs = run_settings(validate, etas, seeds)
        return {Point(eta): (by_seed[:, 0].mean(), by_seed[:, 1].mean()) for eta, by_seed in runs.items()}

    scores: dict[Point, tuple[float, float]] = {}
    for points in coarse_to_fine(Point(), ("learning_rate",), scores):
        scores |= mean_scores(point.learning_rate for point in points if point.learning_rate is not None)
    best = max(scores, key=scores.__getitem__).learning_rate
    assert best is not None
    return best
