"""One step of mini-batch gradient descent (theory C2).

`train_step` is the book's: forward, BP1 to BP4, penalties, w <- w - eta/m sum dC_x/dw. `run_steps` runs many in one
compiled loop, so that Python does not slow down small networks; its bounds are arguments, so that one program serves
any number of steps.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array, lax

from gradus.data import Preprocessing
from gradus.equations import Cost, l1_gradient, l2_gradient, smooth_labels
from gradus.images import Augmentation
from gradus.layers import Chain, map_weights, scale_learning_rates
from gradus.models import desired_outputs, scale_inputs
from gradus.network import backprop
from gradus.optimizers import Parts, SecondOrderMethod

__all__ = [
    "Batch",
    "Hyperparameters",
    "StepConfig",
    "TrainState",
    "apply_gradients",
    "prepare",
    "run_full_batch_step",
    "run_steps",
    "train_last_batch",
    "train_step",
]

AUGMENTATION_STREAM = 2**31  # folded into the key, so that augmentation and layers draw different numbers


@dataclass(frozen=True)
class StepConfig:
    """The settings that a step is compiled for; another StepConfig needs another program.

    size: examples in a mini-batch; for a text, characters of each stream in a chunk.
    preprocessing: scales the inputs; None for a text, whose inputs are indices of characters.
    label_smoothing: epsilon; 0 for none.
    is_sequence: True for a text: batches are consecutive chunks along time, and layers carry their state over.
    outputs: of the network: classes, or numbers to predict.
    decoupled_weight_decay: the optimizer lets weights decay itself, so the L2 penalty is not in the gradient.
    """

    chain: Chain
    cost: Cost
    optimizer: optax.GradientTransformationExtraArgs
    outputs: int
    size: int
    preprocessing: Preprocessing | None = None
    augmentation: Augmentation | None = None
    label_smoothing: float = 0.0
    is_sequence: bool = False
    decoupled_weight_decay: bool = False


class TrainState(NamedTuple):
    """The arrays that a step changes.

    costs: (steps of an epoch,), the cost of each mini-batch before its step.
    carry: of recurrent layers, for the next chunk of a text; () where batches are independent.
    """

    params: Any
    state: Any
    optimizer_state: Any
    costs: Array
    carry: Any = ()


class Hyperparameters(NamedTuple):
    """Numbers of an epoch that may change without another program.

    learning_rates: (steps,), eta of each step.
    shares: (steps,), the size of each batch as a share of a full one.
    l2_over_n, l1_over_n: lambda/n of the penalties.
    key: for the random numbers of layers and augmentation.
    """

    learning_rates: Array
    shares: Array
    l2_over_n: Array
    l1_over_n: Array
    key: Array


class Batch(NamedTuple):
    """Examples: raw inputs x (m, ...), labels y (m,) or numbers y (m, targets), and weights (m,) if some count more.

    Of a text: characters x and the following ones y, both (streams, time).
    """

    x: Array
    y: Array
    weights: Array | None = None


def train_step(
    config: StepConfig, state: TrainState, batch: Batch, i: Array | int, hyper: Hyperparameters
) -> TrainState:
    """Step i of an epoch, on one mini-batch: the state after it."""
    key = jax.random.fold_in(hyper.key, i)
    inputs, targets = prepare(config, batch, key)
    carry = state.carry if config.is_sequence else None
    C, gradients, cache, carry, *_ = backprop(
        config.chain, config.cost, state.params, inputs, targets, key, batch.weights, carry
    )
    gradients = add_penalties(config, gradients, state.params, hyper)
    state = state._replace(
        state=config.chain.update_state(state.state, cache),
        carry=carry if config.is_sequence else (),
        costs=state.costs.at[i].set(C),
    )
    return apply_gradients(config, state, gradients, i, hyper)


def prepare(config: StepConfig, batch: Batch, key: Array) -> tuple[Array, Array]:
    """The inputs, scaled and augmented, and the desired outputs: one-hot labels, or standardised numbers."""
    targets = desired_outputs(batch.y, config.outputs)
    if config.label_smoothing:
        targets = smooth_labels(targets, config.label_smoothing)
    if config.preprocessing is None:
        return batch.x, targets
    inputs = scale_inputs(batch.x, config.preprocessing)
    if config.augmentation:
        inputs = config.augmentation(jax.random.fold_in(key, AUGMENTATION_STREAM), inputs)
    return inputs, targets


def add_penalties(config: StepConfig, gradients: Any, params: Any, hyper: Hyperparameters) -> Any:
    """dC0/dw + lambda/n w + lambda/n sign(w) of every weight; biases have no penalty (theory D1)."""
    l2_over_n = 0.0 if config.decoupled_weight_decay else hyper.l2_over_n

    def penalised(gradient: Array, w: Array) -> Array:
        return gradient + l2_gradient(w, l2_over_n) + l1_gradient(w, hyper.l1_over_n)

    return map_weights(penalised, gradients, params)


def apply_gradients(
    config: StepConfig, state: TrainState, gradients: Any, i: Array | int, hyper: Hyperparameters
) -> TrainState:
    """Step i of the optimizer: w <- w - eta dC/dw, or its own rule."""
    updates, optimizer_state = config.optimizer.update(
        gradients,
        state.optimizer_state,
        state.params,
        learning_rate=hyper.learning_rates[i],
        share=hyper.shares[i],
        l2_over_n=hyper.l2_over_n,
    )
    params = optax.apply_updates(state.params, scale_learning_rates(updates))
    return state._replace(params=params, optimizer_state=optimizer_state)


@partial(jax.jit, static_argnums=0)
def run_steps(
    config: StepConfig, state: TrainState, batches: Batch, start: int, stop: int, hyper: Hyperparameters
) -> TrainState:
    """Steps `start` to `stop` of an epoch, each on the next `config.size` examples (or characters) of `batches`."""
    axis = 1 if config.is_sequence else 0

    def step(i: Array, state: TrainState) -> TrainState:
        batch = jax.tree.map(lambda part: lax.dynamic_slice_in_dim(part, i * config.size, config.size, axis), batches)
        return train_step(config, state, batch, i, hyper)

    return lax.fori_loop(start, stop, step, state)


@partial(jax.jit, static_argnums=0)
def train_last_batch(config: StepConfig, state: TrainState, batch: Batch, i: int, hyper: Hyperparameters) -> TrainState:
    """The last step of an epoch on a smaller batch, which needs a program of its own."""
    return train_step(config, state, batch, i, hyper)


@partial(jax.jit, static_argnums=0)
def run_full_batch_step(
    method: SecondOrderMethod, state: TrainState, parts: Parts, hyper: Hyperparameters
) -> TrainState:
    """One step of a second-order method, on all examples; running averages take in one part after the other."""
    C, params, method_state = method.step(state.params, state.optimizer_state, parts, hyper.l2_over_n, hyper.key)
    chain = method.objective.chain

    def update_averages(layer_state: Any, part: tuple[Array, Array]) -> tuple[Any, None]:
        number, x = part
        inputs = scale_inputs(x, method.objective.preprocessing)
        _, cache = chain.forward(params, inputs, jax.random.fold_in(hyper.key, number))
        return chain.update_state(layer_state, cache), None

    layer_state = state.state
    if jax.tree.leaves(layer_state):
        layer_state, _ = lax.scan(update_averages, layer_state, (jnp.arange(len(parts.x)), parts.x))
    return TrainState(params, layer_state, method_state, state.costs.at[0].set(C))
