"""Trainers: the batches of an epoch, either mini-batches or all examples at once.

The trainer of texts is in language/training.py, that of several networks at once in ensembles/trainer.py.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gradus.data import ClassWeights, Dataset, Examples, example_weights
from gradus.errors import SettingError
from gradus.images import Augmentation
from gradus.models import (
    MAX_BATCH,
    Evaluation,
    batches,
    desired_outputs,
    scale_inputs,
)
from gradus.network import Network, Trace, trace
from gradus.optimizers import SECOND_ORDER, Objective, Parts, split_into_parts
from gradus.training.examples import epoch_permutation, evaluate_validation, permute, training_arrays
from gradus.training.position import TrainingPosition
from gradus.training.settings import Settings, check_fit, resolve_augmentation
from gradus.training.step import (
    Batch,
    Hyperparameters,
    StepConfig,
    TrainState,
    run_full_batch_step,
)
from gradus.training.trainer import Trainer

__all__ = [
    "ExampleTrainer",
    "FullBatchTrainer",
    "MiniBatchTrainer",
    "batch_sizes",
    "make_trainer",
    "step_config",
]


class ExampleTrainer(Trainer):
    """A trainer on a data set's examples.

    examples: inputs, labels or standardised numbers, and weights where some count more than others.
    """

    data: Dataset
    examples: Sequence[np.ndarray]

    def data_arrays(self) -> Sequence[np.ndarray]:
        return self.examples

    def evaluated_at_once(self) -> int:
        return min(MAX_BATCH, len(self.data.validation.x))

    def evaluate(self, network: Network) -> Evaluation | None:
        return evaluate_validation(network, self.data)

    def validation_inputs(self) -> Iterator[jax.Array]:
        return (scale_inputs(x, self.data.preprocessing) for x in batches(self.data.validation.x))


class MiniBatchTrainer(ExampleTrainer):
    """Mini-batches of the training examples, in a new order every epoch."""

    def __init__(
        self,
        network: Network,
        data: Dataset,
        settings: Settings,
        class_weights: ClassWeights | None = None,
        augmentation: str | Augmentation | None = None,
    ):
        check_fit(network, data, settings)
        self.network, self.data, self.settings = network, data, settings
        weights = example_weights(data, class_weights)
        self.examples = training_arrays(data, weights)
        self.on_device = Batch(*map(jnp.asarray, self.examples))
        self.config = step_config(network, data, settings, augmentation)
        self.sizes = batch_sizes(len(data.training.x), settings.batch_size)

    def description(self) -> str:
        return f"{super().description()} {self.config.augmentation}"

    def begin_epoch(self, position: TrainingPosition) -> tuple[TrainState, Batch]:
        order = epoch_permutation(self.settings.seed, position.epoch, len(self.data.training.x))
        return position.state, jax.tree.map(lambda part: permute(part, order), self.on_device)

    def step_inputs(self) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct((self.settings.batch_size, *self.network.in_shape), jnp.result_type(float))


class FullBatchTrainer(ExampleTrainer):
    """All training examples at once: an epoch is one step of a second-order method (theory D8)."""

    def __init__(self, network: Network, data: Dataset, settings: Settings, class_weights: ClassWeights | None = None):
        check_fit(network, data, settings)
        self.network, self.data, self.settings = network, data, settings
        weights, n = example_weights(data, class_weights), len(data.training.x)
        self.examples = training_arrays(data, weights)
        self.parts, self.sizes = split_into_parts(Examples(*self.examples[:2]), weights), np.array([n])
        objective = Objective(network.chain, network.cost, data.preprocessing, data.outputs, n)
        self.method = SECOND_ORDER[str(settings.optimizer)](objective)

    @property
    def full_steps(self) -> int:
        return 1

    def initial_state(self) -> TrainState:
        params = self.network.params
        # in the types that a step returns (not JAX's weak ones), so that all steps are one compiled program
        method_state = jax.tree.map(lambda part: jnp.asarray(part, part.dtype), self.method.initial_state(params))
        return TrainState(params, self.network.state, method_state, jnp.zeros(1))

    def begin_epoch(self, position: TrainingPosition) -> tuple[TrainState, Any]:
        return position.state, self.parts

    def step_inputs(self) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct(self.parts.x.shape[1:], jnp.result_type(float))

    def run_steps(self, state: TrainState, batches: Any, start: int, stop: int, hyper: Hyperparameters) -> TrainState:
        return run_full_batch_step(self.method, state, batches, hyper)

    def traces(self, state: TrainState, batches: Parts, i: int, hyper: Hyperparameters) -> Iterator[Trace]:
        network = self.network
        for number, (x, y) in enumerate(zip(batches.x, batches.y, strict=True)):
            inputs, targets = scale_inputs(x, self.data.preprocessing), desired_outputs(y, self.data.outputs)
            key = jax.random.fold_in(hyper.key, number)
            yield trace(network.chain, network.cost, state.params, inputs, targets, key)

    def passes(self, state: TrainState) -> float:
        return float(state.optimizer_state.passes)


def step_config(
    network: Network, data: Dataset, settings: Settings, augmentation: str | Augmentation | None
) -> StepConfig:
    """The settings that a step on a mini-batch is compiled for. Raises SettingError."""
    return StepConfig(
        network.chain,
        network.cost,
        settings.transformation(),
        data.outputs,
        settings.batch_size,
        data.preprocessing,
        resolve_augmentation(augmentation, data),
        settings.label_smoothing,
        decoupled_weight_decay=settings.decoupled_weight_decay,
    )


def batch_sizes(n: int, size: int) -> np.ndarray:
    """(steps,) the examples in each mini-batch of an epoch of n examples; only the last may be smaller than `size`."""
    return np.minimum(size, n - size * np.arange(math.ceil(n / size)))


def make_trainer(
    network: Network,
    data: Dataset,
    settings: Settings,
    class_weights: ClassWeights | None = None,
    augmentation: str | Augmentation | None = None,
) -> Trainer:
    """The trainer for the settings.

    Raises:
        SettingError: where network, data and settings do not fit together.
    """
    if not settings.second_order:
        return MiniBatchTrainer(network, data, settings, class_weights, augmentation)
    if augmentation:
        raise SettingError(
            f"augmentation does not go with {settings.optimizer}, which needs the same images every time"
        )
    return FullBatchTrainer(network, data, settings, class_weights)
