"""One epoch after the other: what the training of images and of texts share (theory C2, D4, D6).

Everything that the rest of a training depends on is a `Position`: whoever keeps one can go on from there, to
the same bits. The compiled loop returns to Python a few times a second, with a `Stretch` for whoever watches.
"""

import hashlib
import math
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from gradus.errors import DivergedError
from gradus.network import Network
from gradus.training.records import Epoch, Evaluation, Stretch
from gradus.training.schedules import HALVINGS, learning_rates
from gradus.training.settings import Settings
from gradus.training.steps import Progress, Rates

__all__ = ["Best", "Course", "Position", "beginning", "follow", "kept"]

# How long the compiled loop runs before it returns to Python, which is what Ctrl-C waits for. Each run gets its
# memory anew from the system, which for large networks takes a third of the time of a step.
STRETCH_SECONDS = 1.0


class Best(NamedTuple):
    """The weights of the best epoch so far, where training has patience. epoch: which, or 0 before the first."""

    epoch: int
    score: float
    params: Any
    state: Any


class Position(NamedTuple):
    """Where training stands, between two steps.

    epoch: the one that is under way, from 1.  before: the parameters and state at its beginning.
    step: how many of its steps are taken.  seconds: what they took.  stalled_since: the epoch of the last
    improvement or halving.  training: tells it from others.
    """

    training: str
    epoch: int
    step: int
    seconds: float
    progress: Progress
    before: tuple[Any, Any]
    best: Best
    halvings: int
    stalled_since: int


class Course:
    """What an epoch is made of: the training data, in steps.

    sizes: (steps,), how many examples each step's cost is the mean of.  last_alone: whether the last step is smaller
    than the others, and so another program.
    """

    network: Network
    settings: Settings
    sizes: np.ndarray
    last_alone: bool

    def training(self) -> str:
        """A fingerprint of what is trained, on what, and how: of another training, no position is of use."""
        sha = hashlib.sha256(self.description().encode())
        for array in self.arrays():
            sha.update(np.ascontiguousarray(array).tobytes())
        return sha.hexdigest()

    def description(self) -> str:
        """The network and the settings, in words."""
        chain, cost, in_shape = self.network.chain, self.network.cost, self.network.in_shape
        return f"{chain!r} {cost!r} {in_shape} {self.settings.described()}"

    def arrays(self) -> Sequence[np.ndarray]:
        """The training data, as it was read."""
        raise NotImplementedError

    def start(self) -> Progress:
        """The progress before the first step."""
        raise NotImplementedError

    def begin(self, progress: Progress, epoch: int) -> tuple[Progress, Any]:
        """The progress at the start of an epoch, and its data."""
        raise NotImplementedError

    def run(self, progress: Progress, data: Any, start: int, stop: int, rates: Rates) -> Progress:
        """Steps start to stop of the epoch whose data `begin` gave, all but a last that is smaller."""
        raise NotImplementedError

    def last(self, progress: Progress, data: Any, rates: Rates) -> Progress:
        """The last step, where it is smaller."""
        raise NotImplementedError

    def passes(self, progress: Progress) -> float | None:
        """How many times through the data it was so far, where that is not the number of epochs."""
        return None

    def evaluate(self, network: Network) -> Evaluation | None:
        """How good the network is on the validation data, if there is any."""
        raise NotImplementedError


@dataclass
class Pace:
    """How many steps the compiled loop takes before it returns to Python, learned from how long the last ones took."""

    steps: int = 1

    def learn(self, taken: int, seconds: float) -> None:
        """As many steps as last STRETCH_SECONDS, but at most a hundred times what is known to be good."""
        self.steps = max(1, min(100 * taken, int(STRETCH_SECONDS * taken / seconds)))


def beginning(course: Course) -> Position:
    """The position before the first step."""
    progress, patient = course.start(), course.settings.patience_in_epochs
    best = Best(0, -math.inf, *((progress.params, progress.state) if patient else ((), ())))
    return Position(course.training(), 1, 0, 0.0, progress, (progress.params, progress.state), best, 0, 0)


def follow(course: Course, position: Position) -> Generator[Stretch | Epoch]:
    """Train from the position on. Raises DivergedError."""
    settings, steps, pace = course.settings, len(course.sizes), Pace()
    ends_at = time.perf_counter() + (settings.time_limit or math.inf)
    while position.epoch <= settings.epochs and not given_up(settings, position):
        epoch, before = position.epoch, with_arrays(course, *position.before)
        for position in one_epoch(course, position, pace):  # noqa: B020
            cost = mean_cost(position, course.sizes, before)
            yield Stretch(epoch, position.step, steps, cost, now(course, position), kept(course, position), position)
            if time.perf_counter() > ends_at:
                return
        cost, network = mean_cost(position, course.sizes, before), now(course, position)
        validation = course.evaluate(network)
        if validation and not math.isfinite(validation.cost):
            raise diverged(epoch, steps, validation.cost, before)
        eta, seconds = float(rates_of(course, position)[-1]), position.seconds
        position = after_epoch(settings, position, validation)
        passes = course.passes(position.progress)
        yield Epoch(epoch, cost, validation, seconds, network, eta, kept(course, position), before, position, passes)


