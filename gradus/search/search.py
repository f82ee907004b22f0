"""The search for the settings that a network learns best with (theory D7).

A trial trains a network for a few epochs, on part of the training data where there is much of it, and counts by
its best accuracy on the validation data. Eta and lambda are chosen by order of magnitude (coarse_to_fine.py); where
there are other knobs to turn, Optuna proposes. All trials are on the disk as soon as they are over (trials.py).
"""

import os
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution

from gradus.data import Dataset, Examples
from gradus.errors import DivergedError, SettingError
from gradus.optimizers import OPTIMIZERS
from gradus.search.coarse_to_fine import MAGNITUDES, Point, coarse_to_fine
from gradus.search.trials import Outcome, Trial, Trials
from gradus.training import DEFAULT_LAYERS, Epoch, Settings, build_network, make_trainer, train_epochs

__all__ = ["SEARCH_SPACE", "SearchSettings", "best_first", "check", "finished", "search", "trained"]

BATCH_SIZES = (5, 10, 20, 50, 100)

# What Optuna may choose, where the theory's way of eta and lambda alone does not apply.
RANGES: dict[str, BaseDistribution] = {
    "learning_rate": FloatDistribution(1e-4, 10, log=True),
    "l2": FloatDistribution(1e-3, 100, log=True),
    "l1": FloatDistribution(1e-3, 100, log=True),
    "batch_size": CategoricalDistribution(BATCH_SIZES),
    "optimizer": CategoricalDistribution(list(OPTIMIZERS)),
}
SEARCH_SPACE = (*RANGES, "layers")
POLL_SECONDS = 0.1  # seconds between two looks at whether another worker has finished what is waited for


@dataclass(frozen=True)
class SearchSettings:
    """What is searched for, and how. Raises SettingError.

    knobs: names in SEARCH_SPACE.  layers: the networks, as lines; several are a knob too.
    trials: how many Optuna proposes; the search by magnitude ends by itself.  epochs: of each trial.
    examples: at most so many are trained on.  seed: of the weights, the order of the examples, and Optuna.
    """

    knobs: tuple[str, ...] = ("learning_rate", "l2")
    layers: tuple[str, ...] = (DEFAULT_LAYERS,)
    trials: int = 40
    epochs: int = 5
    examples: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        for knob in self.knobs:
            if knob not in RANGES:
                raise SettingError(f"there is no knob {knob!r} to turn; choose of {', '.join(RANGES)}")
        if not self.knobs or len(set(self.knobs)) < len(self.knobs):
            raise SettingError(f"knobs {','.join(self.knobs)}: expected at least one, and each once")
        for name in ("trials", "epochs", "examples"):
            if getattr(self, name) < 1:
                raise SettingError(f"{name} {getattr(self, name)}: expected 1 or more")

    @property
    def start(self) -> Point:
        """What is kept where it is not searched for."""
        return Point(layers=self.layers[0])

    @property
    def turned(self) -> tuple[str, ...]:
        """All knobs that are turned, in the order of SEARCH_SPACE."""
        several = ("layers",) if len(self.layers) > 1 else ()
        return tuple(knob for knob in SEARCH_SPACE if knob in (*self.knobs, *several))

    @property
    def goes_by_magnitude(self) -> bool:
        """Whether the theory's way applies: to at most two knobs that have magnitudes."""
        return len(self.turned) <= 2 and set(self.turned) <= set(MAGNITUDES)

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """What Optuna may choose each knob from."""
        if self.goes_by_magnitude:
            return dict.fromkeys(self.turned, FloatDistribution(0, 1e6))
        ranges = RANGES | {"layers": CategoricalDistribution(self.layers)}
        return {knob: ranges[knob] for knob in self.turned}


def run_search(
    data: Dataset, folder: Path, settings: SearchSettings, stopped: Callable[[], bool] = lambda: False
) -> Generator[Trial]:
    """Search, or go on with the search in the folder, yielding this worker's trials as they finish.

    stopped: asked a few times a second; what is being trained when it says yes is given up.
    Raises SettingError before the first trial where the data and the networks do not belong together, and DataError.
    """
    check(data, settings)
    few = replace(data, training=Examples(*(part[: settings.examples] for part in data.training)))
    with Trials(folder, settings.start, settings.turned) as trials, ThreadPoolExecutor() as pool:
        while not stopped():
            taken = take(trials, settings)
            if taken is None:
                return
            if not taken:
                time.sleep(POLL_SECONDS)
            futures = {pool.submit(trained, few, point, settings, stopped): number for number, point in taken.items()}
            yield from told(trials, futures, taken)


