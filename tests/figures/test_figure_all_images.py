"""With a penalty, training and test accuracy lie closer together, and the latter higher (theory D1)."""

import numpy as np
import pytest
from small import SmallSources, WrongLabels, check_figure

from gradus.figures import all_images


@pytest.mark.slow
def test_the_penalty_narrows_the_gap_and_raises_the_test_accuracy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(all_images, "BOOK_CURVES", {0.0: "overfitting_full", 2.0: "regularized_full"})
    measurement = all_images.measure(WrongLabels(), epochs=40, seeds=2)
    runs, book = measurement.plot_data
    assert book == {}
    assert measurement.sentences == ("shows", "no_curve")
    test, training = runs[0.0][:, 1, -10:].mean(), runs[0.0][:, 3, -10:].mean()
    assert measurement.numbers["plain_gap"] == pytest.approx(training - test)
    assert measurement.numbers["decayed_gap"] < measurement.numbers["plain_gap"]
    assert measurement.numbers["decayed_test"] > measurement.numbers["plain_test"]
    assert measurement.claim_holds
    check_figure("all-images", measurement)


class WithCurves(SmallSources):
    """Curves as the book has them, all at 95% of the training and the test images."""

    def curve(self, name: str) -> list[list[float]]:
        examples = len(self.mnist.training.x)
        return [[1.0] * 20, [9500] * 20, [1.0] * 20, [0.95 * examples] * 20]


def test_the_distance_from_the_book_is_the_largest_of_training_and_test() -> None:
    measurement = all_images.measure(WithCurves(), epochs=12, seeds=1)
    ends = np.array([by_seed[0, [1, 3], -10:].mean(axis=1) for by_seed in measurement.plot_data[0].values()])
    assert measurement.numbers["gap"] == pytest.approx(np.abs(ends - 95).max())
    assert measurement.sentences[1] == ("agrees" if measurement.numbers["gap"] <= 1 else "differs")
    check_figure("all-images", measurement)
