"""A network memorises its training images, and weight decay helps (theory D1)."""

import numpy as np
import pytest
from small import SmallSources, WrongLabels, check_figure

from gradus.figures import overfitting


@pytest.mark.slow
def test_without_a_penalty_the_test_cost_rises_and_with_one_the_accuracy_is_higher() -> None:
    measurement = overfitting.measure(WrongLabels(), examples=200, epochs=200, seeds=2)
    runs, book = measurement.plot_data
    assert measurement.claim_holds
    assert book == {}
    assert measurement.sentences == ("shows", "no_curve")
    test_cost, _, training_cost, training_accuracy = runs[0.0].mean(axis=0)
    assert training_accuracy[-1] > 99
    assert training_cost[-1] < 0.1 * training_cost[0]
    assert test_cost[-1] > 1.1 * test_cost.min()
    assert measurement.numbers["decayed"] > measurement.numbers["plain"]
    check_figure("overfitting", measurement)


def test_costs_have_the_penalty_of_the_examples_they_are_a_mean_over() -> None:
    data = SmallSources().mnist.with_examples(100)
    plain, decayed = (overfitting.overfitting_curves(data, 1, l2, 0) for l2 in (0.0, 0.1))
    # 23,820 weights of mean square 1 have a penalty of 0.1 / (2 n) * 23,820, n = 450 test images or 100 others
    assert decayed[0][0] - plain[0][0] == pytest.approx(0.1 / 900 * 23_820, rel=0.1)
    assert decayed[2][0] - plain[2][0] == pytest.approx(0.1 / 200 * 23_820, rel=0.1)


def test_the_books_counts_become_percentages() -> None:
    curves = overfitting.book_percentages([[1.0], [8223.0], [0.5], [990.0]], 1000)
    assert np.array_equal(curves, [[1.0], [82.23], [0.5], [99.0]])