def finished(folder: Path, settings: SearchSettings) -> list[Trial]:
    """All finished trials of the search in the folder, in the order in which they were begun. Raises DataError."""
    with Trials(folder, settings.start, settings.turned) as trials:
        return trials.finished()


def told(trials: Trials, futures: dict, taken: dict[int, Point]) -> Iterator[Trial]:
    """Wait for trainings, and write down what they come to."""
    for future in as_completed(futures):
        number, outcome = futures[future], future.result()
        with trials.alone():
            if outcome is None:
                trials.release(number)
                continue
            trials.tell(number, outcome)
        yield Trial(taken[number], outcome)


def take(trials: Trials, settings: SearchSettings) -> dict[int, Point] | None:
    """Take the next points in hand, by number: none where others must finish first, None at the search's end."""
    with trials.alone():
        running, finished = trials.running(), trials.finished()
        choose = by_theory if settings.goes_by_magnitude else by_optuna
        return choose(trials, running, finished, settings)


def by_theory(
    trials: Trials, running: list[Point], finished: list[Trial], settings: SearchSettings
) -> dict[int, Point] | None:
    """What comes next by order of magnitude, as `take` gives it."""
    scores = {trial.point: trial.outcome.score for trial in finished}
    wanted = next(coarse_to_fine(trials.point, settings.turned, scores), None)
    if wanted is None:
        return None
    free = [point for point in wanted if point not in running]
    return {trials.take(point, settings.distributions): point for point in free[: at_a_time()]}


def by_optuna(
    trials: Trials, running: list[Point], finished: list[Trial], settings: SearchSettings
) -> dict[int, Point] | None:
    """What Optuna proposes, one at a time, as each is chosen by all that came before."""
    if len(finished) >= settings.trials:
        return None
    begun = len(finished) + len(running)
    if begun >= settings.trials:
        return {}
    # The seed follows from how many there are, so that a search gone on with proposes what it would have.
    seed = np.random.SeedSequence([settings.seed, begun]).generate_state(1)[0]
    return dict([trials.ask(settings.distributions, int(seed))])


def at_a_time() -> int:
    """How many trainings go on at once, each in a thread; all share one compiled program.

    A small network keeps one core busy, so threads gain what other cores are free for, and cost next to nothing
    where none is. Under `jax.vmap` trainings were slower than one after the other on MNIST (784-30-10: 0.5 to 0.7
    times as fast; convolutional: 0.7 to 1.0), and faster on digits alone (64-30-10: 1.0 to 2.3); but each number of
    them is a program of its own, half a second to compile, longer than such trials take. See docs/search.md.
    """
    return os.cpu_count() or 1


def trained(
    data: Dataset, point: Point, settings: SearchSettings, stopped: Callable[[], bool] = lambda: False
) -> Outcome | None:
    """What a training with the point's settings comes to, or None where it was stopped. Raises SettingError."""
    network = build_network(data, point.layers, seed=settings.seed)
    given = {name: value for name, value in asdict(point).items() if name != "layers"}
    trainer = make_trainer(network, data, Settings(epochs=settings.epochs, seed=settings.seed, **given))
    records, epochs = train_epochs(trainer), []
    began = time.perf_counter()
    try:
        for record in records:
            if isinstance(record, Epoch) and record.validation:
                accuracy, cost = record.validation.accuracy, record.validation.cost
                epochs.append(Outcome(accuracy, cost, record.epoch, time.perf_counter() - began))
            if stopped():
                return None
    except DivergedError as error:
        return Outcome(0.0, float("inf"), error.epoch, time.perf_counter() - began, diverged=True)
    return replace(max(epochs, key=lambda outcome: outcome.score), seconds=time.perf_counter() - began)


def best_first(trials: list[Trial]) -> list[Trial]:
    """The trials, the best first; of equals that which was begun first."""
    return sorted(trials, key=lambda trial: trial.outcome.score, reverse=True)


def check(data: Dataset, settings: SearchSettings) -> None:
    """Raise SettingError where trials could not be trained or compared."""
    if not len(data.validation.x):
        raise SettingError(f"{data.name} has no validation data, by which trials are compared")
    for layers in settings.layers:
        build_network(data, layers, seed=settings.seed)
    largest = max(BATCH_SIZES) if "batch_size" in settings.turned else settings.start.batch_size
    smallest = min(settings.examples, len(data.training.x))
    if smallest < largest:
        raise SettingError(f"examples {smallest}: expected {largest} or more, the largest batch size")
