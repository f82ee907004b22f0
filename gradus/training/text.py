"""Training a language model: characters in, at each the next character out (theory F3).

The text lies in `batch_size` streams of equal length, each a part of the text in order, read side by side.
A step is a chunk of `time` characters of every stream. What the layers carry goes on from chunk to chunk
and is zero at the start of an epoch; the error goes back to the start of its chunk and no further.

    stream 1   | T h e   c a t | _ s a t   o n | _ a   m a t |
    stream 2   | . _ T h e   d | o g   b a r k | s   a t _ i |      time = 7, the last chunk is shorter
                   chunk 1         chunk 2         chunk 3
"""

import math
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array, lax

from gradus.data import Text
from gradus.equations.costs import Cost
from gradus.errors import SettingError
from gradus.network import Chain, Network, backprop_from
from gradus.training.checks import check_learning_rate
from gradus.training.fitting import diverged, mean_cost, stretches
from gradus.training.inputs import one_hot
from gradus.training.optimizers import clipped_adam
from gradus.training.records import Epoch, Stretch
from gradus.training.steps import Progress, moved
from gradus.training.text_evaluation import PARTS, evaluate_text
from gradus.training.text_network import check_text_network

__all__ = ["EPOCHS", "LEARNING_RATE", "fit_text", "fit_text_in_stretches", "suitable_batch_size"]

EPOCHS = 10
LEARNING_RATE = 0.003
LARGEST_BATCH = 32
CHUNKS = 64  # steps that an epoch should have at least: a short text gets fewer streams
ADAM = clipped_adam()


@dataclass(frozen=True)
class TextPlan:
    """What a step is compiled for. time: the characters of a chunk."""

    chain: Chain
    cost: Cost
    optimizer: optax.GradientTransformationExtraArgs
    classes: int
    time: int


class Reading(NamedTuple):
    """What a step changes: what is learned, and what the layers carry on to the next chunk."""

    progress: Progress
    carry: Any


class TextRates(NamedTuple):
    """Numbers that may change without another program. learning_rates: (steps of an epoch,)."""

    learning_rates: Array
    key: Array


def fit_text(network: Network, text: Text, **settings: Any) -> Generator[Epoch]:
    """Train a language model, yielding a record after every epoch; settings as in `fit_text_in_stretches`."""
    return (record for record in fit_text_in_stretches(network, text, **settings) if isinstance(record, Epoch))


def fit_text_in_stretches(
    network: Network,
    text: Text,
    *,
    epochs: int = EPOCHS,
    batch_size: int | None = None,
    learning_rate: float = LEARNING_RATE,
    seed: int = 0,
) -> Generator[Stretch | Epoch]:
    """Train a language model, yielding a `Stretch` a few times a second and an `Epoch` at the end of each.

    The length of a chunk is that of the network's inputs. The steps are Adam's, with long gradients cut.
    batch_size: how many streams; by default 32, and fewer for a text that is short (`suitable_batch_size`).
    What is left over when the text is divided into them, fewer characters than there are streams, is not used.
    learning_rate: eta of the first step; it falls in a straight line, to 0 after the last.
    seed: decides what layers draw; the initial weights are the network's.
    Costs are in nats per character. Validation reads in streams too, which agrees with one piece to some
    four digits. Raises SettingError before the first step, and DivergedError when a cost is not finite.
    """
    check_text_network(network, len(text.classes))
    (n_time,) = network.in_shape
    batch_size = batch_size or suitable_batch_size(text, n_time)
    if epochs < 1:
        raise SettingError(f"epochs {epochs}: expected 1 or more")
    if not 1 <= batch_size < len(text.training):
        raise SettingError(f"batch size {batch_size}: expected 1 or more, and fewer than the text has characters")
    check_learning_rate(learning_rate)
    plan = TextPlan(network.chain, network.cost, ADAM, len(text.classes), n_time)
    return text_records(network, text, plan, epochs, batch_size, learning_rate, seed)


