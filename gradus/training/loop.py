"""The training loop: for each epoch, for each batch, a step (theory C2, D4, D6).

The compiled steps return to Python about once a second, for progress, Ctrl-C and checkpoints. Training can start at any
position, so it can resume.
"""

import math
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import jax

from gradus.network import Network
from gradus.training.divergence import diverged, is_finite, validation_diverged
from gradus.training.position import (
    TrainingPosition,
    best_network,
    current_network,
    mean_cost,
    next_epoch,
    should_stop,
)
from gradus.training.records import Epoch, Progress
from gradus.training.step import Hyperparameters, TrainState
from gradus.training.trainer import Trainer

__all__ = ["train_epochs"]

# How long the compiled loop runs before it returns to Python: Ctrl-C waits this long. Shorter is slower, as every call
# allocates its memory anew, which takes a third of a step for large networks.
CHUNK_SECONDS = 1.0


def train_epochs(trainer: Trainer, position: TrainingPosition | None = None) -> Generator[Progress | Epoch]:
    """Train, yielding a `Progress` about once a second and an `Epoch` at the end of each.

    Args:
        trainer: network, data and settings.
        position: where to resume; None starts from the first step.

    Raises:
        DivergedError: when a cost is no longer finite.
    """
    position = position or trainer.initial_position()
    pace, ends_at = Pace(), time.perf_counter() + (trainer.settings.time_limit or math.inf)
    while position.epoch <= trainer.settings.epochs and not should_stop(trainer.settings, position):
        for position in run_epoch(trainer, position, pace):  # noqa: B020
            yield progress(trainer, position)
            if time.perf_counter() > ends_at:
                return
        position, record = end_of_epoch(trainer, position)
        yield record


def run_epoch(trainer: Trainer, position: TrainingPosition, pace: "Pace") -> Iterator[TrainingPosition]:
    """Run the steps of an epoch from a position on; yields the position whenever the loop returns to Python."""
    began, hyper = time.perf_counter(), trainer.hyperparameters(position)
    state, batches = trainer.begin_epoch(position)
    for start, stop in pace.chunks(position.step, trainer.full_steps):
        chunk_began = time.perf_counter()
        before, state = state, jax.block_until_ready(trainer.run_steps(state, batches, start, stop, hyper))
        now = time.perf_counter()
        check_finite(trainer, position._replace(step=start, state=before), stop, state, batches, hyper)
        pace.adapt(stop - start, now - chunk_began)
        yield position._replace(step=stop, seconds=position.seconds + now - began, state=state)
    if trainer.full_steps < trainer.steps and position.step < trainer.steps:
        before, state = state, jax.block_until_ready(trainer.run_last_step(state, batches, hyper))
        last = position._replace(step=trainer.full_steps, state=before)
        check_finite(trainer, last, trainer.steps, state, batches, hyper)
        seconds = position.seconds + time.perf_counter() - began
        yield position._replace(step=trainer.steps, seconds=seconds, state=state)


def check_finite(
    trainer: Trainer, position: TrainingPosition, stop: int, after: TrainState, batches: Any, hyper: Hyperparameters
) -> None:
    """Raise DivergedError unless costs and parameters are finite from a position to `stop`, which led to `after`."""
    if not is_finite((after.costs[..., position.step : stop], after.params)):
        raise diverged(trainer, position, after, stop, batches, hyper, previous_network(trainer, position))


@dataclass
class Pace:
    """The number of steps between two returns to Python, adapted to how long they take."""

    steps: int = 1

    def chunks(self, step: int, steps: int) -> Iterator[tuple[int, int]]:
        """Steps `step` to `steps` in chunks (start, stop)."""
        while step < steps:
            stop = min(step + self.steps, steps)
            yield step, stop
            step = stop

    def adapt(self, taken: int, seconds: float) -> None:
        """Adapt to the steps just taken: CHUNK_SECONDS at a time, growing by at most a hundred."""
        self.steps = max(1, min(100 * taken, int(CHUNK_SECONDS * taken / seconds)))


def progress(trainer: Trainer, position: TrainingPosition) -> Progress:
    """The record within an epoch."""
    network = trainer.network
    return Progress(
        position.epoch, position.step, trainer.steps, mean_cost(position, trainer.sizes),
        current_network(network, position), best_network(network, position), position,
    )  # fmt: skip


def end_of_epoch(trainer: Trainer, position: TrainingPosition) -> tuple[TrainingPosition, Epoch]:
    """Validate: the position at the start of the next epoch, and the record of this one. Raises DivergedError."""
    previous, network = previous_network(trainer, position), current_network(trainer.network, position)
    cost, validation = mean_cost(position, trainer.sizes), trainer.evaluate(network)
    if validation and not math.isfinite(validation.cost):
        raise validation_diverged(trainer, position, validation.cost, previous)
    following = next_epoch(trainer.settings, position, validation)
    record = Epoch(
        position.epoch, cost, validation, position.seconds, network, float(trainer.learning_rates(position)[-1]),
        best_network(trainer.network, following), previous, following, trainer.passes(position.state),
    )  # fmt: skip
    return following, record


def previous_network(trainer: Trainer, position: TrainingPosition) -> Network:
    """The network at the start of the current epoch."""
    params, state = position.previous
    return replace(trainer.network, params=params, state=state)
