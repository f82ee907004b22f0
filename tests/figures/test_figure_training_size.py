"""More examples, better accuracy, and each addition brings less (theory D3)."""

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import training_size
from gradus.figures.experiments import distance_outside


def test_accuracy_rises_with_the_size_of_the_training_set_by_less_and_less() -> None:
    measurement = training_size.measure(SmallSources(), sizes=(20, 100, 500), visits=1000, epochs=5, seeds=2)
    by_seed, book = measurement.plot_data
    assert measurement.claim_holds
    assert book == {}
    assert measurement.sentences == ("shows", "no_curve")
    assert (np.diff(by_seed, axis=1) > 0).all()
    check_figure("training-size", measurement)


def test_how_far_a_curve_is_outside_of_the_runs() -> None:
    runs = np.array([[80.0, 90.0], [82.0, 91.0]])
    assert distance_outside(np.array([81.0, 90.5]), runs) == 0
    assert distance_outside(np.array([79.5, 93.0]), runs) == pytest.approx(2)  # 93 - 91


def test_every_size_takes_the_same_training_but_for_its_images() -> None:
    data = SmallSources().mnist
    few = training_size.validation_accuracy(data, 500, 2, size=50, seed=0)
    assert few == training_size.validation_accuracy(data.with_examples(50), 500, 2, size=50, seed=0)
    assert few < training_size.validation_accuracy(data, 500, 2, size=500, seed=0)
