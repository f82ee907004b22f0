"""A trained network with everything needed to use it, and the model file that holds it.

The file holds the parameters as tensors and the network's description as JSON (files/tensors.py). Files may come from
anywhere: a network is built only from the layers that ship with Gradus.
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import keystr, tree_flatten_with_path

from gradus.checks import MAX_SIZE, is_whole
from gradus.data import Dataset, Encoder, Examples, Preprocessing, TargetScaling
from gradus.ensemble import Ensemble
from gradus.equations import Cost
from gradus.errors import DataError
from gradus.files import TensorFormat, without_duplicates
from gradus.layers import Chain
from gradus.models.encoders import encoder_from_dict
from gradus.models.evaluation import NOT_FINITE, Evaluation, evaluate, evaluate_numbers, finite
from gradus.models.inputs import batches, scale_inputs
from gradus.models.metrics import (
    ClassificationMetrics,
    RegressionMetrics,
    classification_metrics,
    regression_metrics,
)
from gradus.models.serialization import from_json, to_json
from gradus.network import Network

__all__ = ["Model", "load_model", "named_leaves", "save_model"]

MAX_LAYERS = 2000  # in a file: each takes a millisecond to check


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network, ready to predict: the result of training and the content of a model file.

    Args:
        network: the network with its parameters.
        preprocessing: how raw inputs are scaled.
        classes: the names of the classes; of a language model, the characters of its vocabulary; none where the
            network predicts numbers.
        targets: the names of these numbers.
        target_scaling: of these numbers.
        encoder: turns pictures, rows or passages into inputs; None for arrays.
    """

    network: Network
    preprocessing: Preprocessing
    classes: tuple[str, ...]
    targets: tuple[str, ...] = ()
    target_scaling: TargetScaling | None = None
    encoder: Encoder | None = None

    @classmethod
    def for_data(cls, network: Network, data: Dataset) -> "Model":
        """The model of a network that was trained on the data."""
        return cls(network, data.preprocessing, data.classes, data.targets, data.target_scaling, data.encoder)

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """The network's outputs a^L, (n, classes), for raw inputs x (n, *in_shape).

        Where the model predicts numbers, these are the standardised ones, (n, targets).

        Raises:
            SettingError: if the inputs do not have the network's shape.
            DataError: if outputs are not finite numbers.
        """
        self.network.check_inputs(x)
        outputs = [self.network.predict(scale_inputs(batch, self.preprocessing)) for batch in batches(x)]
        columns = len(self.classes) or len(self.targets)
        result = np.concatenate([np.zeros((0, columns), np.float32), *map(np.asarray, outputs)])
        check_finite_outputs(result)
        return result

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The index of the most probable class, (n,), or the numbers (n, targets), for raw inputs x (n, *in_shape).

        Raises:
            SettingError: if the inputs do not have the network's shape.
            DataError: if outputs are not finite numbers.
        """
        outputs = self.probabilities(x)
        if self.target_scaling is None:
            return outputs.argmax(axis=-1)
        with np.errstate(over="ignore"):
            numbers = self.target_scaling.restore(outputs)
        check_finite_outputs(numbers)
        return numbers

    def evaluate(self, examples: Examples) -> Evaluation:
        """Cost and accuracy on raw examples, or the errors of the predicted numbers.

        Raises:
            SettingError: if the inputs do not have the network's shape.
            DataError: if there are no examples, or the cost is not a finite number.
        """
        if self.target_scaling is not None:
            return finite(evaluate_numbers(self.network, examples, self.preprocessing, self.target_scaling))
        return finite(evaluate(self.network, examples, self.preprocessing))

    def metrics(self, examples: Examples) -> ClassificationMetrics | RegressionMetrics:
        """Precision, recall, calibration and more on raw examples, or the errors of the predicted numbers.

        Raises:
            SettingError: if the inputs do not have the network's shape.
            DataError: if there are no examples, or the labels do not fit the classes.
        """
        if not len(examples.x):
            raise DataError("there are no examples to measure the model on")
        if self.target_scaling is not None:
            return regression_metrics(self.predict(examples.x), examples.y)
        return classification_metrics(self.probabilities(examples.x), examples.y, self.classes)

    def save(self, path: str | Path) -> None:
        """Write the model file; an older file is replaced whole or not at all.

        Raises:
            SettingError: for a layer of your own, which a model file cannot hold.
            OSError: if the file cannot be written.
        """
        save_model(self, Path(path))

    @staticmethod
    def load(path: str | Path) -> "Model":
        """Read a model file.

        Raises:
            DataError: if the file is missing, damaged or not a Gradus model.
            SettingError: if the network does not fit into memory.
        """
        return load_model(Path(path))


MODEL = TensorFormat("gradus model 1", "model file", "train again or download it again")


def save_model(model: Model, path: Path) -> None:
    """Write a model file atomically; see `Model.save`."""
    network = model.network
    description = {
        "network": to_json(network.chain),
        "cost": to_json(network.cost),
        "in_shape": network.in_shape,
        "preprocessing": asdict(model.preprocessing),
        "classes": model.classes,
    }
    if isinstance(network, Ensemble):
        description["members"] = network.members
    if model.target_scaling:
        description |= {"targets": model.targets, "target_scaling": model.target_scaling.to_dict()}
    if model.encoder:
        description["encoder"] = model.encoder.to_dict()
    MODEL.write(path, description, named_arrays(network))


def load_model(path: Path) -> Model:
    """Read a model file; see `Model.load`."""
    skeletons: list[Model] = []

    def expected(text: str) -> dict[str, Any]:
        skeletons.append(skeleton(text, path))
        return named_arrays(skeletons[0].network)

    tensors = MODEL.read(path, expected)
    check_finite(tensors, path)
    model = skeletons[0]
    network = model.network
    network.check_memory()
    leaves = [jnp.asarray(tensors[name]) for name in named_arrays(network)]
    params, state = jax.tree.unflatten(jax.tree.structure((network.params, network.state)), leaves)
    return replace(model, network=replace(network, params=params, state=state))


def check_finite(tensors: dict[str, np.ndarray], path: Path) -> None:
    """Raise DataError unless all numbers are finite: a network with a NaN would answer, and mean nothing."""
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise MODEL.damaged(path, f"tensor {name} has numbers that are not finite, as of a training that diverged")


def check_finite_outputs(outputs: np.ndarray) -> None:
    """Raise DataError unless all numbers are finite."""
    if not np.isfinite(outputs).all():
        raise DataError(NOT_FINITE)


def named_arrays(network: Network) -> dict[str, Any]:
    """The arrays of a network by their path, such as params/1/w."""
    return named_leaves({"params": network.params, "state": network.state})


def named_leaves(tree: Any) -> dict[str, Any]:
    """The leaves of a tree by their path, such as params/1/w, in JAX's order."""
    leaves, _ = tree_flatten_with_path(tree)
    return {keystr(path, simple=True, separator="/"): leaf for path, leaf in leaves}


