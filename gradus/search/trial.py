"""A trial: a point of the search space, a short training with it, and the outcome."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from gradus.data import Dataset
from gradus.errors import DivergedError
from gradus.models import ClassificationEvaluation, Evaluation, RegressionEvaluation
from gradus.runs import resolve
from gradus.sources import default_settings
from gradus.training import Epoch, Trainer, train_epochs

__all__ = ["TRIAL_EPOCHS", "Outcome", "Point", "Trial", "rank_trials", "run_trial", "trial_epochs", "trial_trainer"]

TRIAL_EPOCHS = 5  # where the data call for no number of their own


@dataclass(frozen=True)
class Point:
    """The hyperparameters of a trial; None for the default that the data call for (docs/defaults.md)."""

    learning_rate: float | None = None
    l2: float = 0.0
    l1: float = 0.0
    batch_size: int | None = None
    optimizer: str | None = None
    layers: str | None = None


@dataclass(frozen=True)
class Outcome:
    """The result of a trial: its best epoch on the validation data, that of the least cost if that is what is kept.

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
    data: Dataset, point: Point, epochs: int | None, seed: int = 0, should_stop: Callable[[], bool] = lambda: False
) -> Outcome | None:
    """Train one network with the hyperparameters of a point, and the data's defaults of all other settings.

    Args:
        epochs: passes through the training data; None for the number of `trial_epochs`.
        seed: of the initial weights and of training.
        should_stop: asked a few times a second.

    Returns:
        The outcome, or None if the trial was stopped.

    Raises:
        SettingError: if the point does not fit the data.
    """
    trainer = trial_trainer(data, point, epochs, seed)
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
    keeps_least_cost = trainer.settings.monitor == "cost"
    best = max(outcomes, key=lambda outcome: -outcome.cost if keeps_least_cost else outcome.score)
    return replace(best, seconds=time.perf_counter() - start)


def trial_trainer(data: Dataset, point: Point, epochs: int | None, seed: int) -> Trainer:
    """The trainer of a trial; the arguments and errors are those of `run_trial`."""
    given = {name: value for name, value in asdict(point).items() if value is not None}
    given |= {"epochs": trial_epochs(data, epochs), "seed": seed, "ensemble": 1}
    return resolve(data, given).trainer


def trial_epochs(data: Dataset, epochs: int | None) -> int:
    """The epochs of a trial: the given number, or the data's default, or TRIAL_EPOCHS where they have none."""
    return default_settings(data).get("epochs", TRIAL_EPOCHS) if epochs is None else epochs


def quality(evaluation: Evaluation) -> float:
    """What trials are ranked by: accuracy, or R2 where numbers are predicted."""
    if isinstance(evaluation, RegressionEvaluation):
        return evaluation.r2
    assert isinstance(evaluation, ClassificationEvaluation)
    return evaluation.accuracy


def rank_trials(trials: list[Trial]) -> list[Trial]:
    """The trials by descending score; of equal ones, the first to start comes first."""
    return sorted(trials, key=lambda trial: trial.outcome.score, reverse=True)
