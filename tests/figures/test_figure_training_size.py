"""More examples, better accuracy, and each addition brings less (theory D3)."""

import numpy as np
import pytest
from small import SmallSources, looked_at

from gradus.figures import training_size


def test_accuracy_rises_with_the_size_of_the_training_set_by_less_and_less() -> None:
    measured = training_size.measure(SmallSources(), sizes=(20, 100, 500), visits=1000, epochs=5, seeds=2)
    by_seed, book = measured.drawn
    assert measured.claim
    assert book is None
    assert measured.says == ("shows", "no_curve")
    assert (np.diff(by_seed, axis=1) > 0).all()
    looked_at("training-size", measured)


def test_how_far_a_curve_is_outside_of_the_runs() -> None:
    runs = np.array([[80.0, 90.0], [82.0, 91.0]])
    assert training_size.outside(np.array([81.0, 90.5]), runs) == 0
    assert training_size.outside(np.array([79.5, 93.0]), runs) == pytest.approx(2)  # 93 - 91


def test_every_size_takes_the_same_training_but_for_its_images() -> None:
    data = SmallSources().mnist
    few = training_size.accuracy(data, 500, 2, (0, 50))
    assert few == training_size.accuracy(data.with_examples(50), 500, 2, (0, 50))
    assert few < training_size.accuracy(data, 500, 2, (0, 500))
