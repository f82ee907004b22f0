"""Training: epochs of mini-batch gradient descent, as a generator of records (theory C2)."""

import math
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import optax

from gradus.data import Dataset
from gradus.errors import DivergedError
from gradus.network import Network
from gradus.training.checks import check_settings
from gradus.training.evaluation import evaluate
from gradus.training.optimizers import DESCENT
from gradus.training.records import Epoch, Stretch
from gradus.training.steps import Plan, Progress, Rates, last_step, run_steps, visited

__all__ = ["fit", "fit_in_stretches"]

T = TypeVar("T")
STRETCH_SECONDS = 0.25  # how long the compiled loop runs before it returns to Python: what Ctrl-C waits for


def fit(network: Network, data: Dataset, **settings: Any) -> Iterator[Epoch]:
    """Train the network, yielding a record after every epoch; the settings are those of `fit_in_stretches`."""
    return (record for record in fit_in_stretches(network, data, **settings) if isinstance(record, Epoch))


def fit_in_stretches(
    network: Network,
    data: Dataset,
    *,
    epochs: int = 30,
    batch_size: int = 10,
    learning_rate: float | None = None,
    l2: float = 0.0,
    seed: int = 0,
    optimizer: optax.GradientTransformation | None = None,
) -> Generator[Stretch | Epoch]:
    """Train the network, yielding a `Stretch` a few times a second and an `Epoch` at the end of each.

    learning_rate: eta of plain gradient descent; an optax optimiser is given in its place, and has its own.
    l2: lambda; what is minimised is C0 + lambda/(2n) sum w^2.
    seed: decides the order of the examples and what layers draw; the initial weights are the network's.
    A last mini-batch that is not full is a step of its own, with the mean over the examples it has.
    Raises SettingError before the first step, and DivergedError when a cost is no longer finite.
    """
    check_settings(network, data, epochs, batch_size, learning_rate, l2, optimizer)
    transformation = DESCENT if optimizer is None else optax.with_extra_args_support(optimizer)
    plan = Plan(network.chain, network.cost, data.preprocessing, transformation, len(data.classes), batch_size)
    # A generator starts with its first record: as a function of its own, it lets the checks come at the call.
    return records(network, data, plan, epochs, learning_rate or 0.0, l2, seed)


def records(
    network: Network, data: Dataset, plan: Plan, epochs: int, learning_rate: float, l2: float, seed: int
) -> Generator[Stretch | Epoch]:
    """The records of `fit_in_stretches`, one epoch after the other."""
    x, y, batch_size = jnp.asarray(data.training.x), jnp.asarray(data.training.y), plan.batch_size
    n, steps = len(x), math.ceil(len(x) / batch_size)
    progress = Progress(network.params, network.state, plan.optimizer.init(network.params), jnp.zeros(steps))
    eta, lambda_over_n = jnp.asarray(learning_rate, float), jnp.asarray(l2 / n, float)
    for epoch in range(1, epochs + 1):
        began, good = time.perf_counter(), network
        rates = Rates(eta, lambda_over_n, jax.random.fold_in(jax.random.key(seed), epoch))
        order = visiting_order(seed, epoch, n)
        for step, reached in epoch_steps(plan, progress, visited(x, order), visited(y, order), rates):
            progress = reached
            cost = mean_cost(np.asarray(progress.costs, float)[:step], batch_size, n, epoch, good)
            network = replace(network, params=progress.params, state=progress.state)
            yield Stretch(epoch, step, steps, cost, network)
        validation = evaluate(network, data.validation, data.preprocessing) if len(data.validation.x) else None
        if validation and not math.isfinite(validation.cost):
            raise diverged(epoch, steps, validation.cost, good)
        yield Epoch(epoch, cost, validation, time.perf_counter() - began, network, learning_rate or None)


def stretches(
    progress: T, steps: int, run: Callable[[T, int, int], T], last: Callable[[T], T] | None
) -> Iterator[tuple[int, T]]:
    """Run one epoch, stopping now and then to yield how many steps are done and what they gave.

    run(progress, start, stop): takes steps start to stop of the given number.  last(progress): one more, if any.
    """
    step, length = 0, 1
    while step < steps:
        began = time.perf_counter()
        stop = min(step + length, steps)
        progress = jax.block_until_ready(run(progress, step, stop))
        seconds_a_step = (time.perf_counter() - began) / (stop - step)
        step, length = stop, max(1, min(100 * length, int(STRETCH_SECONDS / seconds_a_step)))
        yield step, progress
    if last:
        yield steps + 1, last(progress)


def epoch_steps(
    plan: Plan, progress: Progress, x: jax.Array, y: jax.Array, rates: Rates
) -> Iterator[tuple[int, Progress]]:
    """The stretches of an epoch; x, y in the order in which it visits them."""
    full, remainder = divmod(len(x), plan.batch_size)

    def run(progress: Progress, start: int, stop: int) -> Progress:
        return run_steps(plan, progress, x, y, start, stop, rates)

    def last(progress: Progress) -> Progress:
        return last_step(plan, progress, x[-remainder:], y[-remainder:], full, rates)

    return stretches(progress, full, run, last if remainder else None)


def visiting_order(seed: int, epoch: int, n: int) -> jax.Array:
    """The order in which an epoch visits the n examples: it follows from the seed and the epoch alone."""
    return jnp.asarray(np.random.default_rng([seed, epoch]).permutation(n).astype(np.int32))


def mean_cost(by_step: np.ndarray, batch_size: int, n: int, epoch: int, good: Network) -> float:
    """The mean over the examples seen, from the cost of each step of an epoch. Raises DivergedError."""
    if not np.isfinite(by_step).all():
        step = int(np.argmin(np.isfinite(by_step)))
        raise diverged(epoch, step + 1, by_step[step], good)
    sizes = np.minimum(batch_size, n - batch_size * np.arange(len(by_step)))
    return float(np.average(by_step, weights=sizes))


def diverged(epoch: int, step: int, cost: float, good: Network) -> DivergedError:
    text = f"the cost became {cost} in epoch {epoch} at step {step}; try a learning rate ten times smaller"
    return DivergedError(text, epoch, step, good)
