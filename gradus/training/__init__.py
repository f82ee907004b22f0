"""Training: a network and data become a trained model."""

from gradus.training.build import build_network
from gradus.training.evaluation import evaluate
from gradus.training.fitting import fit, fit_in_stretches
from gradus.training.model import Model
from gradus.training.one_call import Trained, train
from gradus.training.records import Epoch, Evaluation, Stretch

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
