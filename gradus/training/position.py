"""The position of training between two steps: everything that the rest of it depends on (theory D4, D6).

Training resumes bit for bit from a `TrainingPosition`. It needs no state of random numbers: every draw follows from the
seed, the epoch and the step.
"""

import math
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gradus.models import Evaluation
from gradus.network import Network
from gradus.optimizers import MAX_HALVINGS
from gradus.training.settings import Settings
from gradus.training.step import TrainState

__all__ = [
    "BestEpoch",
    "TrainingPosition",
    "best_network",
    "current_network",
    "initial_best",
    "mean_cost",
    "next_epoch",
    "should_stop",
]


class BestEpoch(NamedTuple):
    """The weights of the best epoch so far, where training has patience; epoch 0 is none yet.

    member_scores: (members,) of an ensemble, whose members each keep their own best epoch; () of a single network.
    """

    epoch: int
    score: float
    params: Any
    state: Any
    member_scores: Any = ()


class TrainingPosition(NamedTuple):
    """The position of a training.

    training: its fingerprint, which tells it from others.
    epoch: the current one, from 1.  step: how many of its steps are done.  seconds: how long they took.
    previous: the parameters and state at the start of the epoch.
    halvings: of eta.  stalled_since: the epoch of the last improvement or halving.
    """

    training: str
    epoch: int
    step: int
    seconds: float
    state: TrainState
    previous: tuple[Any, Any]
    best: BestEpoch
    halvings: int
    stalled_since: int


def next_epoch(settings: Settings, position: TrainingPosition, validation: Evaluation | None) -> TrainingPosition:
    """The position at the start of the next epoch; with patience, the best weights are kept."""
    best, halvings, stalled_since = position.best, position.halvings, position.stalled_since
    params, state = position.state.params, position.state.state
    patience = settings.patience_in_epochs
    if patience and validation:
        better = better_epoch(position, validation, settings.monitor)
        if better.epoch > best.epoch:
            best, stalled_since = better, position.epoch
        elif settings.halves and position.epoch - stalled_since >= patience:
            halvings, stalled_since = halvings + 1, position.epoch
    return position._replace(
        epoch=position.epoch + 1, step=0, seconds=0.0, previous=(params, state), best=best, halvings=halvings,
        stalled_since=stalled_since,
    )  # fmt: skip


def better_epoch(position: TrainingPosition, validation: Evaluation, monitor: str | None) -> BestEpoch:
    """The best epoch after this one; of an ensemble, each member keeps its own."""
    best, now = position.best, (position.state.params, position.state.state)
    if validation.member_scores:
        scores = jnp.asarray(validation.member_scores)
        is_better = scores > best.member_scores
        if not is_better.any():
            return best
        params, state = jax.tree.map(partial(choose_members, is_better), now, (best.params, best.state))
        scores = jnp.where(is_better, scores, best.member_scores)
        return BestEpoch(position.epoch, float(scores.mean()), params, state, scores)
    score = -validation.cost if monitor == "cost" else validation.score
    return BestEpoch(position.epoch, score, *now) if score > best.score else best


def choose_members(is_better: Array, new: Array, old: Array) -> Array:
    """`new` (members, ...) of the members for which is_better (members,) holds, `old` of the others."""
    return jnp.where(is_better.reshape(-1, *[1] * (new.ndim - 1)), new, old)


def should_stop(settings: Settings, position: TrainingPosition) -> bool:
    """True when patience has run out: no improvement for too many epochs, or too many halvings of eta (theory D4)."""
    patience = settings.patience_in_epochs
    if settings.halves:
        return position.halvings >= MAX_HALVINGS
    return patience is not None and position.epoch - 1 - position.stalled_since >= patience


def current_network(network: Network, position: TrainingPosition) -> Network:
    """The network with the weights of the position."""
    return replace(network, params=position.state.params, state=position.state.state)


def best_network(network: Network, position: TrainingPosition) -> Network:
    """The network of the best epoch where training has patience, else the current one."""
    best = position.best
    return replace(network, params=best.params, state=best.state) if best.epoch else current_network(network, position)


def mean_cost(position: TrainingPosition, sizes: np.ndarray) -> float:
    """The mean cost over the examples of this epoch so far; nan before its first step.

    Args:
        sizes: (steps,), the examples in each step.
    """
    done, costs = position.step, np.asarray(position.state.costs, float)
    if costs.ndim > 1:
        costs = costs.mean(axis=0)  # of an ensemble's members
    return float(np.average(costs[:done], weights=sizes[:done])) if done else math.nan


def initial_best(state: TrainState, has_patience: bool) -> BestEpoch:
    """No best epoch yet; with patience, arrays of the right shapes."""
    params, layer_state = (state.params, state.state) if has_patience else ((), ())
    return BestEpoch(0, -math.inf, params, layer_state)
