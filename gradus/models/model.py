"""A trained network with what it takes to use it, and the model file that holds it.

The file has the parameters as tensors, and the network they belong to as JSON (files/tensors.py). Of a file from
anywhere, the network is made of the layers that ship, and of nothing else.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gradus.data import Examples, Preprocessing
from gradus.equations.costs import Cost
from gradus.errors import DataError
from gradus.files.tensors import Kind, named, without_duplicates
from gradus.layers import Chain
from gradus.models.evaluation import Evaluation, evaluate
from gradus.models.inputs import batches, scale_inputs
from gradus.models.metrics import ClassificationMetrics, classification_metrics
from gradus.models.registry import from_json, to_json
from gradus.network import Network

__all__ = ["Model", "load_model", "save_model"]


@dataclass(frozen=True, eq=False)
class Model:
    """What training gives, and what a model file holds."""

    network: Network
    preprocessing: Preprocessing
    classes: tuple[str, ...]

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """The network's outputs a^L for raw inputs x (n, *in_shape): (n, classes). Raises SettingError."""
        self.network.check_inputs(x)
        parts = [self.network.predict(scale_inputs(part, self.preprocessing)) for part in batches(x)]
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
        save_model(self, Path(path))

    @staticmethod
    def load(path: str | Path) -> "Model":
        """Read a model file. Raises DataError where it is missing, damaged or not a Gradus model."""
        return load_model(Path(path))


MODEL = Kind("gradus model 1", "model file", "train again or fetch it anew")


def save_model(model: Model, path: Path) -> None:
    """Write a model file atomically. Raises SettingError for a layer that does not ship, and OSError."""
    network = model.network
    description = {
        "network": to_json(network.chain),
        "cost": to_json(network.cost),
        "in_shape": network.in_shape,
        "preprocessing": asdict(model.preprocessing),
        "classes": model.classes,
    }
    MODEL.write(path, description, arrays(network))


def load_model(path: Path) -> Model:
    """Read a model file. Raises DataError where it is missing, damaged, or describes what cannot be."""
    described: list[tuple[dict[str, Any], Network]] = []

    def expected(text: str) -> dict[str, Any]:
        described.append(describe(text, path))
        return arrays(described[0][1])

    tensors = MODEL.read(path, expected)
    description, empty = described[0]
    leaves = [jnp.asarray(tensors[name]) for name in arrays(empty)]
    params, state = jax.tree.unflatten(jax.tree.structure((empty.params, empty.state)), leaves)
    network = Network(empty.chain, empty.cost, empty.in_shape, params, state)
    return Model(network, Preprocessing(**description["preprocessing"]), tuple(description["classes"]))


def arrays(network: Network) -> dict[str, Any]:
    """The arrays of a network by their place in it."""
    return named({"params": network.params, "state": network.state})


def describe(text: str, path: Path) -> tuple[dict[str, Any], Network]:
    """The description of a model, and its network with shapes in place of arrays: nothing is allocated."""
    try:
        description = json.loads(text, object_pairs_hook=without_duplicates)
        chain, cost = from_json(description["network"]), from_json(description["cost"])
        if not isinstance(chain, Chain) or not isinstance(cost, Cost):
            raise TypeError
        in_shape = tuple(description["in_shape"])
        if not all(type(size) is int and size > 0 for size in in_shape):
            raise ValueError
        Preprocessing(**description["preprocessing"])
        if not all(isinstance(name, str) for name in description["classes"]):
            raise TypeError
        params, state = jax.eval_shape(lambda key: chain.init(key, in_shape)[:2], jax.random.key(0))
        network = Network(chain, cost, in_shape, params, state)
        classes = len(description["classes"])
        if network.shapes()[-1] not in ((classes,), (*in_shape, classes)):  # an output an input, or one a step
            raise ValueError
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
        raise MODEL.damaged(path, "the network that it describes cannot be built") from None
    return description, network