def one_epoch(course: Course, position: Position, pace: Pace) -> Iterator[Position]:
    """The positions that an epoch stops at for a moment."""
    settings, n, steps = course.settings, course.sizes.sum(), len(course.sizes)
    key = jax.random.fold_in(jax.random.key(settings.seed), position.epoch)
    l2_over_n, l1_over_n = (jnp.asarray(penalty / n, float) for penalty in (settings.l2, settings.l1))
    shares = course.sizes / course.sizes.max()
    rates = Rates(*(jnp.asarray(x, float) for x in (rates_of(course, position), shares)), l2_over_n, l1_over_n, key)
    began, before = time.perf_counter(), position.seconds
    progress, data = course.begin(position.progress, position.epoch)
    if position.step:
        progress = position.progress  # an epoch that is gone on with has begun already
    for step, reached in stretches(progress, position.step, steps, course, data, rates, pace):
        yield position._replace(step=step, seconds=before + time.perf_counter() - began, progress=reached)


def stretches(
    progress: Progress, step: int, steps: int, course: Course, data: Any, rates: Rates, pace: Pace
) -> Iterator[tuple[int, Progress]]:
    """Take the steps of an epoch from `step` on, stopping now and then to yield how many are taken."""
    full = steps - course.last_alone
    while step < full:
        began = time.perf_counter()
        stop = min(step + pace.steps, full)
        progress = jax.block_until_ready(course.run(progress, data, step, stop, rates))
        pace.learn(stop - step, time.perf_counter() - began)
        step = stop
        yield step, progress
    if step < steps:
        yield steps, jax.block_until_ready(course.last(progress, data, rates))


def rates_of(course: Course, position: Position) -> np.ndarray:
    """eta of each step of the epoch; 0 for an optimiser that has its own."""
    settings = course.settings
    eta = (settings.learning_rate or 0.0) / 2**position.halvings
    return learning_rates(settings.schedule, eta, position.epoch, settings.epochs, len(course.sizes))


def after_epoch(settings: Settings, position: Position, validation: Evaluation | None) -> Position:
    """The position before the next epoch, with the best weights so far where they matter."""
    training, epoch, _, _, progress, _, best, halvings, stalled_since = position
    patience = settings.patience_in_epochs
    if patience and validation:
        if validation.score > best.score:
            best, stalled_since = Best(epoch, validation.score, progress.params, progress.state), epoch
        elif settings.halves and epoch - stalled_since >= patience:
            halvings, stalled_since = halvings + 1, epoch
    before = progress.params, progress.state
    return Position(training, epoch + 1, 0, 0.0, progress, before, best, halvings, stalled_since)


def given_up(settings: Settings, position: Position) -> bool:
    """Whether patience has come to its end (theory D4)."""
    patience = settings.patience_in_epochs
    if settings.halves:
        return position.halvings >= HALVINGS
    return patience is not None and position.epoch - 1 - position.stalled_since >= patience


def now(course: Course, position: Position) -> Network:
    """The network as it is at the position."""
    return with_arrays(course, position.progress.params, position.progress.state)


def kept(course: Course, position: Position) -> Network:
    """The network that is kept: that of the best epoch, where training has patience."""
    best = position.best
    return with_arrays(course, best.params, best.state) if best.epoch else now(course, position)


def with_arrays(course: Course, params: Any, state: Any) -> Network:
    return replace(course.network, params=params, state=state)


def mean_cost(position: Position, sizes: np.ndarray, before: Network) -> float:
    """The mean over the examples seen, from the cost of each step of an epoch. Raises DivergedError."""
    by_step = np.asarray(position.progress.costs, float)[: position.step]
    if not np.isfinite(by_step).all():
        step = int(np.argmin(np.isfinite(by_step)))
        raise diverged(position.epoch, step + 1, by_step[step], before)
    return float(np.average(by_step, weights=sizes[: position.step]))


def diverged(epoch: int, step: int, cost: float, before: Network) -> DivergedError:
    text = f"the cost became {cost} in epoch {epoch} at step {step}; try a learning rate ten times smaller"
    return DivergedError(text, epoch, step, before)
