"""How good a network is on examples."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from gradus.data import Examples, Preprocessing
from gradus.equations.costs import Cost
from gradus.errors import DataError
from gradus.network import Chain, Network
from gradus.training.inputs import batches, one_hot, scaled
from gradus.training.records import Evaluation

__all__ = ["evaluate"]


def evaluate(network: Network, examples: Examples, preprocessing: Preprocessing) -> Evaluation:
    """The network's mean cost, without penalties, and its accuracy, in prediction.

    Raises SettingError where the inputs are not of the network's shape, DataError where there are none.
    """
    network.check_inputs(examples.x)
    if not len(examples.x):
        raise DataError("there are no examples to evaluate the network on")
    cost, right, n = 0.0, 0, len(examples.x)
    for x, y in zip(batches(examples.x), batches(examples.y), strict=True):
        C, correct = evaluate_batch(network.chain, network.cost, preprocessing, network.params, network.state, x, y)
        cost, right = cost + float(C) * len(x), right + int(correct)
    return Evaluation(cost / n, right / n)


@partial(jax.jit, static_argnums=(0, 1, 2))
def evaluate_batch(
    chain: Chain, cost: Cost, preprocessing: Preprocessing, params: Any, state: Any, x: Array, y: Array
) -> tuple[Array, Array]:
    """The mean cost of a batch, and how many of its examples are classified rightly."""
    z = chain.infer(params, state, scaled(x, preprocessing))
    C, _ = cost(z, one_hot(y, z.shape[-1]))
    return C, jnp.sum(jnp.argmax(z, axis=-1) == y)
