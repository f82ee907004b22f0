"""Larger initial weights help up to a point, and less in deeper networks (theory G2)."""

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import larger_weights
from gradus.figures.larger_weights import Setting


def test_the_calculated_factors_are_those_of_the_theory() -> None:
    assert [larger_weights.predicted_factor(k) for k in (1, 2, 4, 8, 16)] == pytest.approx(
        [0.24, 0.41, 0.63, 0.89, 1.25], abs=0.005
    )


@pytest.mark.slow
def test_the_factor_per_layer_is_the_calculated_one() -> None:
    probe = SmallSources().mnist.with_examples(larger_weights.PROBE)
    for k in (1, 8):
        measured = np.mean([larger_weights.factor_per_layer(probe, k, seed) for seed in range(2)])
        assert measured == pytest.approx(larger_weights.predicted_factor(k), rel=0.2)


def test_larger_weights_help_a_network_of_six_layers() -> None:
    data = SmallSources().mnist.with_examples(1000)
    usual, larger = (larger_weights.accuracy(data, 12, (Setting("sigmoid", 6, k), 0.1), 0) for k in (1, 4))
    assert usual < 20
    assert larger > 80


def test_the_picture_and_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """With accuracies made up: training all networks would take too long for a test."""

    def accuracy(data: object, epochs: int, trial: tuple[Setting, float], seed: int) -> float:
        (activation, depth, factor), eta = trial
        is_best = activation == "relu" or factor == 8
        return (1000 - 10 * depth) * eta + seed if is_best else 10.0

    monkeypatch.setattr(larger_weights, "accuracy", accuracy)
    measurement = larger_weights.measure(SmallSources(), examples=500, seeds=2)
    assert measurement.claim_holds
    assert measurement.numbers["best"] == "8, 8, 8"
    assert measurement.numbers["usual"] == measurement.numbers["large_ends"] == "10%, 10%, 10%"
    assert measurement.numbers["best_ends"] == measurement.numbers["relu_ends"] == "94%, 88%, 76%"
    check_figure("larger-weights", measurement)


def test_the_claim_falls_with_each_of_its_parts() -> None:
    mean = dict.fromkeys(larger_weights.SIGMOID, 10.0)
    best = {Setting("sigmoid", depth, 8): 100.0 - 2 * depth for depth in larger_weights.DEPTHS}
    assert larger_weights.helps_then_harms(mean | best)
    assert not larger_weights.helps_then_harms(mean)
    for depth in larger_weights.DEPTHS:
        assert not larger_weights.helps_then_harms(mean | best | {Setting("sigmoid", depth, 8): 20.0})
        assert not larger_weights.helps_then_harms(mean | best | {Setting("sigmoid", depth, 32): 99.0})
    assert not larger_weights.helps_then_harms(mean | best | {Setting("sigmoid", 24, 8): 95.0})
