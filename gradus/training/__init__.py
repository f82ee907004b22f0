"""Training: a network and data become a trained model."""

from gradus.training.build import build_network
from gradus.training.evaluation import evaluate
from gradus.training.fitting import fit, fit_in_stretches
from gradus.training.metrics import (
    ClassificationMetrics,
    RegressionMetrics,
    classification_metrics,
    regression_metrics,
)
from gradus.training.model import Model
from gradus.training.observation import image_probe, observed, text_probe
from gradus.training.one_call import Trained, train
from gradus.training.records import Epoch, Evaluation, Stretch, TextEvaluation
from gradus.training.sampling import sample
from gradus.training.text import fit_text, fit_text_in_stretches
from gradus.training.text_evaluation import evaluate_text
from gradus.training.text_network import text_network

__all__ = [
    "ClassificationMetrics",
    "Epoch",
    "Evaluation",
    "Model",
    "RegressionMetrics",
    "Stretch",
    "TextEvaluation",
    "Trained",
    "build_network",
    "classification_metrics",
    "evaluate",
    "evaluate_text",
    "fit",
    "fit_in_stretches",
    "fit_text",
    "fit_text_in_stretches",
    "image_probe",
    "observed",
    "regression_metrics",
    "sample",
    "text_network",
    "text_probe",
    "train",
]
