"""How parameters move down the gradient. What the theory names is written out; the rest is optax's.

An optimiser is an optax transformation: `init(params)` gives its state, and `update(gradients, state,
params)` gives what is to be added to the parameters.
"""

from typing import Any

import jax
import optax
from jax import Array

__all__ = ["gradient_descent"]


def gradient_descent() -> optax.GradientTransformationExtraArgs:
    """w -> w - eta dC/dw and b -> b - eta dC/db (Nielsen, equations 20 and 21); the cost holds the 1/m.

    eta arrives with every step as `learning_rate`, so that one compiled program serves them all.
    """

    def init(params: Any) -> optax.EmptyState:
        return optax.EmptyState()

    def update(gradients: Any, state: Any, params: Any = None, *, learning_rate: Array, **_: Any) -> tuple[Any, Any]:
        return jax.tree.map(lambda gradient: -learning_rate * gradient, gradients), state

    return optax.GradientTransformationExtraArgs(init, update)


DESCENT = gradient_descent()
