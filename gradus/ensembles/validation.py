"""Validation of an ensemble in training: every example by the member that does not learn from it."""

from dataclasses import replace
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import Array

from gradus.data import Dataset, Examples, Preprocessing
from gradus.ensembles.folds import Folds
from gradus.equations import Cost
from gradus.layers import Chain
from gradus.models import (
    MAX_BATCH,
    ClassificationEvaluation,
    Evaluation,
    desired_outputs,
    regression_evaluation,
    scale_inputs,
)
from gradus.network import Network

__all__ = ["evaluate_members"]


def evaluate_members(network: Network, data: Dataset, folds: Folds, monitor: str | None) -> Evaluation:
    """The evaluation over all examples, and each member's score on its own.

    Args:
        network: the ensemble.
        data: its training examples are those of the folds.
        monitor: what the members' scores are, "cost" or "accuracy"; None for the default.
    """
    rows = folds.held_out
    C, a = outputs_of_members(network, data, rows)
    is_example = rows >= 0
    k, column = np.nonzero(is_example)
    examples = Examples(*(part[rows[k, column]] for part in data.training))
    member_costs = np.array([costs[mask].mean() for costs, mask in zip(C, is_example, strict=True)])
    cost = float(C[is_example].mean())
    if data.target_scaling:
        errors = regression_evaluation(cost, data.target_scaling.restore(a[k, column]), examples.y)
        return replace(errors, member_scores=tuple((-member_costs).tolist()))
    is_correct = a[k, column].argmax(axis=-1) == examples.y
    accuracies = np.bincount(k, weights=is_correct) / np.bincount(k)
    scores = -member_costs if monitor == "cost" else accuracies
    return ClassificationEvaluation(cost, float(is_correct.mean()), member_scores=tuple(scores.tolist()))


def outputs_of_members(network: Network, data: Dataset, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """C (members, size) and a^L (members, size, outputs) of each member for its rows (members, size) of examples."""
    x, y = data.training.x, data.scaled_targets(data.training.y)
    at_once, parts = max(1, MAX_BATCH // len(rows)), []
    for start in range(0, rows.shape[1], at_once):
        some = rows[:, start : start + at_once]
        arguments = (data.preprocessing, network.params, network.state, x[some], y[some])
        parts.append(jax.device_get(evaluate_rows(network.chain, network.cost, *arguments)))
    costs, outputs = (np.concatenate(column, axis=1) for column in zip(*parts, strict=True))
    return costs, outputs


@partial(jax.jit, static_argnums=(0, 1, 2))
def evaluate_rows(
    chain: Chain, cost: Cost, preprocessing: Preprocessing, params: Any, state: Any, x: Array, y: Array
) -> tuple[Array, Array]:
    """C and a^L of every example, for x (members, size, ...) and y (members, size, ...)."""

    def of_member(params: Any, state: Any, x: Array, y: Array) -> tuple[Array, Array]:
        z = chain.infer(params, state, scale_inputs(x, preprocessing))
        C, _ = cost.per_example(z, desired_outputs(y, z.shape[-1]))
        return C, cost.output(z)

    return jax.vmap(of_member)(params, state, x, y)
