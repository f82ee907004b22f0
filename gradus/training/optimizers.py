"""How parameters move down the gradient. What the theory names is written out; the rest is optax's.

An optimiser is an optax transformation: `init(params)` gives its state, and `update(gradients, state,
params)` gives what is to be added to the parameters.
"""

from typing import Any

import jax
import optax
from jax import Array

__all__ = ["DESCENT", "clipped_adam", "gradient_descent"]


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


def clipped_adam(longest: float = 1.0) -> optax.GradientTransformationExtraArgs:
    """Adam (Kingma & Ba 2015) on gradients cut to a length of at most `longest` (Pascanu et al. 2013).

    The length is that of the whole gradient as one vector. eta arrives with every step, as in `gradient_descent`.
    """
    return optax.chain(optax.clip_by_global_norm(longest), optax.scale_by_adam(), DESCENT)
