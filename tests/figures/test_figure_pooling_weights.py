"""Pooling saves three weights in four behind it; the counts are by hand (theory E4)."""

from dataclasses import replace

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.data import Dataset
from gradus.figures import pooling_weights
from gradus.figures.pooling_weights import NETWORKS, Count, cause, first_dense
from gradus.training import build_network


def test_the_counts_by_hand() -> None:
    data = SmallSources().mnist
    counts = {name: first_dense(build_network(data, layers)) for name, layers in NETWORKS.items()}
    assert counts == {
        "plain": Count(24 * 24 * 20, 1_152_000),  # 28x28 with 5x5 gives 24x24 places of 20 maps
        "pooled": Count(12 * 12 * 20, 288_000),
        "stride": Count(12 * 12 * 20, 288_000),
        "narrow": Count(24 * 24 * 20, 288_000),  # 25 units in place of 100
    }


def test_the_picture_and_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """With accuracies made up: training all networks would take too long for a test."""
    last = {"plain": 90.0, "pooled": 91.5, "stride": 89.0, "narrow": 88.0}

    def made_up(data: Dataset, epochs: int, name: str, seed: int) -> np.ndarray:
        assert len(data.validation.x) == pooling_weights.VALIDATION == 100
        return np.array([np.linspace(80, 100, epochs), np.linspace(80, last[name] + seed / 2, epochs)])

    monkeypatch.setattr(pooling_weights, "accuracies", made_up)
    monkeypatch.setattr(pooling_weights, "VALIDATION", 100)
    measurement = pooling_weights.measure(SmallSources(), examples=50)
    numbers = measurement.numbers
    assert measurement.claim_holds
    assert measurement.sentences == ("shows", "weights_do_not_help")
    assert numbers["fewer"] == 75
    assert (numbers["plain_weights"], numbers["pooled_weights"]) == ("1,152,000", "288,000")
    # The last three of ten epochs: 80 to 90.5, the mean of the seeds, in nine steps
    assert numbers["plain_validation"] == pytest.approx(80 + 8 / 9 * 10.5)
    assert numbers["gain"] == pytest.approx(8 / 9 * 1.5)
    check_figure("pooling-weights", measurement)
    last["plain"] = 91.0  # seed 2 of it ends with 92, above seed 0 with pooling
    assert not pooling_weights.measure(SmallSources(), examples=50).claim_holds


def test_a_network_learns_its_images() -> None:
    data = SmallSources().mnist.with_examples(30)
    data = replace(data, validation=data.training)
    training, validation = pooling_weights.accuracies(data, 15, "pooled", seed=0)
    assert training.shape == (15,)
    assert list(training) == list(validation)
    assert training[-1] == 100


@pytest.mark.parametrize(
    ("pooled", "stride", "narrow", "sentence"),
    [
        (90.0, 80.0, 79.0, "weights_do_not_help"),
        (90.0, 84.0, 79.0, "weights_help"),
        (90.0, 79.0, 84.0, "weights_help"),
        (85.0, 90.0, 79.0, "weights_suffice"),
        (85.0, 79.0, 90.0, "weights_suffice"),
    ],
)
def test_the_sentence_on_networks_with_as_few_weights(
    pooled: float, stride: float, narrow: float, sentence: str
) -> None:
    last = {"plain": 80.0, "pooled": pooled, "stride": stride, "narrow": narrow}
    assert cause({name: np.array([value, value + 0.5]) for name, value in last.items()}) == sentence
