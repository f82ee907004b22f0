"""Ensembles trained at once: each network learns from other examples, and is stopped on those that it does not see."""

from gradus.ensembles.folds import Folds
from gradus.ensembles.trainer import EnsembleTrainer, build_ensemble

__all__ = ["EnsembleTrainer", "Folds", "build_ensemble"]
