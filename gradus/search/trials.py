"""The trials of a search: an Optuna study in an SQLite file, which several workers share.

A worker takes points and says what they came to under a lock, so that no two take the same. It also keeps a lock of
its own while it lives. The system lets go of that however the process ends, so what a killed worker had taken is
seen to be free again. (Optuna's heartbeat is only for its own loop, not for ask and tell.)
"""

import math
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.pool import NullPool

from gradus.errors import DataError
from gradus.search.coarse_to_fine import Point

__all__ = ["Outcome", "Trial", "Trials"]

PATIENCE = 60.0  # seconds to wait for another worker's lock, which it holds for milliseconds


@dataclass(frozen=True)
class Outcome:
    """What a training came to: its best epoch on the validation data. One that diverged has accuracy 0."""

    accuracy: float
    cost: float
    epoch: int
    seconds: float
    diverged: bool = False

    @property
    def score(self) -> tuple[float, float]:
        """What is compared; more is better."""
        return self.accuracy, -self.cost


@dataclass(frozen=True)
class Trial:
    """A finished trial."""

    point: Point
    outcome: Outcome


class Trials:
    """The study of the search in a folder, as one worker sees it. Close it at the end, or use it in a `with`."""

    def __init__(self, folder: Path, point: Point, knobs: Sequence[str]):
        """point: what is kept where it is not searched for. Raises DataError where the study is damaged."""
        self.point, self.knobs = point, knobs
        self.workers = folder / ".workers"
        self.workers.mkdir(exist_ok=True)
        self.name = uuid.uuid4().hex
        self.alive = locked(self.workers / self.name, 0)
        self.alive.__enter__()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        path = folder / "search.db"
        try:
            with self.alone():
                # SQLite itself makes writers wait for each other, by default no longer than 5 seconds.
                # Without a pool, every connection is closed where it was last used, also after an error.
                options = {"connect_args": {"timeout": PATIENCE}, "poolclass": NullPool}
                self.storage = optuna.storages.RDBStorage(f"sqlite:///{path.absolute()}", options)
                self.study = optuna.create_study(
                    storage=self.storage, study_name="search", direction="maximize", load_if_exists=True
                )
        except Exception as error:  # SQLAlchemy has dozens of ways to say so
            self.close()
            raise DataError(f"{path}: damaged or not a search's ({type(error).__name__}); start another") from None

    def __enter__(self) -> "Trials":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of what only this worker holds."""
        self.alive.__exit__(None, None, None)
        (self.workers / self.name).unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A context that one worker at a time can be in."""
        with locked(self.workers / "lock", PATIENCE):
            yield

    def finished(self) -> list[Trial]:
        """All finished trials, in the order in which they were begun."""
        done = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
        return [Trial(self.point_of(trial.params), outcome_of(trial)) for trial in done]

    def running(self) -> list[Point]:
        """What is in the hands of workers. Those that are gone lose it; call this alone."""
        points = []
        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if self.lives(trial.user_attrs["worker"]):
                points.append(self.point_of(trial.params))
            else:
                self.release(trial.number)
        return points

    def lives(self, worker: str) -> bool:
        """Whether a worker still holds its lock."""
        path = self.workers / worker
        if worker == self.name or not path.exists():
            return worker == self.name
        try:
            with locked(path, 0):
                pass
        except sqlite3.OperationalError:
            return True
        path.unlink(missing_ok=True)
        return False

    def take(self, point: Point, distributions: dict[str, BaseDistribution]) -> int:
        """Take a point in hand; gives its number. Call this alone."""
        params = {knob: getattr(point, knob) for knob in self.knobs}
        trial = optuna.trial.create_trial(
            state=TrialState.RUNNING, params=params, distributions=distributions, user_attrs={"worker": self.name}
        )
        self.study.add_trial(trial)
        return self.study.get_trials(deepcopy=False)[-1].number

    def ask(self, distributions: dict[str, BaseDistribution], seed: int) -> tuple[int, Point]:
        """Take the point that Optuna's Parzen estimator (Bergstra et al. 2011) proposes. Call this alone."""
        self.study.sampler = optuna.samplers.TPESampler(seed=seed)
        trial = self.study.ask(distributions)
        trial.set_user_attr("worker", self.name)
        return trial.number, self.point_of(trial.params)

    def tell(self, number: int, outcome: Outcome) -> None:
        """Write down what a trial came to; one that diverged counts as pruned."""
        trial = self.study.get_trials(deepcopy=False)[number]
        for name, value in asdict(outcome).items():
            if math.isfinite(value):
                self.storage.set_trial_user_attr(trial._trial_id, name, value)
        if outcome.diverged:
            self.study.tell(number, state=TrialState.PRUNED)
        else:
            self.study.tell(number, outcome.accuracy)

    def release(self, number: int) -> None:
        """Let go of a trial that was not finished."""
        self.study.tell(number, state=TrialState.FAIL)

    def point_of(self, params: dict[str, Any]) -> Point:
        """The point of Optuna's parameters, with numbers of three digits, which a person can type."""
        short = {knob: float(f"{value:.3g}") if isinstance(value, float) else value for knob, value in params.items()}
        return Point(**(asdict(self.point) | short))


def outcome_of(trial: FrozenTrial) -> Outcome:
    attributes = {"cost": math.inf} | trial.user_attrs
    return Outcome(**{name: attributes[name] for name in ("accuracy", "cost", "epoch", "seconds", "diverged")})


@contextmanager
def locked(path: Path, patience: float) -> Iterator[None]:
    """Hold a file locked, in a way that every system with SQLite has. Raises sqlite3.OperationalError after so long."""
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        connection.close()
