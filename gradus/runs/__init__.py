"""One training on disk: its folder, its progress, its layer statistics, and training in one call."""

from gradus.runs.fit import fit, fit_steps
from gradus.runs.train import Trained, train

__all__ = ["Trained", "fit", "fit_steps", "train"]
