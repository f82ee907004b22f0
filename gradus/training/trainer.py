"""A trainer: what the loop over epochs (loop.py) asks of a network, its data and its settings."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gradus.memory import check_memory
from gradus.models import (
    Evaluation,
    stable_text,
)
from gradus.network import Network, Trace, trace
from gradus.optimizers import learning_rates
from gradus.seeds import seed_bits
from gradus.training.needs import TrainingNeeds, training_needs
from gradus.training.position import TrainingPosition, initial_best
from gradus.training.settings import Settings
from gradus.training.step import (
    Hyperparameters,
    StepConfig,
    TrainState,
    prepare,
    run_steps,
    train_last_batch,
)

__all__ = ["Trainer", "trace_step"]


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

    def validation_inputs(self) -> Iterator[jax.Array]:
        """The validation inputs as the network takes them, in parts, to look for a fault."""
        raise NotImplementedError

    def single_networks(self, state: TrainState) -> Iterator[Network]:
        """The network with the weights of a state; of an ensemble, each member."""
        yield replace(self.network, params=state.params, state=state.state)

    def step_inputs(self) -> jax.ShapeDtypeStruct:
        """The shape of a step's inputs, as the network takes them."""
        raise NotImplementedError

    def evaluated_at_once(self) -> int:
        """The inputs that validation takes at once."""
        raise NotImplementedError

    def needs(self) -> TrainingNeeds:
        """The memory that the training needs."""
        return self.needs_of(self.network, jax.eval_shape(self.initial_state))

    def needs_of(self, network: Network, start: TrainState) -> TrainingNeeds:
        """The memory that the training of a network needs whose first state has these shapes."""
        has_patience = bool(self.settings.patience_in_epochs)
        return training_needs(network, start, self.step_inputs(), self.evaluated_at_once(), has_patience)

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
        carry = state.carry if self.config.is_sequence else None
        yield trace_step(self.config, state.params, self.batch(batches, i), jax.random.fold_in(hyper.key, i), carry)

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


def trace_step(config: StepConfig, params: Any, batch: Any, key: jax.Array, carry: Any = None) -> Trace:
    """Every number of a step on one batch, but for the update."""
    inputs, targets = prepare(config, batch, key)
    return trace(config.chain, config.cost, params, inputs, targets, key, carry)
