"""Every remedy for unstable gradients helps, by itself (theory G2)."""

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import remedies
from gradus.figures.gradients import inputs_and_targets
from gradus.runs import layer_statistics
from gradus.training import build_network


@pytest.mark.slow
def test_deep_networks_learn_with_a_remedy_and_without_it_do_not() -> None:
    data = SmallSources().mnist.with_examples(1000)
    found = {
        name: remedies.start_and_end(data, 12, name, seed=0)
        for name in ("sigmoid", "weights", "residual", "large", "clipped")
    }
    assert found["sigmoid"][0] < 0.01
    assert found["sigmoid"][-1] < 20
    for name in ("weights", "residual"):
        assert found[name][0] > 0.1
        assert found[name][-1] > 80
    assert np.isnan(found["large"][-1])  # diverged
    assert found["clipped"][:2] == found["large"][:2]
    assert found["clipped"][-1] > 50


def test_the_picture_and_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """With results made up: training all networks would take too long for a test."""
    made_up = dict.fromkeys(remedies.SETTINGS, (0.5, 3.0, 2.0, 90.0)) | {
        "clipped": (0.5, 300.0, 2.0, 85.0),
        "large": (0.5, 300.0, np.nan, np.nan),
        "sigmoid": (0.001, 3.0, 0.01, 10.0),
        "rnn": (0.01, 3.0, 1e-9, 10.0),
    }
    monkeypatch.setattr(remedies, "start_and_end", lambda data, epochs, name, seed: made_up[name])
    measurement = remedies.measure(SmallSources(), examples=100)
    assert measurement.claim_holds
    assert measurement.numbers["diverged"] == 3
    assert measurement.numbers["rnn_ratio_after"] == "1e-09"
    assert measurement.numbers["after_low"] == measurement.numbers["after_high"] == 2.0
    check_figure("remedies", measurement)


def test_the_claim_falls_with_a_remedy_that_does_not_help() -> None:
    ratio = dict.fromkeys(remedies.VANISHING, 1.0) | {"sigmoid": 0.001}
    accuracy = dict.fromkeys(remedies.REMEDIES, 90.0) | {"sigmoid": 10.0, "large": np.nan, "rnn": 20.0}
    assert remedies.all_help(ratio, accuracy)
    assert not remedies.all_help(ratio | {"residual": 0.001}, accuracy)
    for name in remedies.REMEDIES:
        assert not remedies.all_help(ratio, accuracy | {name: 10.0})
        assert not remedies.all_help(ratio, accuracy | {name: np.nan})
    for name in ("sigmoid", "large", "rnn"):
        assert not remedies.all_help(ratio, accuracy | {name: 90.0})


def test_rows_of_an_image_are_a_sequence_from_the_top() -> None:
    data = SmallSources().mnist.with_examples(20)
    rows = remedies.rows_as_steps(data)
    assert rows.in_shape == (28, 28)
    assert (rows.training.x[3, 5] == data.training.x[3, 5, :, 0]).all()


@pytest.mark.slow
def test_the_gradients_are_those_of_the_layer_records() -> None:
    data = SmallSources().mnist.with_examples(50)
    network = build_network(data, "dense5 sigmoid residual(dense5 sigmoid) dense5 batchnorm sigmoid dense10")
    records = layer_statistics(network, network, *inputs_and_targets(data))
    first, _, last, _ = [one.gradient_norm for one in records if one.name.endswith("dense")]
    assert remedies.gradient_sizes(network, data)[0] == pytest.approx(first / last, rel=1e-4)
