"""Dropout slows down memorising, and helps with other images (theory D2)."""

import pytest
from small import WrongLabels, check_figure

from gradus.figures import dropout


@pytest.mark.slow
def test_dropout_makes_memorising_harder_and_raises_the_test_accuracy() -> None:
    measurement = dropout.measure(WrongLabels(), examples=200, epochs=60, seeds=2)
    plain, dropped = measurement.plot_data["plain"], measurement.plot_data["dropped"]
    assert measurement.claim_holds
    assert measurement.numbers["gain"] > 1
    assert dropped[:, 1, -10:].mean(axis=1).min() > plain[:, 1, -10:].mean(axis=1).max()
    assert dropped[:, 0, -10:].mean() < plain[:, 0, -10:].mean()
    check_figure("dropout", measurement)
