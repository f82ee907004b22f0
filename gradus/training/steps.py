"""The compiled inner loop: steps of mini-batch gradient descent (theory C2).

A stretch of steps is one compiled loop, so Python is not in the way of small networks; the loop's bounds
are arguments, so one program serves stretches of every length. The inputs stay as they were read (images
are bytes): an epoch puts them into its order at once, and a step scales its own.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import optax
from jax import Array, lax

from gradus.data import Preprocessing
from gradus.data.augmentation import Augmentation
from gradus.equations.costs import Cost
from gradus.equations.penalties import l2_gradient
from gradus.network import Chain, backprop, is_weight
from gradus.training.inputs import one_hot, scaled

__all__ = ["Plan", "Progress", "Rates", "last_step", "moved", "run_steps", "visited"]

AUGMENTATION = 2**31  # so that its random numbers are none that a layer draws


@dataclass(frozen=True)
class Plan:
    """What a step is compiled for; another plan is another program."""

    chain: Chain
    cost: Cost
    preprocessing: Preprocessing
    optimizer: optax.GradientTransformationExtraArgs
    classes: int
    batch_size: int
    augmentation: Augmentation | None = None


class Progress(NamedTuple):
    """What a step changes. costs: (steps of an epoch,), each mini-batch's cost before its step."""

    params: Any
    state: Any
    optimizer_state: Any
    costs: Array


class Rates(NamedTuple):
    """Numbers that may change without another program. key: of the epoch's random numbers."""

    learning_rate: Array
    lambda_over_n: Array
    key: Array


@partial(jax.jit, static_argnums=0)
def run_steps(plan: Plan, progress: Progress, x: Array, y: Array, start: int, stop: int, rates: Rates) -> Progress:
    """Steps start to stop of an epoch, in full mini-batches; x, y in the order in which the epoch visits them."""

    def step(i: Array, progress: Progress) -> Progress:
        batch_x, batch_y = (lax.dynamic_slice_in_dim(part, i * plan.batch_size, plan.batch_size) for part in (x, y))
        return descend(plan, progress, batch_x, batch_y, i, rates)

    return lax.fori_loop(start, stop, step, progress)


@partial(jax.jit, static_argnums=0)
def last_step(plan: Plan, progress: Progress, x: Array, y: Array, i: int, rates: Rates) -> Progress:
    """One step on an epoch's last mini-batch, where it is smaller than the others."""
    return descend(plan, progress, x, y, i, rates)


@jax.jit
def visited(x: Array, order: Array) -> Array:
    """The examples in the given order; as bytes in one row each, they are moved fastest."""
    return x.reshape(len(x), -1)[order].reshape(x.shape)


def descend(plan: Plan, progress: Progress, x: Array, y: Array, i: Array | int, rates: Rates) -> Progress:
    """One step of gradient descent on the mini-batch x, y: step i of its epoch."""
    inputs, targets = scaled(x, plan.preprocessing), one_hot(y, plan.classes)
    key = jax.random.fold_in(rates.key, i)
    if plan.augmentation:
        inputs = plan.augmentation(jax.random.fold_in(key, AUGMENTATION), inputs)
    C, gradients, cache = backprop(plan.chain, plan.cost, progress.params, inputs, targets, key)
    gradients = with_l2(gradients, progress.params, rates.lambda_over_n)
    progress = progress._replace(state=plan.chain.update_state(progress.state, cache))
    return moved(plan.optimizer, progress, i, C, gradients, rates.learning_rate)


def moved(
    optimizer: optax.GradientTransformationExtraArgs,
    progress: Progress,
    i: Array | int,
    C: Array,
    gradients: Any,
    learning_rate: Array,
) -> Progress:
    """The progress after the optimiser's step i along the gradients of cost C."""
    params, state, optimizer_state, costs = progress
    updates, optimizer_state = optimizer.update(gradients, optimizer_state, params, learning_rate=learning_rate)
    return Progress(optax.apply_updates(params, updates), state, optimizer_state, costs.at[i].set(C))


def with_l2(gradients: Any, params: Any, lambda_over_n: Array) -> Any:
    """Add the L2 penalty's gradient for the weights, whose names begin with w; biases are left alone (theory D1)."""

    def add(path: tuple, gradient: Array, parameter: Array) -> Array:
        return gradient + l2_gradient(parameter, lambda_over_n) if is_weight(path) else gradient

    return jax.tree.map_with_path(add, gradients, params)
