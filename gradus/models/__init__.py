"""A trained network: its file, its predictions, and how good it is."""

from gradus.models.evaluation import (
    NOT_FINITE,
    ClassificationEvaluation,
    Evaluation,
    RegressionEvaluation,
    evaluate,
    evaluate_numbers,
    finite,
    regression_evaluation,
)
from gradus.models.inputs import MAX_BATCH, batches, desired_outputs, one_hot, scale_inputs
from gradus.models.metrics import (
    ClassificationMetrics,
    RegressionMetrics,
    Scores,
    area_under_curve,
    classification_metrics,
    regression_metrics,
)
from gradus.models.model import Model, named_leaves
from gradus.models.serialization import from_json, stable_text, to_json

__all__ = [
    "MAX_BATCH",
    "NOT_FINITE",
    "ClassificationEvaluation",
    "ClassificationMetrics",
    "Evaluation",
    "Model",
    "RegressionEvaluation",
    "RegressionMetrics",
    "Scores",
    "area_under_curve",
    "batches",
    "classification_metrics",
    "desired_outputs",
    "evaluate",
    "evaluate_numbers",
    "finite",
    "from_json",
    "named_leaves",
    "one_hot",
    "regression_evaluation",
    "regression_metrics",
    "scale_inputs",
    "stable_text",
    "to_json",
]
