"""Training: a network and data become a trained model."""

from gradus.training.build import build_network
from gradus.training.evaluate import evaluate
from gradus.training.fit import fit, fit_in_stretches
from gradus.training.model import Model
from gradus.training.records import Epoch, Evaluation, Stretch
from gradus.training.train import Trained, train

__all__ = [
    "Epoch",
    "Evaluation",
    "Model",
    "Stretch",
    "Trained",
    "build_network",
    "evaluate",
    "fit",
    "fit_in_stretches",
    "train",
]
