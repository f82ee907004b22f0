"""Dropout slows down learning by heart, and helps with other images (theory D2)."""

from small import WrongLabels, looked_at

from gradus.figures import dropout


def test_dropout_makes_learning_by_heart_harder_and_gets_more_test_images_right() -> None:
    measured = dropout.measure(WrongLabels(), examples=200, epochs=60, seeds=2)
    plain, dropped = measured.drawn["plain"], measured.drawn["dropped"]
    assert measured.claim
    assert measured.numbers["gain"] > 1
    assert dropped[:, 1, -10:].mean(axis=1).min() > plain[:, 1, -10:].mean(axis=1).max()
    assert dropped[:, 0, -10:].mean() < plain[:, 0, -10:].mean()
    looked_at("dropout", measured)