def skeleton(text: str, path: Path) -> Model:
    """The model that a description calls for, with shapes in place of arrays: nothing is allocated.

    Raises:
        DataError: if no such model can be built.
    """
    try:
        if text.count('"kind"') > MAX_LAYERS:
            raise ValueError
        description = json.loads(text, object_pairs_hook=without_duplicates)
        chain, cost = from_json(description["network"]), from_json(description["cost"])
        if not isinstance(chain, Chain) or not isinstance(cost, Cost):
            raise TypeError
        in_shape, classes = tuple(description["in_shape"]), tuple(description["classes"])
        if not all(is_whole(size, most=MAX_SIZE) for size in in_shape):
            raise ValueError
        preprocessing = Preprocessing(**description["preprocessing"])
        targets, scaling = target_description(description)
        if not all(isinstance(name, str) for name in (*classes, *targets)) or bool(classes) == bool(targets):
            raise TypeError
        network = Network.abstract(chain, cost, in_shape)
        if "members" in description:
            network = Ensemble.repeated(network, description["members"])
        # one output for each class or target, or at every step one for each class
        outputs = len(classes) or len(targets)
        if network.shapes()[-1] not in ((outputs,), (*in_shape, outputs)):
            raise ValueError
        encoder = encoder_from_dict(description["encoder"], in_shape) if "encoder" in description else None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
        raise MODEL.damaged(path, "the network that it describes cannot be built") from None
    return Model(network, preprocessing, classes, targets, scaling, encoder)


def target_description(description: dict[str, Any]) -> tuple[tuple[str, ...], TargetScaling | None]:
    """The names and the scaling of the numbers that a model predicts; none of a classifier."""
    if "targets" not in description:
        return (), None
    targets, scaling = tuple(description["targets"]), TargetScaling.from_dict(description["target_scaling"])
    if len(targets) != len(scaling.mean):
        raise ValueError
    return targets, scaling
