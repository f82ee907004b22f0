"""Optimizers that take a step on each mini-batch. The theory's is written out; the rest is optax's (theory C2, D8).

An optimizer is an optax transformation: `init(params)` gives its state, and `update(gradients, state, params)` what to
add to the parameters. The learning rate and lambda/n arrive with every step, so that one compiled program serves all.

Every example counts alike in an epoch: the step of equation C2 is eta/m times the sum over the batch, with the same m
for all. A gradient is a mean over its batch, so that of a smaller last batch is multiplied by its share of a full one.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import jax
import optax
from jax import Array

from gradus.equations import l2_gradient
from gradus.errors import SettingError
from gradus.layers import map_weights
from gradus.optimizers.second_order import SECOND_ORDER
from gradus.registry import Registry

__all__ = ["GRADIENT_DESCENT", "OPTIMIZERS", "Optimizer", "find_optimizer", "scale_by_share"]

MOMENTUM = 0.9  # the share of the velocity that each step keeps; of RMSprop, the decay of its running average
SHORT_MEMORY = 0.95  # beta2: the squares of gradients are averaged over 20 steps, not over 1,000
GRADIENT_DESCENT = "gradient-descent"

Transformation: TypeAlias = optax.GradientTransformationExtraArgs


def gradient_descent() -> Transformation:
    """w -> w - eta dC/dw and b -> b - eta dC/db (Nielsen, equations 20 and 21); the cost holds the 1/m."""

    def update(gradients: Any, state: Any, params: Any = None, *, learning_rate: Array, **_: Any) -> tuple[Any, Any]:
        return jax.tree.map(lambda gradient: -learning_rate * gradient, gradients), state

    return Transformation(no_state, update)


def velocity(nesterov: bool = False) -> Transformation:
    """v -> MOMENTUM v + share dC/dw (Polyak 1964; Nesterov 1983).

    The share is inside the sum, since a gradient in the velocity acts on all later steps.
    """
    trace = optax.trace(MOMENTUM, nesterov=nesterov)

    def update(gradients: Any, state: Any, params: Any = None, *, share: Any = 1.0, **_: Any) -> tuple[Any, Any]:
        return trace.update(jax.tree.map(lambda gradient: share * gradient, gradients), state, params)

    return Transformation(trace.init, update)


def scale_by_share(optimizer: optax.GradientTransformation) -> Transformation:
    """The optimizer with steps as much smaller as their batch: share eta in place of eta."""
    with_arguments = optax.with_extra_args_support(optimizer)

    def update(gradients: Any, state: Any, params: Any = None, *, share: Any = 1.0, **more: Any) -> tuple[Any, Any]:
        updates, state = with_arguments.update(gradients, state, params, **more)
        return jax.tree.map(lambda step: share * step, updates), state

    return Transformation(optimizer.init, update)


def weight_decay() -> Transformation:
    """Add lambda/n w after Adam has scaled the gradient: decoupled weight decay (Loshchilov & Hutter 2019)."""

    def update(updates: Any, state: Any, params: Any = None, *, l2_over_n: Array, **_: Any) -> tuple[Any, Any]:
        return map_weights(lambda update, w: update + l2_gradient(w, l2_over_n), updates, params), state

    return Transformation(no_state, update)


def no_state(params: Any) -> optax.EmptyState:
    return optax.EmptyState()


class Optimizer(NamedTuple):
    """What happens to the gradients before gradient descent takes them.

    transformations: makes the optax transformations.
    uses_share: they take the share of a smaller batch into account themselves.
    decays_weights: they let weights decay, so that the L2 penalty is not in the gradient.
    """

    transformations: Callable[[], tuple[optax.GradientTransformation, ...]]
    uses_share: bool = False
    decays_weights: bool = False


# Kingma & Ba 2015; adam95 as Holzmueller et al. 2024; Loshchilov & Hutter 2019; Hinton 2012 (a lecture).
OPTIMIZERS: Registry[Optimizer] = Registry(
    "optimizer",
    {
        GRADIENT_DESCENT: Optimizer(tuple),
        "momentum": Optimizer(lambda: (velocity(),), uses_share=True),
        "nesterov": Optimizer(lambda: (velocity(nesterov=True),), uses_share=True),
        "adam": Optimizer(lambda: (optax.scale_by_adam(),)),
        "adam95": Optimizer(lambda: (optax.scale_by_adam(b2=SHORT_MEMORY),)),
        "adamw": Optimizer(lambda: (optax.scale_by_adam(), weight_decay()), decays_weights=True),
        "rmsprop": Optimizer(lambda: (optax.scale_by_rms(MOMENTUM),)),
    },
)


@lru_cache  # jax.jit finds a compiled step by its optimizer, so equal settings must give the same object
def find_optimizer(name: str, clip_norm: float | None = None, clip_value: float | None = None) -> Transformation:
    """The optimizer of that name, after gradient clipping (Pascanu et al. 2013).

    Args:
        name: one of OPTIMIZERS.
        clip_norm: the largest norm of the whole gradient as one vector.
        clip_value: the largest absolute value of each of its numbers.

    Raises:
        SettingError: for any other name.
    """
    if name not in OPTIMIZERS:
        raise SettingError(f"unknown optimizer {name!r}; choose one of {OPTIMIZERS.names()}, {SECOND_ORDER.names()}")
    clips = [optax.clip(clip_value)] if clip_value else []
    clips += [optax.clip_by_global_norm(clip_norm)] if clip_norm else []
    optimizer = OPTIMIZERS[name]
    chain = optax.chain(*clips, *optimizer.transformations(), gradient_descent())
    return chain if optimizer.uses_share else scale_by_share(chain)
