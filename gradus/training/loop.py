"""The training loop: for each epoch, for each batch, a step (theory C2, D4, D6).

Around it: the compiled steps return to Python about once a second, for whoever watches, interrupts or saves; and
training starts at any position, so that it can resume.
"""

import math
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

import jax

from gradus.network import Network
from gradus.training.position import (
    TrainingPosition,
    best_network,
    current_network,
    diverged,
    mean_cost,
    next_epoch,
    should_stop,
)
from gradus.training.records import Epoch, Progress
from gradus.training.trainers import Trainer

__all__ = ["train_epochs"]

# How long the compiled loop runs before it returns to Python, which is what Ctrl-C waits for. Each run gets its
# memory anew from the system, which for large networks takes a third of the time of a step.
CHUNK_SECONDS = 1.0


def train_epochs(trainer: Trainer, position: TrainingPosition | None = None) -> Generator[Progress | Epoch]:
    """Train, yielding a `Progress` about once a second and an `Epoch` at the end of each.

    Args:
        trainer: what is trained, on what, and how.
        position: where to resume; None starts with the first step.

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
    """Take the steps of an epoch from the position on, yielding each position at which the loop returns to Python."""
    began, hyper = time.perf_counter(), trainer.hyperparameters(position)
    state, batches = trainer.begin_epoch(position)
    for start, stop in pace.chunks(position.step, trainer.full_steps):
        chunk_began = time.perf_counter()
        state = jax.block_until_ready(trainer.run_steps(state, batches, start, stop, hyper))
        now = time.perf_counter()
        pace.learn(stop - start, now - chunk_began)
        yield position._replace(step=stop, seconds=position.seconds + now - began, state=state)
    if trainer.full_steps < trainer.steps and position.step < trainer.steps:
        state = jax.block_until_ready(trainer.run_last_step(state, batches, hyper))
        seconds = position.seconds + time.perf_counter() - began
        yield position._replace(step=trainer.steps, seconds=seconds, state=state)


@dataclass
class Pace:
    """How many steps run before the loop returns to Python, learned from how long the last ones took."""

    steps: int = 1

    def chunks(self, step: int, steps: int) -> Iterator[tuple[int, int]]:
        """The steps from `step` to `steps` in chunks, each (start, stop)."""
        while step < steps:
            stop = min(step + self.steps, steps)
            yield step, stop
            step = stop

    def learn(self, taken: int, seconds: float) -> None:
        """As many steps as last CHUNK_SECONDS, but at most a hundred times what was just taken."""
        self.steps = max(1, min(100 * taken, int(CHUNK_SECONDS * taken / seconds)))


def progress(trainer: Trainer, position: TrainingPosition) -> Progress:
    """What is reported in the middle of an epoch. Raises DivergedError."""
    network = trainer.network
    cost = mean_cost(position, trainer.sizes, previous_network(trainer, position))
    return Progress(
        position.epoch, position.step, trainer.steps, cost, current_network(network, position),
        best_network(network, position), position,
    )  # fmt: skip


def end_of_epoch(trainer: Trainer, position: TrainingPosition) -> tuple[TrainingPosition, Epoch]:
    """Validate, and turn to the next epoch: the position there, and the record of this one. Raises DivergedError."""
    previous, network = previous_network(trainer, position), current_network(trainer.network, position)
    cost = mean_cost(position, trainer.sizes, previous)
    validation = trainer.evaluate(network)
    if validation and not math.isfinite(validation.cost):
        raise diverged(position.epoch, trainer.steps, validation.cost, previous)
    following = next_epoch(trainer.settings, position, validation)
    record = Epoch(
        position.epoch, cost, validation, position.seconds, network, float(trainer.learning_rates(position)[-1]),
        best_network(trainer.network, following), previous, following, trainer.passes(position.state),
    )  # fmt: skip
    return following, record


def previous_network(trainer: Trainer, position: TrainingPosition) -> Network:
    """The network at the start of the epoch under way."""
    params, state = position.previous
    return replace(trainer.network, params=params, state=state)
