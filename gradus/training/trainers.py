"""Trainers: the batches of an epoch, either mini-batches or all examples at once.

The loop over epochs is in loop.py, the step in step.py. The trainer of texts is in language/training.py.
"""

import hashlib
import math
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gradus.data import Dataset, Examples
from gradus.errors import SettingError
from gradus.images import Augmentation
from gradus.memory import check_memory
from gradus.models import (
    MAX_BATCH,
    Evaluation,
    desired_outputs,
    scale_inputs,
    stable_text,
)
from gradus.network import Network, Trace, trace
from gradus.optimizers import SECOND_ORDER, Objective, Parts, learning_rates, split_into_parts
from gradus.seeds import seed_bits
from gradus.training.example_weights import ClassWeights, example_weights
from gradus.training.examples import epoch_permutation, evaluate_validation, permute, training_arrays
from gradus.training.needs import TrainingNeeds, training_needs
from gradus.training.position import TrainingPosition, initial_best
from gradus.training.settings import Settings, check_fit, resolve_augmentation
from gradus.training.step import (
    Batch,
    Hyperparameters,
    StepConfig,
    TrainState,
    prepare,
    run_full_batch_step,
    run_steps,
    train_last_batch,
)

__all__ = ["FullBatchTrainer", "MiniBatchTrainer", "Trainer", "make_trainer"]


class Trainer:
    """A network, its settings, and the batches of an epoch.

    config: what its steps are compiled for.
    sizes: (steps,), the examples (or characters of each stream) in each step of an epoch.
    """

    network: Network
    settings: Settings
    config: StepConfig
    sizes: np.ndarray

    @property
    def steps(self) -> int:
        """The steps of an epoch."""
        return len(self.sizes)

    @property
    def full_steps(self) -> int:
        """The steps on full batches; a smaller last batch needs a compiled step of its own."""
        return self.steps - int(self.sizes[-1] < self.config.size)

    def data_arrays(self) -> Sequence[np.ndarray]:
        """The training data as it was loaded."""
        raise NotImplementedError

    def begin_epoch(self, position: TrainingPosition) -> tuple[TrainState, Any]:
        """The state before the next step, and the batches of the epoch in its order."""
        raise NotImplementedError

    def evaluate(self, network: Network) -> Evaluation | None:
        """The network on the validation data; None without any."""
        raise NotImplementedError

    def step_inputs(self) -> jax.ShapeDtypeStruct:
        """The shape of a step's inputs, as the network takes them."""
        raise NotImplementedError

    def evaluated_at_once(self) -> int:
        """The inputs that validation takes at once."""
        raise NotImplementedError

    def needs(self) -> TrainingNeeds:
        """The memory that the training needs."""
        start, has_patience = jax.eval_shape(self.initial_state), bool(self.settings.patience_in_epochs)
        return training_needs(self.network, start, self.step_inputs(), self.evaluated_at_once(), has_patience)

    def run_steps(self, state: TrainState, batches: Any, start: int, stop: int, hyper: Hyperparameters) -> TrainState:
        """Steps `start` to `stop` of the epoch, on full batches."""
        return run_steps(self.config, state, batches, start, stop, hyper)

    def run_last_step(self, state: TrainState, batches: Any, hyper: Hyperparameters) -> TrainState:
        """The last step, on a smaller batch."""
        i = self.steps - 1
        return train_last_batch(self.config, state, self.batch(batches, i), i, hyper)

    def batch(self, batches: Any, i: int) -> Any:
        """The examples of step i, or the characters of each stream."""
        start = i * self.config.size
        rows = slice(start, start + int(self.sizes[i]))
        return jax.tree.map(lambda part: part[:, rows] if self.config.is_sequence else part[rows], batches)

    def traces(self, state: TrainState, batches: Any, i: int, hyper: Hyperparameters) -> Iterator[Trace]:
        """Step i with every number of it, operation by operation: slow, to look for a fault."""
        key, config = jax.random.fold_in(hyper.key, i), self.config
        inputs, targets = prepare(config, self.batch(batches, i), key)
        carry = state.carry if config.is_sequence else None
        yield trace(config.chain, config.cost, state.params, inputs, targets, key, carry)

    def initial_state(self) -> TrainState:
        """The arrays before the first step."""
        params = self.network.params
        optimizer_state = self.config.optimizer.init(params)
        return TrainState(params, self.network.state, optimizer_state, jnp.zeros(self.steps))

    def initial_position(self) -> TrainingPosition:
        """The position before the first step. Raises SettingError if the training does not fit into memory."""
        needs = self.needs()
        check_memory(needs.total, f"training {self.network.chain} ({needs})")
        state = self.initial_state()
        best = initial_best(state, bool(self.settings.patience_in_epochs))
        return TrainingPosition(self.fingerprint(), 1, 0, 0.0, state, (state.params, state.state), best, 0, 0)

    def hyperparameters(self, position: TrainingPosition) -> Hyperparameters:
        """The numbers of the current epoch."""
        settings, n = self.settings, self.sizes.sum()
        rates, shares = self.learning_rates(position), self.sizes / self.sizes.max()
        etas, shares_of_steps, l2, l1 = (
            jnp.asarray(x, float) for x in (rates, shares, settings.l2 / n, settings.l1 / n)
        )
        return Hyperparameters(
            etas, shares_of_steps, l2, l1, jax.random.fold_in(jax.random.key(seed_bits(settings.seed)), position.epoch)
        )

    def learning_rates(self, position: TrainingPosition) -> np.ndarray:
        """eta of each step of the current epoch, (steps,); 0 for an optimizer with its own."""
        settings = self.settings
        eta = (settings.learning_rate or 0.0) / 2**position.halvings
        return learning_rates(settings.schedule, eta, position.epoch, settings.epochs, self.steps)

    def passes(self, state: TrainState) -> float | None:
        """Passes through the data so far, where that is not the number of epochs."""
        return None

    def fingerprint(self) -> str:
        """A SHA-256 of network, data and settings: a checkpoint of another training cannot be resumed."""
        sha = hashlib.sha256(self.description().encode())
        for array in self.data_arrays():
            sha.update(np.ascontiguousarray(array).tobytes())
        return sha.hexdigest()

    def description(self) -> str:
        """The network and the settings as text that does not change when Python names do."""
        chain, cost, in_shape = stable_text(self.network.chain), stable_text(self.network.cost), self.network.in_shape
        return f"{chain} {cost} {in_shape} {self.settings.description()}"


