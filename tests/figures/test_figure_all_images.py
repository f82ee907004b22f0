"""With a penalty, training and test accuracy lie closer together, and the latter higher (theory D1)."""

import numpy as np
import pytest
from small import SmallSources, WrongLabels, looked_at

from gradus.figures import all_images


def test_the_penalty_narrows_the_gap_and_raises_the_test_accuracy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(all_images, "LAMBDAS", {0.0: "overfitting_full", 2.0: "regularized_full"})
    measured = all_images.measure(WrongLabels(), epochs=60, seeds=2)
    runs, book = measured.drawn
    assert book == {}
    assert measured.says == ("shows", "no_curve")
    test, training = runs[0.0][:, 1, -10:].mean(), runs[0.0][:, 3, -10:].mean()
    assert measured.numbers["plain_gap"] == pytest.approx(training - test)
    assert measured.numbers["decayed_gap"] < measured.numbers["plain_gap"]
    assert measured.numbers["decayed_test"] > measured.numbers["plain_test"]
    assert measured.claim
    looked_at("all-images", measured)


class WithCurves(SmallSources):
    """Curves as the book has them, all at 95% of the training and the test images."""

    def curve(self, name: str) -> list[list[float]]:
        examples = len(self.mnist.training.x)
        return [[1.0] * 20, [9500] * 20, [1.0] * 20, [0.95 * examples] * 20]


def test_the_distance_from_the_book_is_the_largest_of_training_and_test() -> None:
    measured = all_images.measure(WithCurves(), epochs=12, seeds=1)
    ends = np.array([by_seed[0, [1, 3], -10:].mean(axis=1) for by_seed in measured.drawn[0].values()])
    assert measured.numbers["gap"] == pytest.approx(np.abs(ends - 95).max())
    assert measured.says[1] == ("agrees" if measured.numbers["gap"] <= 1 else "differs")
    looked_at("all-images", measured)
