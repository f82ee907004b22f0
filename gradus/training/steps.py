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
from gradus.equations.penalties import l1_gradient, l2_gradient
from gradus.network import Chain, backprop
from gradus.training.inputs import one_hot, scaled
from gradus.training.optimizers import for_weights

__all__ = ["Descent", "Plan", "Progress", "Rates", "last_step", "moved", "run_steps", "visited"]


AUGMENTATION = 2**31  # so that its random numbers are none that a layer draws


@dataclass(frozen=True)
class Descent:
    """How parameters move. decays_beside: whether the optimiser lets weights decay itself, as AdamW does."""

    optimizer: optax.GradientTransformationExtraArgs
    decays_beside: bool = False


@dataclass(frozen=True)
class Plan:
    """What a step is compiled for; another plan is another program."""

    chain: Chain
    cost: Cost
    preprocessing: Preprocessing
    descent: Descent
    classes: int
    batch_size: int
    augmentation: Augmentation | None = None


class Progress(NamedTuple):
    """What a step changes. costs: (steps of an epoch,), each mini-batch's cost before its step.

    carry: what layers carry on to the next step, where that goes on in the sequences of the one before.
    """

    params: Any
    state: Any
    optimizer_state: Any
    costs: Array
    carry: Any = ()


class Rates(NamedTuple):
    """Numbers that may change without another program. key: of the epoch's random numbers.

    learning_rates: (steps of an epoch,), eta of each.  shares: (steps of an epoch,), the examples of each as a share of
    those of a full one.  l2_over_n, l1_over_n: lambda/n of the penalties.
    """

    learning_rates: Array
    shares: Array
    l2_over_n: Array
    l1_over_n: Array
    key: Array


@partial(jax.jit, static_argnums=0)
def run_steps(
    plan: Plan, progress: Progress, examples: tuple[Array, ...], start: int, stop: int, rates: Rates
) -> Progress:
    """Steps start to stop of an epoch, in full mini-batches.

    examples: x and y in the order in which the epoch visits them, and their weights if they do not count alike.
    """

    def step(i: Array, progress: Progress) -> Progress:
        batch = [lax.dynamic_slice_in_dim(part, i * plan.batch_size, plan.batch_size) for part in examples]
        return descend(plan, progress, *batch, i=i, rates=rates)

    return lax.fori_loop(start, stop, step, progress)


@partial(jax.jit, static_argnums=0)
def last_step(plan: Plan, progress: Progress, batch: tuple[Array, ...], i: int, rates: Rates) -> Progress:
    """One step on an epoch's last mini-batch, where it is smaller than the others."""
    return descend(plan, progress, *batch, i=i, rates=rates)


@jax.jit
def visited(x: Array, order: Array) -> Array:
    """The examples in the given order; as bytes in one row each, they are moved fastest."""
    return x.reshape(len(x), -1)[order].reshape(x.shape)


def descend(
    plan: Plan, progress: Progress, x: Array, y: Array, weights: Array | None = None, *, i: Array | int, rates: Rates
) -> Progress:
    """One step of gradient descent on the mini-batch x, y: step i of its epoch."""
    inputs, targets = scaled(x, plan.preprocessing), one_hot(y, plan.classes)
    key = jax.random.fold_in(rates.key, i)
    if plan.augmentation:
        inputs = plan.augmentation(jax.random.fold_in(key, AUGMENTATION), inputs)
    C, gradients, cache = backprop(plan.chain, plan.cost, progress.params, inputs, targets, key, weights)
    progress = progress._replace(state=plan.chain.update_state(progress.state, cache))
    return moved(plan.descent, progress, i, C, gradients, rates)


def moved(descent: Descent, progress: Progress, i: Array | int, C: Array, gradients: Any, rates: Rates) -> Progress:
    """The progress after the optimiser's step i along the gradients of cost C and of the penalties."""
    l2_over_n = 0.0 if descent.decays_beside else rates.l2_over_n

    def penalised(gradient: Array, w: Array) -> Array:
        return gradient + l2_gradient(w, l2_over_n) + l1_gradient(w, rates.l1_over_n)

    gradients = for_weights(penalised, gradients, progress.params)
    updates, optimizer_state = descent.optimizer.update(
        gradients,
        progress.optimizer_state,
        progress.params,
        learning_rate=rates.learning_rates[i],
        share=rates.shares[i],
        l2_over_n=rates.l2_over_n,
    )
    params = optax.apply_updates(progress.params, updates)
    return progress._replace(params=params, optimizer_state=optimizer_state, costs=progress.costs.at[i].set(C))
