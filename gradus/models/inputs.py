"""From raw examples to what the equations take."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gradus.data import Preprocessing

__all__ = ["batches", "one_hot", "scale_inputs"]

BATCH = 1000  # how many examples prediction holds in memory at once


def scale_inputs(x: Array | np.ndarray, preprocessing: Preprocessing) -> Array:
    """Raw inputs as floating-point numbers of the size that the network was trained on."""
    return jnp.asarray(x, float) / preprocessing.divide_by


def one_hot(y: Array, classes: int) -> Array:
    """The desired outputs of class labels (m,): a row of zeros with a 1 at the class, (m, classes)."""
    return jax.nn.one_hot(y, classes)


def batches(x: np.ndarray) -> Iterator[np.ndarray]:
    """x in parts that fit into memory together with what the layers make of them."""
    return (x[start : start + BATCH] for start in range(0, len(x), BATCH))