class MiniBatchTrainer(Trainer):
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
        self.config = StepConfig(
            network.chain,
            network.cost,
            settings.transformation(),
            data.outputs,
            settings.batch_size,
            data.preprocessing,
            resolve_augmentation(augmentation, data),
            decoupled_weight_decay=settings.decoupled_weight_decay,
        )
        n, size = len(data.training.x), settings.batch_size
        self.sizes = np.minimum(size, n - size * np.arange(math.ceil(n / size)))

    def description(self) -> str:
        return f"{super().description()} {self.config.augmentation}"

    def data_arrays(self) -> Sequence[np.ndarray]:
        return self.examples

    def begin_epoch(self, position: TrainingPosition) -> tuple[TrainState, Batch]:
        order = epoch_permutation(self.settings.seed, position.epoch, len(self.data.training.x))
        return position.state, jax.tree.map(lambda part: permute(part, order), self.on_device)

    def step_inputs(self) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct((self.settings.batch_size, *self.network.in_shape), jnp.result_type(float))

    def evaluated_at_once(self) -> int:
        return min(MAX_BATCH, len(self.data.validation.x))

    def evaluate(self, network: Network) -> Evaluation | None:
        return evaluate_validation(network, self.data)


class FullBatchTrainer(Trainer):
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

    def data_arrays(self) -> Sequence[np.ndarray]:
        return self.examples

    def initial_state(self) -> TrainState:
        params = self.network.params
        # in the types that a step returns (not JAX's weak ones), so that all steps are one compiled program
        method_state = jax.tree.map(lambda part: jnp.asarray(part, part.dtype), self.method.initial_state(params))
        return TrainState(params, self.network.state, method_state, jnp.zeros(1))

    def begin_epoch(self, position: TrainingPosition) -> tuple[TrainState, Any]:
        return position.state, self.parts

    def step_inputs(self) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct(self.parts.x.shape[1:], jnp.result_type(float))

    def evaluated_at_once(self) -> int:
        return min(MAX_BATCH, len(self.data.validation.x))

    def run_steps(self, state: TrainState, batches: Any, start: int, stop: int, hyper: Hyperparameters) -> TrainState:
        return run_full_batch_step(self.method, state, batches, hyper)

    def traces(self, state: TrainState, batches: Parts, i: int, hyper: Hyperparameters) -> Iterator[Trace]:
        network = self.network
        for number, (x, y) in enumerate(zip(batches.x, batches.y, strict=True)):
            inputs, targets = scale_inputs(x, self.data.preprocessing), desired_outputs(y, self.data.outputs)
            key = jax.random.fold_in(hyper.key, number)
            yield trace(network.chain, network.cost, state.params, inputs, targets, key)

    def evaluate(self, network: Network) -> Evaluation | None:
        return evaluate_validation(network, self.data)

    def passes(self, state: TrainState) -> float:
        return float(state.optimizer_state.passes)


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
