"""Cost of a network on examples, with its accuracy, or the errors of the numbers that it predicts."""

import math
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, TypeVar

import jax
import numpy as np
from jax import Array

from gradus.data import Examples, Preprocessing, TargetScaling
from gradus.equations import Cost
from gradus.errors import DataError
from gradus.models.inputs import batches, desired_outputs, scale_inputs
from gradus.models.metrics import regression_metrics
from gradus.network import Network, Predictor

__all__ = [
    "NOT_FINITE",
    "ClassificationEvaluation",
    "Evaluation",
    "RegressionEvaluation",
    "evaluate",
    "evaluate_numbers",
    "finite",
    "regression_evaluation",
]

NOT_FINITE = "the model's outputs are not finite numbers: its weights or the inputs are too large; train it again"


@dataclass(frozen=True)
class Evaluation:
    """How good a network is on some examples.

    Args:
        cost: mean cost per example, without penalties.
        member_scores: of an ensemble in training, each member's on examples that it does not learn from.
    """

    cost: float
    member_scores: tuple[float, ...] = field(default=(), kw_only=True)

    @property
    def score(self) -> float:
        """The number that early stopping compares; higher is better."""
        return -self.cost

    def as_dict(self) -> dict[str, float]:
        """All numbers of the whole by name."""
        return {name: number for name, number in asdict(self).items() if name != "member_scores"}

    def summary(self) -> str:
        """All numbers with their names, on one line."""
        return f"cost {self.cost:.4f}"


@dataclass(frozen=True)
class ClassificationEvaluation(Evaluation):
    """How good a classifier is on some examples.

    Args:
        accuracy: fraction of examples classified correctly, 0 to 1.
    """

    accuracy: float

    @property
    def score(self) -> float:
        return self.accuracy

    def __str__(self) -> str:
        return f"{self.cost:.4f} {self.accuracy:7.2%}"

    def summary(self) -> str:
        return f"{super().summary()}  accuracy {self.accuracy:.2%}"


@dataclass(frozen=True)
class RegressionEvaluation(Evaluation):
    """How good predicted numbers are on some examples; with several targets, each is the mean over them.

    The cost is that of standardised targets, the others are in the targets' own units.

    Args:
        mse: mean (y - a)^2.
        mae: mean |y - a|.
        r2: 1 - sum (y - a)^2 / sum (y - mean y)^2; NaN for a single example.
    """

    mse: float
    mae: float
    r2: float

    def __str__(self) -> str:
        return f"MSE {self.mse:.4g}  MAE {self.mae:.4g}  R2 {self.r2:.4f}"

    def summary(self) -> str:
        return f"{super().summary()}  {self}"


def evaluate(network: Network, examples: Examples, preprocessing: Preprocessing) -> ClassificationEvaluation:
    """Evaluate a classifier in prediction mode (no dropout, running averages in batch normalisation).

    Args:
        examples: raw inputs x (n, *network.in_shape) and labels y (n,).
        preprocessing: how raw inputs are scaled.

    Raises:
        SettingError: if the inputs do not have the network's shape.
        DataError: if there are no examples.
    """
    check_examples(network, examples)
    cost, correct, n = 0.0, 0, len(examples.x)
    for x, y in zip(batches(examples.x), batches(examples.y), strict=True):
        C, z = evaluate_batch(network.predictor, network.cost, preprocessing, network.params, network.state, x, y)
        cost, correct = cost + float(C) * len(x), correct + int(np.sum(np.asarray(z).argmax(axis=-1) == y))
    return ClassificationEvaluation(cost / n, correct / n)


def evaluate_numbers(
    network: Network, examples: Examples, preprocessing: Preprocessing, scaling: TargetScaling
) -> RegressionEvaluation:
    """Evaluate predicted numbers; as `evaluate`, for targets y (n, targets) in their own units.

    Args:
        scaling: of the targets.
    """
    check_examples(network, examples)
    cost, outputs, n = 0.0, [], len(examples.x)
    for x, y in zip(batches(examples.x), batches(scaling.standardize(examples.y)), strict=True):
        C, z = evaluate_batch(network.predictor, network.cost, preprocessing, network.params, network.state, x, y)
        cost = cost + float(C) * len(x)
        outputs.append(np.asarray(network.cost.output(z)))
    return regression_evaluation(cost / n, scaling.restore(np.concatenate(outputs)), examples.y)


def regression_evaluation(cost: float, a: np.ndarray, y: np.ndarray) -> RegressionEvaluation:
    """The evaluation of predicted numbers a; NaN where some are not finite.

    Args:
        cost: of standardised targets.
        a, y: (n, targets), in the targets' own units.
    """
    if not np.isfinite(a).all():
        return RegressionEvaluation(cost, math.nan, math.nan, math.nan)
    metrics = regression_metrics(a, y)
    return RegressionEvaluation(cost, metrics.mse, metrics.mae, metrics.r2)


def check_examples(network: Network, examples: Examples) -> None:
    """Raise SettingError for inputs of another shape than the network's, and DataError where there are none."""
    network.check_inputs(examples.x)
    if not len(examples.x):
        raise DataError("there are no examples to evaluate the network on")


E = TypeVar("E", bound=Evaluation)


def finite(evaluation: E) -> E:
    """The same evaluation. Raises DataError where its cost is not a finite number."""
    if not math.isfinite(evaluation.cost):
        raise DataError(NOT_FINITE)
    return evaluation


@partial(jax.jit, static_argnums=(0, 1, 2))
def evaluate_batch(
    predictor: Predictor, cost: Cost, preprocessing: Preprocessing, params: Any, state: Any, x: Array, y: Array
) -> tuple[Array, Array]:
    """The mean cost of a batch, and the weighted inputs z of the output layer."""
    z = predictor.infer(params, state, scale_inputs(x, preprocessing))
    C, _ = cost(z, desired_outputs(y, z.shape[-1]))
    return C, z
