"""A trained network with what it takes to use it: how inputs are scaled, and what the classes are called."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradus.data import Examples, Preprocessing
from gradus.errors import DataError
from gradus.network import Network
from gradus.training.evaluation import evaluate
from gradus.training.inputs import batches, scaled
from gradus.training.metrics import ClassificationMetrics, classification_metrics
from gradus.training.records import Evaluation

__all__ = ["Model"]


@dataclass(frozen=True, eq=False)
class Model:
    """What training gives, and what a model file holds."""

    network: Network
    preprocessing: Preprocessing
    classes: tuple[str, ...]

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """The network's outputs a^L for raw inputs x (n, *in_shape): (n, classes). Raises SettingError."""
        self.network.check_inputs(x)
        parts = [self.network.predict(scaled(part, self.preprocessing)) for part in batches(x)]
        return np.concatenate([np.zeros((0, len(self.classes)), np.float32), *map(np.asarray, parts)])

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The number of the most probable class of each raw input: (n,). Raises SettingError."""
        return self.probabilities(x).argmax(axis=-1)

    def evaluate(self, examples: Examples) -> Evaluation:
        """Cost and accuracy on raw examples. Raises SettingError."""
        return evaluate(self.network, examples, self.preprocessing)

    def metrics(self, examples: Examples) -> ClassificationMetrics:
        """Precision, recall, calibration and more on raw examples. Raises SettingError, DataError."""
        if not len(examples.x):
            raise DataError("there are no examples to measure the model on")
        return classification_metrics(self.probabilities(examples.x), examples.y, self.classes)

    def save(self, path: str | Path) -> None:
        """Write the model file, replacing what is there at once or not at all. Raises SettingError, OSError."""
        from gradus.training.model_file import save_model

        save_model(self, Path(path))

    @staticmethod
    def load(path: str | Path) -> "Model":
        """Read a model file. Raises DataError where it is missing, damaged or not a Gradus model."""
        from gradus.training.model_file import load_model

        return load_model(Path(path))
