"""Training: a network and data become a trained model, epoch by epoch and step by step."""

from gradus.training.build import build_network
from gradus.training.loop import train_epochs
from gradus.training.records import Epoch, LayerStatistics, Progress
from gradus.training.settings import Settings
from gradus.training.trainers import Trainer, make_trainer

__all__ = [
    "Epoch",
    "LayerStatistics",
    "Progress",
    "Settings",
    "Trainer",
    "build_network",
    "make_trainer",
    "train_epochs",
]
