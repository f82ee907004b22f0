"""The trainer of an ensemble: its members take their steps at once, in one compiled loop (jax.vmap).

The mean of a few networks errs less than one of them (theory E7). Each member learns from all folds but its own, and
keeps the weights of the epoch that was best on that one; so together they learn from every example, and no example is
lost to choosing the epoch.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from gradus.data import ClassWeights, Dataset, example_weights
from gradus.ensemble import Ensemble
from gradus.ensembles.folds import all_examples, make_folds
from gradus.ensembles.validation import evaluate_members
from gradus.errors import SettingError
from gradus.models import MAX_BATCH, Evaluation
from gradus.network import Network, Trace
from gradus.training import (
    Batch,
    ExampleTrainer,
    Hyperparameters,
    Settings,
    StepConfig,
    TrainingNeeds,
    TrainingPosition,
    TrainState,
    batch_sizes,
    build_network,
    check_fit,
    step_config,
    trace_step,
    train_step,
    training_arrays,
)

__all__ = ["EnsembleTrainer", "build_ensemble"]


class EnsembleBatches(NamedTuple):
    """The batches of an epoch: all examples, and (members, epoch_size) their order for each member."""

    examples: Batch
    order: Array


class EnsembleTrainer(ExampleTrainer):
    """Mini-batches for every member, of the examples outside its fold, in a new order every epoch.

    Args:
        network: the ensemble with its initial weights.
        data: its training and validation examples are divided into folds.
        settings, class_weights, augmentation: as of a single network.

    Raises:
        SettingError: where they do not fit together.
    """

    network: Ensemble

    def __init__(
        self,
        network: Ensemble,
        data: Dataset,
        settings: Settings,
        class_weights: ClassWeights | None = None,
        augmentation: str | None = None,
    ):
        if settings.second_order:
            raise SettingError(f"an ensemble needs mini-batches; {settings.optimizer} takes all examples at once")
        everything = all_examples(data)
        data = replace(data, training=everything, validation=everything)
        self.folds = make_folds(everything.y, network.members, settings.seed)
        check_fit(network, data, settings)
        self.network, self.data, self.settings = network, data, settings
        self.examples = training_arrays(data, example_weights(data, class_weights))
        self.on_device = Batch(*map(jnp.asarray, self.examples))
        self.config = step_config(network, data, settings, augmentation)
        self.sizes = batch_sizes(self.folds.epoch_size, settings.batch_size)

    def description(self) -> str:
        return f"{super().description()} {self.config.augmentation} {self.network.members} members"

    def initial_state(self) -> TrainState:
        network, members = self.network, self.network.members
        optimizer_state = jax.vmap(self.config.optimizer.init)(network.params)
        return TrainState(network.params, network.state, optimizer_state, jnp.zeros((members, self.steps)))

    def initial_position(self) -> TrainingPosition:
        position = super().initial_position()
        if not self.settings.patience_in_epochs:
            return position
        scores = jnp.full(self.network.members, -jnp.inf)
        return position._replace(best=position.best._replace(member_scores=scores))

    def hyperparameters(self, position: TrainingPosition) -> Hyperparameters:
        hyper = super().hyperparameters(position)
        keys = jax.vmap(partial(jax.random.fold_in, hyper.key))(jnp.arange(self.network.members))
        return hyper._replace(key=keys)

    def begin_epoch(self, position: TrainingPosition) -> tuple[TrainState, EnsembleBatches]:
        order = self.folds.order(self.settings.seed, position.epoch)
        return position.state, EnsembleBatches(self.on_device, jnp.asarray(order))

    def run_steps(
        self, state: TrainState, batches: EnsembleBatches, start: int, stop: int, hyper: Hyperparameters
    ) -> TrainState:
        return run_ensemble_steps(self.config, state, batches, start, stop, hyper)

    def run_last_step(self, state: TrainState, batches: EnsembleBatches, hyper: Hyperparameters) -> TrainState:
        i = self.steps - 1
        rows = batches.order[:, i * self.config.size :]
        return ensemble_step(self.config, state, batches.examples, rows, i, hyper)

    def traces(self, state: TrainState, batches: EnsembleBatches, i: int, hyper: Hyperparameters) -> Iterator[Trace]:
        size = self.config.size
        for k, rows in enumerate(batches.order[:, i * size : (i + 1) * size]):
            params, batch = jax.tree.map(lambda leaf, k=k: leaf[k], state.params), take(batches.examples, rows)
            yield trace_step(self.config, params, batch, jax.random.fold_in(hyper.key[k], i))

    def single_networks(self, state: TrainState) -> Iterator[Network]:
        ensemble = replace(self.network, params=state.params, state=state.state)
        return (ensemble.member(k) for k in range(ensemble.members))

    def evaluate(self, network: Network) -> Evaluation:
        return evaluate_members(network, self.data, self.folds, self.settings.monitor)

    def needs(self) -> TrainingNeeds:
        member, members = self.network.abstract_member(), self.network.members
        alone = self.needs_of(member, jax.eval_shape(lambda: one_of(self.initial_state())))
        return TrainingNeeds(*(members * number for number in alone))

    def step_inputs(self) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct((self.settings.batch_size, *self.network.in_shape), jnp.result_type(float))

    def evaluated_at_once(self) -> int:
        return min(MAX_BATCH, self.folds.held_out.shape[1])


def one_of(state: TrainState) -> TrainState:
    """The state of the first member."""
    return jax.tree.map(lambda leaf: leaf[0], state)


def take(examples: Batch, rows: Array) -> Batch:
    """The examples of those rows."""
    return jax.tree.map(lambda part: part[rows], examples)


@partial(jax.jit, static_argnums=0)
def ensemble_step(
    config: StepConfig, state: TrainState, examples: Batch, rows: Array, i: Array | int, hyper: Hyperparameters
) -> TrainState:
    """Step i of every member at once, each on its own examples: rows (members, size)."""

    def member_step(state: TrainState, rows: Array, key: Array) -> TrainState:
        return train_step(config, state, take(examples, rows), i, hyper._replace(key=key))

    return jax.vmap(member_step)(state, rows, hyper.key)


@partial(jax.jit, static_argnums=0)
def run_ensemble_steps(
    config: StepConfig, state: TrainState, batches: EnsembleBatches, start: int, stop: int, hyper: Hyperparameters
) -> TrainState:
    """Steps `start` to `stop` of an epoch, each on the next `config.size` examples of every member's order."""

    def step(i: Array, state: TrainState) -> TrainState:
        rows = lax.dynamic_slice_in_dim(batches.order, i * config.size, config.size, axis=1)
        return ensemble_step(config, state, batches.examples, rows, i, hyper)

    return lax.fori_loop(start, stop, step, state)


def build_ensemble(data: Dataset, layers: str, members: int, *, seed: int = 0, **settings: Any) -> Ensemble:
    """An ensemble for the data, whose members differ in their initial weights.

    Args:
        layers, settings: as for `build_network`.
        members: how many networks, at least 2.
        seed: of the first member's initial weights; the others have the seeds after it.

    Raises:
        SettingError: where they do not fit the data, or into memory.
    """
    return Ensemble.of([build_network(data, layers, seed=seed + k, **settings) for k in range(members)])
