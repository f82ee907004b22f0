"""How parameters move down the gradient. What the theory names is written out; the rest is optax's.

An optimiser is an optax transformation: `init(params)` gives its state, and `update(gradients, state,
params)` gives what is to be added to the parameters. Of those with a name, eta and lambda/n arrive with every
step, so that one compiled program serves them all.

Every example counts alike in an epoch: the step of equation C2 is eta/m times the sum over the batch, with the same m
for all. A gradient is a mean over its batch, so that of a last batch of r < m examples is multiplied by its share, r/m.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import optax
from jax import Array

from gradus.equations.penalties import l2_gradient
from gradus.errors import SettingError
from gradus.layers import is_weight

__all__ = ["ADAMW", "DESCENT", "OPTIMIZERS", "for_weights", "gradient_descent", "optimizer_named",
           "scale_by_share"]  # fmt: skip

MOMENTUM = 0.9  # how much of the last step's velocity stays (theory D8); of RMSprop, how slowly it forgets
DESCENT, ADAMW = "gradient-descent", "adamw"
HAVE_VELOCITY = ("momentum", "nesterov")


def gradient_descent() -> optax.GradientTransformationExtraArgs:
    """w -> w - eta dC/dw and b -> b - eta dC/db (Nielsen, equations 20 and 21); the cost holds the 1/m."""

    def init(params: Any) -> optax.EmptyState:
        return optax.EmptyState()

    def update(gradients: Any, state: Any, params: Any = None, *, learning_rate: Array, **_: Any) -> tuple[Any, Any]:
        return jax.tree.map(lambda gradient: -learning_rate * gradient, gradients), state

    return optax.GradientTransformationExtraArgs(init, update)


def velocity(nesterov: bool = False) -> optax.GradientTransformationExtraArgs:
    """v -> MOMENTUM v + share dC/dw. The share is in the sum, where a gradient acts on all steps to come."""
    trace = optax.trace(MOMENTUM, nesterov=nesterov)

    def update(
        gradients: Any, state: Any, params: Any = None, *, share: Array | float = 1.0, **_: Any
    ) -> tuple[Any, Any]:
        return trace.update(jax.tree.map(lambda gradient: share * gradient, gradients), state, params)

    return optax.GradientTransformationExtraArgs(trace.init, update)


def scale_by_share(optimizer: optax.GradientTransformation) -> optax.GradientTransformationExtraArgs:
    """The optimiser with steps that are as much smaller as their batch: share eta in place of eta."""
    with_arguments = optax.with_extra_args_support(optimizer)

    def update(
        gradients: Any, state: Any, params: Any = None, *, share: Array | float = 1.0, **more: Any
    ) -> tuple[Any, Any]:
        updates, state = with_arguments.update(gradients, state, params, **more)
        return jax.tree.map(lambda step: share * step, updates), state

    return optax.GradientTransformationExtraArgs(optimizer.init, update)


def weight_decay() -> optax.GradientTransformationExtraArgs:
    """Add lambda/n w to what comes of the gradient, so that it is not divided by Adam's second moment."""

    def init(params: Any) -> optax.EmptyState:
        return optax.EmptyState()

    def update(updates: Any, state: Any, params: Any = None, *, l2_over_n: Array, **_: Any) -> tuple[Any, Any]:
        return for_weights(lambda update, w: update + l2_gradient(w, l2_over_n), updates, params), state

    return optax.GradientTransformationExtraArgs(init, update)


def for_weights(change: Callable[[Array, Array], Array], gradients: Any, params: Any) -> Any:
    """change(gradient, w) in place of the gradient of every weight; biases are left alone (theory D1)."""

    def one(path: tuple, gradient: Array, parameter: Array) -> Array:
        return change(gradient, parameter) if is_weight(path) else gradient

    return jax.tree.map_with_path(one, gradients, params)


# Polyak 1964; Nesterov 1983; Kingma & Ba 2015; Loshchilov & Hutter 2019; Hinton 2012 (a lecture).
OPTIMIZERS: dict[str, Callable[[], tuple[optax.GradientTransformation, ...]]] = {
    DESCENT: tuple,
    "momentum": lambda: (velocity(),),
    "nesterov": lambda: (velocity(nesterov=True),),
    "adam": lambda: (optax.scale_by_adam(),),
    ADAMW: lambda: (optax.scale_by_adam(), weight_decay()),
    "rmsprop": lambda: (optax.scale_by_rms(MOMENTUM),),
}


@lru_cache  # the same object for the same settings: a compiled step is found again by it
def optimizer_named(
    name: str, clip_norm: float | None = None, clip_value: float | None = None
) -> optax.GradientTransformationExtraArgs:
    """The optimiser of that name, on gradients that are clipped first (Pascanu et al. 2013).

    clip_norm: the greatest length of the whole gradient as one vector.  clip_value: the greatest size of each
    of its numbers.  Raises SettingError for a name that is not in OPTIMIZERS.
    """
    if name not in OPTIMIZERS:
        names = ", ".join((*OPTIMIZERS, "newton-cg", "lbfgs"))
        raise SettingError(f"there is no optimizer {name!r}; choose one of {names}")
    clips = [optax.clip(clip_value)] if clip_value else []
    clips += [optax.clip_by_global_norm(clip_norm)] if clip_norm else []
    chain = optax.chain(*clips, *OPTIMIZERS[name](), gradient_descent())
    return chain if name in HAVE_VELOCITY else scale_by_share(chain)
