"""How good a network is on examples."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from gradus.data import Examples, Preprocessing
from gradus.equations.costs import Cost
from gradus.errors import DataError
from gradus.layers import Chain
from gradus.models.inputs import batches, one_hot, scale_inputs
from gradus.network import Network

__all__ = ["Evaluation", "evaluate"]


@dataclass(frozen=True)
class Evaluation:
    """cost: the mean over the examples, without penalties.  accuracy: the share classified rightly."""

    cost: float
    accuracy: float

    @property
    def score(self) -> float:
        """What early stopping compares; more is better."""
        return self.accuracy

    def numbers(self) -> dict[str, float]:
        """All numbers by name."""
        return {"cost": self.cost, "accuracy": self.accuracy}

    def __str__(self) -> str:
        return f"{self.cost:.4f} {self.accuracy:7.2%}"

    def described(self) -> str:
        """All numbers with their names."""
        return f"cost {self.cost:.4f}  accuracy {self.accuracy:.2%}"


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
    z = chain.infer(params, state, scale_inputs(x, preprocessing))
    C, _ = cost(z, one_hot(y, z.shape[-1]))
    return C, jnp.sum(jnp.argmax(z, axis=-1) == y)
