"""Where a training diverged, and why: the last steps once more, to the first number that is not finite (theory D1, G2).

It runs when a cost is no longer finite, never in a training that goes well.
"""

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np
from jax.tree_util import keystr

from gradus.equations import l2
from gradus.errors import DivergedError
from gradus.layers import Chain, Layer, is_weight
from gradus.network import Network, Trace
from gradus.training.position import TrainingPosition, mean_cost
from gradus.training.step import Hyperparameters, TrainState
from gradus.training.trainer import Trainer

__all__ = ["diverged", "is_finite", "validation_diverged"]

PENALTY = "the penalty lambda/(2n) sum w^2"


def is_finite(tree: Any) -> bool:
    """True if all numbers in a tree of arrays are finite; without a program to compile."""
    return all(bool(np.isfinite(np.asarray(leaf)).all()) for leaf in jax.tree.leaves(tree))


def diverged(
    trainer: Trainer,
    position: TrainingPosition,
    after: TrainState,
    stop: int,
    batches: Any,
    hyper: Hyperparameters,
    previous: Network,
) -> DivergedError:
    """The error that names the first number that is not finite, and the setting to change.

    Args:
        position: before the steps, with parameters that are finite.
        after: the state after them, with parameters or costs that are not.
        stop: the first step that was not taken.
        batches, hyper: of the epoch.
        previous: the network at the start of the epoch.
    """
    state, step, after = last_finite_state(trainer, position, after, stop, batches, hyper)
    cost, chain = float(np.mean(after.costs[..., step])), trainer.network.chain
    updated = (f"{found} after the update" for found in parameters_not_finite("", after.params, chain))
    cause = next(numbers_not_finite(trainer, state, batches, step, hyper), None)
    found = cause or next(updated, f"the cost: {cost}")
    text = (
        f"training diverged in epoch {position.epoch} at step {step + 1}; the first number that is not finite is "
        f"{found}; {remedy(trainer, found, hyper, step)}"
    )
    cost = mean_cost(position._replace(step=step, state=after), trainer.sizes)
    return DivergedError(text, position.epoch, step + 1, previous, cost)


def last_finite_state(
    trainer: Trainer, position: TrainingPosition, after: TrainState, stop: int, batches: Any, hyper: Hyperparameters
) -> tuple[TrainState, int, TrainState]:
    """The last state with finite parameters and costs, its step, and the state after that; found by bisection.

    The arguments are those of `diverged`. The steps are repeated, so that no state is kept for the case.
    """
    start, state = position.step, position.state
    while stop - start > 1:
        middle = (start + stop) // 2
        reached = trainer.run_steps(state, batches, start, middle, hyper)
        if is_finite((reached.params, reached.costs[..., start:middle])):
            start, state = middle, reached
        else:
            stop, after = middle, reached
    return state, start, after


def validation_diverged(trainer: Trainer, position: TrainingPosition, cost: float, previous: Network) -> DivergedError:
    """The error for an epoch with finite parameters whose cost on the validation data is not finite.

    Args:
        position: at the end of the epoch.
        previous: the network at its start.
    """
    found = next(outputs_not_finite(trainer, position.state), f"the cost: {cost}")
    text = (
        f"the cost on the validation data became {cost} after epoch {position.epoch}; the first number that is not "
        f"finite is {found}; {remedy(trainer, found, trainer.hyperparameters(position), trainer.steps - 1)}"
    )
    return DivergedError(text, position.epoch, trainer.steps, previous, mean_cost(position, trainer.sizes))


def outputs_not_finite(trainer: Trainer, state: TrainState) -> Iterator[str]:
    """The outputs of layers that are not finite for some validation inputs."""
    for network in trainer.single_networks(state):
        layers = [*zip(network.chain.layers, network.params, network.state, strict=True)]
        for x in trainer.validation_inputs():
            for number, (layer, params, layer_state) in enumerate(layers, 1):
                x = layer.infer(params, layer_state, x)
                if not is_finite(x):
                    yield output_text(number, layer, x)


def numbers_not_finite(
    trainer: Trainer, state: TrainState, batches: Any, i: int, hyper: Hyperparameters
) -> Iterator[str]:
    """What is not finite in step i, in the order of its calculation."""
    chain = trainer.network.chain
    yield from parameters_not_finite("", state.params, chain)
    for trace in trainer.traces(state, batches, i, hyper):
        yield from layers_not_finite(trace)
    weights = [leaf for path, leaf in jax.tree.leaves_with_path(state.params) if is_weight(path)]
    if hyper.l2_over_n and not is_finite([l2(w, hyper.l2_over_n) for w in weights]):
        yield PENALTY


def layers_not_finite(trace: Trace) -> Iterator[str]:
    """The outputs forwards, the cost, and the gradients backwards."""
    for number, (layer, _, _, y, *_) in enumerate(trace.layers, 1):
        if not is_finite(y):
            yield output_text(number, layer, y)
    if not is_finite(trace.C):
        yield f"the cost: {trace.C}"
    chain = Chain(tuple(one.layer for one in trace.layers))
    yield from reversed([*parameters_not_finite("dC/d", tuple(one.gradients for one in trace.layers), chain)])


def output_text(number: int, layer: Layer, y: jax.Array) -> str:
    """The output of a layer and its first number that is not finite."""
    return f"{'z' if layer.computes_z else 'the output'} of layer {number} ({layer}): {first_not_finite(y)}"


def parameters_not_finite(prefix: str, params: tuple[Any, ...], chain: Chain) -> Iterator[str]:
    """The parameters, or with a prefix their gradients, that are not finite, from the first layer on."""
    for number, (layer, tree) in enumerate(zip(chain.layers, params, strict=True), 1):
        for path, leaf in jax.tree.leaves_with_path(tree):
            if not is_finite(leaf):
                name = keystr(path[-1:], simple=True)
                yield f"{prefix}{name} of layer {number} ({layer}): {first_not_finite(leaf)}"


def first_not_finite(array: jax.Array) -> float:
    """inf, -inf or nan, whichever comes first in the array."""
    numbers = np.asarray(array).ravel()
    return float(numbers[np.argmin(np.isfinite(numbers))])


def remedy(trainer: Trainer, found: str, hyper: Hyperparameters, step: int) -> str:
    """The setting to change."""
    settings, eta = trainer.settings, float(hyper.learning_rates[step])
    decay, shift = eta * float(hyper.l2_over_n), eta * float(hyper.l1_over_n)
    if found == PENALTY or decay > 2:  # w <- (1 - eta lambda/n) w lets every weight grow
        return f"try an l2 below {settings.l2 / max(1, decay):.2g}"
    if shift > 1:  # w <- w - eta lambda/n sign(w) leaves no weight smaller than this
        return f"try an l1 below {settings.l1 / shift:.2g}"
    if settings.second_order:
        return f"{settings.optimizer} has no learning rate; try other initial weights, or an l2 above {settings.l2:g}"
    if settings.learning_rate is None:
        return "try a smaller learning rate in the optax optimizer"
    return f"try a learning rate ten times smaller, {settings.learning_rate / 10:g}"
