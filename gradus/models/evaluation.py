"""Cost and accuracy of a network on examples."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jax import Array

from gradus.data import Examples, Preprocessing
from gradus.equations import Cost
from gradus.errors import DataError
from gradus.layers import Chain
from gradus.models.inputs import batches, one_hot, scale_inputs
from gradus.network import Network

__all__ = ["NOT_FINITE", "Evaluation", "evaluate", "finite"]

NOT_FINITE = "the model's outputs are not finite numbers: its weights or the inputs are too large; train it again"


@dataclass(frozen=True)
class Evaluation:
    """How good a network is on some examples.

    Args:
        cost: mean cost per example, without penalties.
        accuracy: fraction of examples classified correctly, 0 to 1.
    """

    cost: float
    accuracy: float

    @property
    def score(self) -> float:
        """The number that early stopping compares; higher is better."""
        return self.accuracy

    def as_dict(self) -> dict[str, float]:
        """All numbers by name."""
        return {"cost": self.cost, "accuracy": self.accuracy}

    def __str__(self) -> str:
        return f"{self.cost:.4f} {self.accuracy:7.2%}"

    def summary(self) -> str:
        """All numbers with their names, on one line."""
        return f"cost {self.cost:.4f}  accuracy {self.accuracy:.2%}"


def evaluate(network: Network, examples: Examples, preprocessing: Preprocessing) -> Evaluation:
    """Evaluate a network in prediction mode (no dropout, running averages in batch normalisation).

    Args:
        examples: raw inputs x (n, *network.in_shape) and labels y (n,).
        preprocessing: how raw inputs are scaled.

    Raises:
        SettingError: if the inputs do not have the network's shape.
        DataError: if there are no examples.
    """
    network.check_inputs(examples.x)
    if not len(examples.x):
        raise DataError("there are no examples to evaluate the network on")
    cost, correct, n = 0.0, 0, len(examples.x)
    for x, y in zip(batches(examples.x), batches(examples.y), strict=True):
        C, hits = evaluate_batch(network.chain, network.cost, preprocessing, network.params, network.state, x, y)
        cost, correct = cost + float(C) * len(x), correct + int(hits)
    return Evaluation(cost / n, correct / n)


E = TypeVar("E", bound=Evaluation)


def finite(evaluation: E) -> E:
    """The same evaluation. Raises DataError where its cost is not a finite number."""
    if not math.isfinite(evaluation.cost):
        raise DataError(NOT_FINITE)
    return evaluation


@partial(jax.jit, static_argnums=(0, 1, 2))
def evaluate_batch(
    chain: Chain, cost: Cost, preprocessing: Preprocessing, params: Any, state: Any, x: Array, y: Array
) -> tuple[Array, Array]:
    """The mean cost of a batch, and the number of its examples that are classified correctly."""
    z = chain.infer(params, state, scale_inputs(x, preprocessing))
    C, _ = cost(z, one_hot(y, z.shape[-1]))
    return C, jnp.sum(jnp.argmax(z, axis=-1) == y)
