"""Four activations in one network, each at its own learning rate (theory A6)."""

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import activations

CURVES = {"sigmoid": [10, 20, 60, 80, 90], "tanh": [10, 85, 91, 91, 91], "relu": [10, 90, 91, 92, 90.5],
          "gelu": [10, 88, 90, 91, 90.8]}  # fmt: skip
MS = {"sigmoid": 20.0, "tanh": 21.0, "relu": 15.0, "gelu": 25.0}


def test_the_picture_and_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """With accuracies made up: searching four learning rates would take too long for a test."""
    curves = {name: np.array(curve) for name, curve in CURVES.items()}
    monkeypatch.setattr(activations, "best_eta", lambda start, *_, **__: {"sigmoid": 2.2}.get(start.args[-1], 0.1))
    monkeypatch.setattr(activations, "accuracies", lambda data, epochs, etas, name, seed: curves[name] + seed - 1)
    monkeypatch.setattr(activations, "epoch_seconds", lambda data, etas: {name: MS[name] / 1000 for name in etas})
    measurement = activations.measure(SmallSources(), examples=50)
    numbers = measurement.numbers
    assert measurement.claim_holds
    assert measurement.sentences == ("shows", "same")
    assert [numbers[f"{name}_eta"] for name in activations.ACTIVATIONS] == ["2.2", "0.1", "0.1", "0.1"]
    assert [numbers[f"{name}_needed"] for name in activations.ACTIVATIONS] == [4, 2, 1, 2]
    assert [numbers[f"{name}_time"] for name in activations.ACTIVATIONS] == pytest.approx([0.08, 0.042, 0.015, 0.05])
    assert numbers["spread"] == pytest.approx(1)
    check_figure("activations", measurement)
    curves["gelu"] = np.array([10, 20, 60, 80, 93])
    slower = activations.measure(SmallSources(), examples=50)
    assert slower.sentences == ("shows", "different")
    assert not slower.claim_holds


def test_training_and_its_time() -> None:
    data = SmallSources().mnist.with_examples(100)
    before, *_, last = activations.accuracies(data, 8, {"relu": 0.1}, "relu", seed=0)
    assert before < 25 < 40 < last
    seconds = activations.epoch_seconds(data, {"relu": 0.1})
    assert 0 < seconds["relu"] < 5


def test_each_activation_has_the_weights_that_suit_it() -> None:
    data = SmallSources().mnist.with_examples(10)
    deviation = {name: float(activations.start(data, name, 0).params[1].w.std()) for name in activations.ACTIVATIONS}
    for name, variance in {"sigmoid": 1 / 784, "tanh": 1 / 784, "relu": 2 / 784, "gelu": 2 / 784}.items():
        assert deviation[name] == pytest.approx(variance**0.5, rel=0.02)


def test_the_epochs_to_a_goal() -> None:
    curves = {"early": np.array([10.0, 90.0, 80.0, 95.0]), "late": np.array([10.0, 20.0, 80.0, 90.0])}
    assert activations.epochs_to(90.0, curves) == {"early": 1, "late": 3}
    assert activations.epochs_to(92.0, curves) == {"early": 3, "late": np.inf}
