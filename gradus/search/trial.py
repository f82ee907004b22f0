"""A trial: a point of the search space, a short training with it, and the outcome."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from gradus.data import Dataset
from gradus.errors import DivergedError
from gradus.models import ClassificationEvaluation, Evaluation, RegressionEvaluation
from gradus.optimizers import GRADIENT_DESCENT
from gradus.training import DEFAULT_LAYERS, Epoch, Settings, build_network, make_trainer, train_epochs

__all__ = ["Outcome", "Point", "Trial", "rank_trials", "run_trial"]


@dataclass(frozen=True)
class Point:
    """The hyperparameters of a trial; those that are not searched keep their defaults."""

    learning_rate: float = 0.1
    l2: float = 0.0
    l1: float = 0.0
    batch_size: int = 10
    optimizer: str = GRADIENT_DESCENT
    layers: str = DEFAULT_LAYERS


@dataclass(frozen=True)
class Outcome:
    """The result of a trial: its best epoch on the validation data.

    Args:
        accuracy: on the validation data, or R2 where numbers are predicted; of a training that diverged 0, or -inf.
        cost: on the validation data, without penalties.
        epoch: the best one, from 1.
        seconds: of the whole training.
        diverged: True if the cost became infinite or NaN.
    """

    accuracy: float
    cost: float
    epoch: int
    seconds: float
    diverged: bool = False

    @property
    def score(self) -> tuple[float, float]:
        """The accuracy, with ties decided by the lower cost: higher is better."""
        return self.accuracy, -self.cost


@dataclass(frozen=True)
class Trial:
    """A finished trial."""

    point: Point
    outcome: Outcome


def run_trial(
    data: Dataset, point: Point, epochs: int, seed: int = 0, should_stop: Callable[[], bool] = lambda: False
) -> Outcome | None:
    """Train with the hyperparameters of a point.

    Args:
        epochs: passes through the training data.
        seed: of the initial weights and of training.
        should_stop: asked a few times a second.

    Returns:
        The outcome, or None if the trial was stopped.

    Raises:
        SettingError: if the point does not fit the data.
    """
    network = build_network(data, point.layers, seed=seed)
    settings = {name: value for name, value in asdict(point).items() if name != "layers"}
    trainer = make_trainer(network, data, Settings(epochs=epochs, seed=seed, **settings))
    outcomes, start = [], time.perf_counter()
    try:
        for record in train_epochs(trainer):
            if isinstance(record, Epoch) and record.validation is not None:
                seconds = time.perf_counter() - start
                outcomes.append(Outcome(quality(record.validation), record.validation.cost, record.epoch, seconds))
            if should_stop():
                return None
    except DivergedError as error:
        worst = -math.inf if data.targets else 0.0
        return Outcome(worst, math.inf, error.epoch, time.perf_counter() - start, diverged=True)
    return replace(max(outcomes, key=lambda outcome: outcome.score), seconds=time.perf_counter() - start)


def quality(evaluation: Evaluation) -> float:
    """What trials are ranked by: accuracy, or R2 where numbers are predicted."""
    if isinstance(evaluation, RegressionEvaluation):
        return evaluation.r2
    assert isinstance(evaluation, ClassificationEvaluation)
    return evaluation.accuracy


def rank_trials(trials: list[Trial]) -> list[Trial]:
    """The trials by descending score; of equal ones, the first to start comes first."""
    return sorted(trials, key=lambda trial: trial.outcome.score, reverse=True)
