"""The trials of a search: an Optuna study in an SQLite file, shared by several workers.

Workers claim points and record outcomes under a lock, so that no two claim the same point. Each worker also holds a
lock of its own for as long as it lives; the system releases it however the process ends, so the claims of a killed
worker are free again. (Optuna's heartbeat works with its own loop only, not with ask and tell.)
"""

import errno
import math
import os
import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
from filelock import FileLock
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from gradus.errors import DataError
from gradus.files import exclusive, is_locked
from gradus.search.settings import Choices, LogRange
from gradus.search.trial import Outcome, Point, Trial

__all__ = ["Study"]

SQLITE_TIMEOUT = 60.0  # seconds to wait for another process that reads or writes
CLAIMED = FloatDistribution(0, 1e6)  # of values that Optuna stores but did not propose


class Study:
    """The study in a search's folder, as one worker sees it. Use it in a `with` statement, or close it.

    Args:
        folder: of the search.
        default_point: the values of hyperparameters that are not searched.
        names: those that are.

    Raises:
        DataError: if the study is damaged, or cannot be read or written.
        OSError: if the folder cannot be written to.
    """

    def __init__(self, folder: Path, default_point: Point, names: Sequence[str]):
        self.default_point, self.names = default_point, names
        self.workers = folder / ".workers"
        self.workers.mkdir(exist_ok=True)
        self.worker = uuid.uuid4().hex
        self.worker_lock = FileLock(self.workers / self.worker, timeout=0)
        self.worker_lock.acquire()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.path, self.is_open = folder / "search.db", False
        try:
            with self.exclusive():
                # SQLite makes writers wait for each other, by default no longer than 5 seconds.
                # Without a pool, every connection is closed after use, also after an error.
                options = {"connect_args": {"timeout": SQLITE_TIMEOUT}, "poolclass": NullPool}
                self.storage = optuna.storages.RDBStorage(f"sqlite:///{self.path.absolute()}", options)
                sqlalchemy.event.listen(self.storage.engine, "connect", sync_every_commit)
                self.study = optuna.create_study(
                    storage=self.storage, study_name="search", direction="maximize", load_if_exists=True
                )
        except (DataError, OSError):
            self.close()
            raise
        except Exception as error:  # Optuna has dozens of them for a damaged file
            self.close()
            raise self.damaged(error) from None
        self.is_open = True

    def __enter__(self) -> "Study":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the locks of this worker."""
        self.worker_lock.release()
        (self.workers / self.worker).unlink(missing_ok=True)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """A context that only one worker at a time can enter.

        Raises:
            DataError: if the study cannot be read or written, as on a full disk, or is damaged.
            OSError: if somebody has removed or moved it; SQLite would begin an empty one.
        """
        if self.is_open and not self.path.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.path))
        try:
            with exclusive(self.workers / "lock"):
                yield
        except (SQLAlchemyError, optuna.exceptions.OptunaError) as error:
            reason = sqlite_error(error)
            if not isinstance(reason, sqlite3.OperationalError):
                raise self.damaged(reason or error) from None
            raise DataError(
                f"{self.path}: the trials cannot be read or written ({reason}); make room or allow it, then resume"
            ) from None

    def damaged(self, error: Exception) -> DataError:
        """The error for a file that is not that of a search."""
        return DataError(
            f"{self.path}: damaged, or not the file of a search ({type(error).__name__}); start a new search"
        )

    def finished(self) -> list[Trial]:
        """All finished trials, in the order in which they started."""
        trials = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
        return [Trial(self.point_of(trial.params), outcome_of(trial)) for trial in trials]

    def running(self) -> list[Point]:
        """The points that living workers have claimed; releases those of dead workers. Needs `exclusive`."""
        points = []
        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            worker = trial.user_attrs.get("worker")  # None where it was killed in the middle of `ask`
            if worker is not None and self.is_alive(worker):
                points.append(self.point_of(trial.params))
            else:
                self.release(trial.number)
        return points

    def is_alive(self, worker: str) -> bool:
        """True if a worker still holds its lock."""
        path = self.workers / worker
        if worker == self.worker or not path.exists():
            return worker == self.worker
        if is_locked(path):
            return True
        path.unlink(missing_ok=True)
        return False

    def claim(self, point: Point) -> int:
        """Claim a point for this worker, and return the number of its trial. Needs `exclusive`."""
        trial = optuna.trial.create_trial(
            state=TrialState.RUNNING,
            params={name: getattr(point, name) for name in self.names},
            distributions=dict.fromkeys(self.names, CLAIMED),
            user_attrs={"worker": self.worker},
        )
        self.study.add_trial(trial)
        return self.study.get_trials(deepcopy=False)[-1].number

    def ask(self, space: Mapping[str, LogRange | Choices], seed: int) -> tuple[int, Point]:
        """Claim the point that Optuna's Parzen estimator (Bergstra et al. 2011) proposes. Needs `exclusive`.

        Args:
            space: the values to choose from, by name.
            seed: of the proposal.
        """
        self.study.sampler = optuna.samplers.TPESampler(seed=seed)
        trial = self.study.ask({name: distribution(values) for name, values in space.items()})
        trial.set_user_attr("worker", self.worker)
        return trial.number, self.point_of(trial.params)

    def tell(self, number: int, outcome: Outcome) -> None:
        """Record the outcome of a trial; Optuna counts one that diverged as pruned. Needs `exclusive`."""
        trial = self.study.get_trials(deepcopy=False)[number]
        for name, value in asdict(outcome).items():
            if math.isfinite(value):
                self.storage.set_trial_user_attr(trial._trial_id, name, value)
        if outcome.diverged:
            self.study.tell(number, state=TrialState.PRUNED)
        else:
            self.study.tell(number, outcome.accuracy)

    def release(self, number: int) -> None:
        """Give up a claimed trial. Needs `exclusive`."""
        self.study.tell(number, state=TrialState.FAIL)

    def point_of(self, params: dict[str, Any]) -> Point:
        """The point of Optuna's parameters, with numbers of three digits, which are easy to type."""
        short = {name: float(f"{value:.3g}") if isinstance(value, float) else value for name, value in params.items()}
        return Point(**(asdict(self.default_point) | short))


def sqlite_error(error: BaseException | None) -> sqlite3.Error | None:
    """The error of SQLite that an error of Optuna or SQLAlchemy comes from."""
    while error is not None and not isinstance(error, sqlite3.Error):
        error = getattr(error, "orig", None) or error.__cause__
    return error


def distribution(values: LogRange | Choices) -> BaseDistribution:
    """Optuna's form of a range or of choices."""
    if isinstance(values, LogRange):
        return FloatDistribution(values.low, values.high, log=True)
    return CategoricalDistribution(values)


def outcome_of(trial: FrozenTrial) -> Outcome:
    """The outcome that `tell` recorded; numbers that are infinite are not stored."""
    attributes = {"accuracy": -math.inf, "cost": math.inf} | trial.user_attrs
    return Outcome(**{name: attributes[name] for name in ("accuracy", "cost", "epoch", "seconds", "diverged")})


def sync_every_commit(connection: sqlite3.Connection, _: object) -> None:
    """Let no power cut take back a commit.

    SQLite's default syncs the database, but not the folder that its journal is then deleted from: after a power cut
    the journal may be there again, and its transaction is rolled back.
    """
    connection.execute("PRAGMA synchronous = EXTRA")
