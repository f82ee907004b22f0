"""A worker of a search: it claims points, runs their trials in parallel, and records the outcomes."""

import os
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gradus.data import Dataset
from gradus.errors import SettingError
from gradus.search.coarse_to_fine import coarse_to_fine
from gradus.search.settings import SearchSettings, check_search
from gradus.search.trial import Outcome, Point, Trial, run_trial
from gradus.seeds import seed_bits

if TYPE_CHECKING:
    from gradus.search.study import Study

__all__ = ["check_optuna", "finished_trials", "run_search"]

POLL_SECONDS = 0.1  # between two checks whether another worker has finished the trials that this one waits for


def check_optuna() -> None:
    """Raise SettingError unless Optuna, and SQLAlchemy which it stores its trials with, are installed."""
    for library in ("optuna", "sqlalchemy"):
        if find_spec(library) is None:
            raise SettingError(f"a search needs {library}, which is not installed; get it with: pip install optuna")


def run_search(
    data: Dataset, folder: Path, settings: SearchSettings, should_stop: Callable[[], bool] = lambda: False
) -> Generator[Trial]:
    """Run a search, or resume the one in the folder, yielding this worker's trials as they finish.

    Args:
        folder: an existing folder. The study in it may be shared with other workers.
        should_stop: asked a few times a second; trials that are running then are given up.

    Raises:
        SettingError: if the data does not fit the settings, or Optuna is not installed.
        DataError: if the study in the folder is damaged.
    """
    check_search(data, settings)
    subset = settings.trial_data(data)
    settings = replace(settings, examples=len(subset.training.x))
    with open_study(folder, settings) as study, ThreadPoolExecutor() as pool:
        while not should_stop():
            claimed = claim_points(study, settings)
            if claimed is None:
                return
            if not claimed:
                time.sleep(POLL_SECONDS)
            arguments = settings.epochs, settings.seed, should_stop
            futures = {pool.submit(run_trial, subset, point, *arguments): n for n, point in claimed.items()}
            yield from record_results(study, futures, claimed)


def finished_trials(folder: Path, settings: SearchSettings) -> list[Trial]:
    """All finished trials of the search in a folder, in the order in which they started.

    Raises:
        SettingError: if Optuna is not installed.
        DataError: if the study in the folder is damaged.
    """
    with open_study(folder, settings) as study, study.exclusive():
        return study.finished()


def open_study(folder: Path, settings: SearchSettings) -> "Study":
    """The study in a folder, or a new one. Raises SettingError without Optuna, and DataError."""
    check_optuna()
    from gradus.search.study import Study

    return Study(folder, settings.default_point, settings.varied)


def record_results(
    study: "Study", futures: dict[Future[Outcome | None], int], claimed: dict[int, Point]
) -> Iterator[Trial]:
    """Wait for trials and record their outcomes; those that were stopped are released."""
    for future in as_completed(futures):
        number, outcome = futures[future], future.result()
        with study.exclusive():
            if outcome is None:
                study.release(number)
                continue
            study.tell(number, outcome)
        yield Trial(claimed[number], outcome)


def claim_points(study: "Study", settings: SearchSettings) -> dict[int, Point] | None:
    """Claim the next points, by the numbers of their trials.

    Returns:
        None at the end of the search; no points if other workers' trials must finish first.
    """
    with study.exclusive():
        running, finished = study.running(), study.finished()
        claim = claim_coarse_to_fine if settings.is_coarse_to_fine else claim_from_optuna
        return claim(study, running, finished, settings)


def claim_coarse_to_fine(
    study: "Study", running: list[Point], finished: list[Trial], settings: SearchSettings
) -> dict[int, Point] | None:
    """The next points from coarse to fine, at most one a core; see `claim_points`."""
    scores = {trial.point: trial.outcome.score for trial in finished}
    group = next(coarse_to_fine(settings.default_point, settings.varied, scores), None)
    if group is None:
        return None
    free = [point for point in group if point not in running]
    return {study.claim(point): point for point in free[: parallel_trials()]}


def claim_from_optuna(
    study: "Study", running: list[Point], finished: list[Trial], settings: SearchSettings
) -> dict[int, Point] | None:
    """The next point that Optuna proposes; see `claim_points`. One at a time, as each is based on all before it."""
    if len(finished) >= settings.trials:
        return None
    started = len(finished) + len(running)
    if started >= settings.trials:
        return {}
    # the seed follows from the number of trials, so that a resumed search proposes the same points
    seed = np.random.SeedSequence([seed_bits(settings.seed), started]).generate_state(1)[0]
    return dict([study.ask(settings.space, int(seed))])


def parallel_trials() -> int:
    """The number of trials that run at once, each in a thread of its own; all share one compiled program.

    A small network keeps one core busy, so threads gain as much as other cores are free, and cost next to nothing if
    none is. `jax.vmap` over trials was slower than one after the other on MNIST (784-30-10: 0.5 to 0.7 times as fast;
    convolutional: 0.7 to 1.0), and faster only on digits (64-30-10: 1.0 to 2.3); and each number of trials is a program
    of its own that takes half a second to compile, longer than such trials run. See docs/hyperparameters.md.
    """
    return os.cpu_count() or 1
