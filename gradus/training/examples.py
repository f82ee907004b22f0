"""The examples of a training: their arrays, their order in an epoch, and the evaluation on those of validation."""

import jax
import jax.numpy as jnp
import numpy as np

from gradus.data import Dataset
from gradus.models import Evaluation, evaluate, evaluate_numbers
from gradus.network import Network
from gradus.seeds import seed_bits

__all__ = ["epoch_permutation", "evaluate_validation", "permute", "training_arrays"]


def evaluate_validation(network: Network, data: Dataset) -> Evaluation | None:
    """The network on the validation examples; None without any."""
    if not len(data.validation.x):
        return None
    if data.target_scaling:
        return evaluate_numbers(network, data.validation, data.preprocessing, data.target_scaling)
    return evaluate(network, data.validation, data.preprocessing)


def training_arrays(data: Dataset, weights: np.ndarray | None) -> list[np.ndarray]:
    """Inputs, labels or standardised numbers, and weights where examples have some."""
    x, y = data.training
    arrays = [x, data.scaled_targets(y)]
    return arrays if weights is None else [*arrays, weights]


def epoch_permutation(seed: int, epoch: int, n: int) -> jax.Array:
    """The order of an epoch's n examples, (n,), from the seed and the epoch alone."""
    return jnp.asarray(np.random.default_rng([seed_bits(seed), epoch]).permutation(n).astype(np.int32))


@jax.jit
def permute(x: jax.Array, order: jax.Array) -> jax.Array:
    """The examples in the given order; rows of bytes are the fastest to gather."""
    return x.reshape(len(x), -1)[order].reshape(x.shape)
