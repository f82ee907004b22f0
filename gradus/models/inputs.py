"""From raw examples to the arrays that the equations take."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gradus.data import Preprocessing

__all__ = ["MAX_BATCH", "batches", "desired_outputs", "one_hot", "scale_inputs"]

MAX_BATCH = 1000  # examples that prediction holds in memory at once, with everything the layers make of them


def scale_inputs(x: Array | np.ndarray, preprocessing: Preprocessing) -> Array:
    """Raw inputs x (m, ...) as the floating-point numbers that the network is trained on."""
    return jnp.asarray(x, float) / float(preprocessing.divide_by)


def one_hot(y: Array, classes: int) -> Array:
    """Targets (..., classes) for integer labels y (...): zeros, with a 1 at the label."""
    return jax.nn.one_hot(y, classes)


def desired_outputs(y: Array | np.ndarray, outputs: int) -> Array:
    """The desired a^L: one-hot (..., outputs) for integer labels y (...), standardised numbers (..., outputs) as given.

    Args:
        outputs: of the network.
    """
    return jnp.asarray(y, float) if jnp.issubdtype(y.dtype, jnp.floating) else one_hot(jnp.asarray(y), outputs)


def batches(x: np.ndarray) -> Iterator[np.ndarray]:
    """x in batches of at most MAX_BATCH examples, in order."""
    return (x[start : start + MAX_BATCH] for start in range(0, len(x), MAX_BATCH))
