"""Matched pairs have delta = a - y, and sigmoid with the quadratic cost has not (theory B4)."""

from functools import partial

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import matched_pairs
from gradus.network import trace


@pytest.mark.parametrize("name", matched_pairs.PAIRS)
def test_delta_of_the_outputs_by_hand(name: str) -> None:
    data = SmallSources().mnist.with_examples(200)
    error, delta = matched_pairs.output_errors(matched_pairs.start(data, "gaussian", name, 0), data)
    assert error.shape == (200 * 10,)
    assert delta == pytest.approx(error**2 * (1 - error) if name == "mismatch" else error, abs=1e-5)


def test_all_pairs_have_the_same_weights() -> None:
    data = SmallSources().mnist.with_examples(10)
    first, *others = (matched_pairs.start(data, "gaussian", name, 3) for name in matched_pairs.RUNS)
    assert all((one.params[1].w == first.params[1].w).all() for one in others)


def test_steps_longer_than_the_largest_stable_ones_grow() -> None:
    data = SmallSources().mnist.with_examples(100)
    network = matched_pairs.start(data, "gaussian", "linear", 0)
    limit = matched_pairs.largest_stable_eta(network, data)
    x, y = matched_pairs.probe(data)
    last = trace(network.chain, network.cost, network.params, x, y).layers[-1]
    a, targets = np.column_stack([np.asarray(last.x, float), np.ones(100)]), np.asarray(y, float)
    costs = {}
    for factor in (0.99, 1.01):
        w = np.zeros((a.shape[1], 10))
        for _ in range(2000):
            w -= factor * limit * a.T @ (a @ w - targets) / len(a)  # of 1/(2n) sum ||y - a w||^2
        costs[factor] = ((a @ w - targets) ** 2).sum() / (2 * len(a))
    assert costs[0.99] < 0.5 < 1e3 < costs[1.01]


@pytest.mark.slow
def test_the_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    """With given learning rates: searching them would take too long for a test."""
    monkeypatch.setattr(matched_pairs, "best_eta", lambda start, *_, **__: rate(start))
    measurement = matched_pairs.measure(SmallSources(), examples=300, epochs=3, seeds=2)
    numbers, table = measurement.numbers, measurement.table
    assert measurement.claim_holds
    assert numbers["gaussian_wrong"] > 5 > numbers["scaled_wrong"]
    assert numbers["delta_wrong"] < 0.05 < 0.14 < numbers["delta_half"] < 4 / 27
    assert numbers["gaussian_same_eta_eta"] == numbers["gaussian_cross_entropy_eta"] == "0.5"
    assert all(table[f"{weights}_mismatch_cost_seed1"][0] == 1 for weights in matched_pairs.WEIGHTS)
    check_figure("matched-pairs", measurement)


def rate(start: partial) -> float:
    """The learning rate of a setting, whose name is the last argument of `start`."""
    return {"linear": 0.05, "mismatch": 3.0}.get(start.args[-1], 0.5)


def test_the_sentences_follow_from_the_accuracies() -> None:
    numbers = {
        "gaussian_linear_last": 90.0, "gaussian_mismatch_last": 90.5,
        "scaled_mismatch_last": 92.0, "scaled_cross_entropy_last": 92.5,
    }  # fmt: skip
    assert matched_pairs.outcomes(numbers) == ("linear_keeps_up", "close")
    assert matched_pairs.outcomes(numbers | {"gaussian_linear_last": 80.0}) == ("linear_behind", "close")
    assert matched_pairs.outcomes(numbers | {"scaled_mismatch_last": 91.0}) == ("linear_keeps_up", "apart")


def test_the_claim_falls_if_the_mismatch_begins_as_fast() -> None:
    error = np.linspace(0, 1, 11)
    errors = {("gaussian", name): (error, error) for name in matched_pairs.PAIRS}
    errors["gaussian", "mismatch"] = (error, error**2 * (1 - error))
    curves = np.array([[[1.0, 0.5], [10.0, 80.0]]])
    runs = {("gaussian", name): curves for name in matched_pairs.PAIRS} | {("gaussian", "mismatch"): curves - 1}
    deltas = {"delta_wrong": 0.01, "delta_half": 0.1}
    assert matched_pairs.bears_out(runs, errors, deltas)
    assert not matched_pairs.bears_out(runs | {("gaussian", "mismatch"): curves}, errors, deltas)
    assert not matched_pairs.bears_out(runs, errors, {"delta_wrong": 0.1, "delta_half": 0.01})
    assert not matched_pairs.bears_out(runs, errors | {("gaussian", "mismatch"): (error, error)}, deltas)
    assert not matched_pairs.bears_out(runs, errors | {("gaussian", "linear"): (error, error / 2)}, deltas)
