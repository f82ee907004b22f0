"""A trained network, and how good it is."""

from gradus.models.evaluation import Evaluation, evaluate
from gradus.models.metrics import (
    ClassificationMetrics,
    RegressionMetrics,
    classification_metrics,
    regression_metrics,
)
from gradus.models.model import Model

__all__ = [
    "ClassificationMetrics",
    "Evaluation",
    "Model",
    "RegressionMetrics",
    "classification_metrics",
    "evaluate",
    "regression_metrics",
]