def suitable_batch_size(text: Text, n_time: int) -> int:
    """At most 32 streams, and no more than leave 64 chunks for each."""
    return max(1, min(LARGEST_BATCH, len(text.training) // (CHUNKS * n_time)))


def text_records(
    network: Network, text: Text, plan: TextPlan, epochs: int, batch_size: int, learning_rate: float, seed: int
) -> Generator[Stretch | Epoch]:
    """The records of `fit_text_in_stretches`, one epoch after the other."""
    x, y = streams(text.training, batch_size)
    length = x.shape[1]
    steps = math.ceil(length / plan.time)
    eta = falling(learning_rate, epochs * steps)
    progress = Progress(network.params, network.state, plan.optimizer.init(network.params), jnp.zeros(steps))
    for epoch in range(1, epochs + 1):
        began, good = time.perf_counter(), network
        key = jax.random.fold_in(jax.random.key(seed), epoch)
        rates = TextRates(jnp.asarray(eta[(epoch - 1) * steps : epoch * steps], float), key)
        for step, reached in epoch_chunks(plan, progress, x, y, rates):
            progress = reached
            cost = mean_cost(np.asarray(progress.costs, float)[:step], plan.time, length, epoch, good)
            network = replace(network, params=progress.params, state=progress.state)
            yield Stretch(epoch, step, steps, cost, network)
        validation = evaluate_text(network, text.validation, PARTS) if len(text.validation) else None
        if validation and not math.isfinite(validation.cost):
            raise diverged(epoch, steps, validation.cost, good)
        yield Epoch(epoch, cost, validation, time.perf_counter() - began, network, float(eta[epoch * steps - 1]))


def streams(numbers: np.ndarray, batch_size: int) -> tuple[Array, Array]:
    """Characters and those that follow them, (batch_size, length) each."""
    length = (len(numbers) - 1) // batch_size
    used = batch_size * length
    x, y = numbers[:used], numbers[1 : used + 1]
    return jnp.asarray(x.reshape(batch_size, length)), jnp.asarray(y.reshape(batch_size, length))


def falling(learning_rate: float, steps: int) -> np.ndarray:
    """The learning rate of each step: from the given one in a straight line to 0, which would be the next."""
    return learning_rate * (1 - np.arange(steps) / steps)


def epoch_chunks(
    plan: TextPlan, progress: Progress, x: Array, y: Array, rates: TextRates
) -> Generator[tuple[int, Progress]]:
    """Read the text once, from a carry of zero, in stretches of chunks."""
    full, remainder = divmod(x.shape[1], plan.time)

    def run(reading: Reading, start: int, stop: int) -> Reading:
        return run_chunks(plan, reading, x, y, start, stop, rates)

    def last(reading: Reading) -> Reading:
        return last_chunk(plan, reading, x[:, -remainder:], y[:, -remainder:], full, rates)

    reading = Reading(progress, plan.chain.start(progress.params, len(x)))
    for step, reached in stretches(reading, full, run, last if remainder else None):
        yield step, reached.progress


@partial(jax.jit, static_argnums=0)
def run_chunks(
    plan: TextPlan, reading: Reading, x: Array, y: Array, start: int, stop: int, rates: TextRates
) -> Reading:
    """Chunks start to stop of an epoch, all of them full."""

    def step(i: Array, reading: Reading) -> Reading:
        chunk_x, chunk_y = (lax.dynamic_slice_in_dim(part, i * plan.time, plan.time, axis=1) for part in (x, y))
        return read_and_learn(plan, reading, chunk_x, chunk_y, i, rates)

    return lax.fori_loop(start, stop, step, reading)


@partial(jax.jit, static_argnums=0)
def last_chunk(plan: TextPlan, reading: Reading, x: Array, y: Array, i: int, rates: TextRates) -> Reading:
    """An epoch's last chunk, where it is shorter than the others."""
    return read_and_learn(plan, reading, x, y, i, rates)


def read_and_learn(plan: TextPlan, reading: Reading, x: Array, y: Array, i: Array | int, rates: TextRates) -> Reading:
    """One step on a chunk x, y (streams, time) of character numbers: step i of its epoch."""
    progress, carry = reading
    key = jax.random.fold_in(rates.key, i)
    targets = one_hot(y, plan.classes)
    C, gradients, cache, carry = backprop_from(plan.chain, plan.cost, progress.params, x, targets, carry, key)
    progress = progress._replace(state=plan.chain.update_state(progress.state, cache))
    return Reading(moved(plan.optimizer, progress, i, C, gradients, rates.learning_rates[i]), carry)
