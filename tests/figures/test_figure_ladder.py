"""The ladder: better networks are better, what is trained is kept, and a vote is counted rightly (theory E7)."""

from pathlib import Path

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.data import Dataset, Examples, Preprocessing
from gradus.figures import ladder, ladder_training
from gradus.figures.ladder_training import Rung

SMALL = (
    Rung("full", "dense10 dense10", 97.80, "sigmoid", learning_rate=0.3, epochs=2, seeds=1),
    Rung("one", "conv8-5x5 maxpool2 dense20 dense10", 98.78, learning_rate=0.05, epochs=4, seeds=1),
    Rung("dropout", "conv8-5x5 maxpool2 dense60 dropout0.8 dense10", 99.60, learning_rate=0.05, epochs=5, seeds=3),
)


def test_each_rung_is_higher_and_the_vote_highest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    measurement = ladder.measure(SmallSources(), rungs=SMALL)
    assert measurement.claim_holds
    assert measurement.sentences == ("shows", "differs")  # so small a ladder is below the book's, and says so
    assert measurement.table["rung"] == ["full", "one", "dropout", "vote"]
    assert measurement.table["seeds"] == [1, 1, 3, 3]
    check_figure("ladder", measurement)

    def train_again(*_: object) -> None:
        raise AssertionError("it was trained already")

    monkeypatch.setattr(ladder_training, "train", train_again)
    again = ladder.measure(SmallSources(), rungs=SMALL)
    assert again.numbers == measurement.numbers


def test_another_setting_is_another_result() -> None:
    rung = SMALL[0]
    keys = {
        ladder_training.cache_key(*arguments)
        for arguments in [(rung, 0, 100), (rung, 1, 100), (rung, 0, 200), (SMALL[1], 0, 100)]
    }
    assert len(keys) == 4


def test_the_vote_by_hand() -> None:
    # image 1: all agree; image 2: two against one; image 3: all differ, so the first network decides;
    # image 4 of five would be level two and two: the first of the networks that are level decides
    assert ladder.vote(["173", "174", "185"]).tolist() == [1, 7, 3]
    assert ladder.vote(["3", "7", "7", "9", "9"]).tolist() == [7]


def test_the_quick_ladder_has_fewer_images_and_all_of_the_test() -> None:
    many = Examples(
        np.zeros((ladder_training.QUICK + 500, 28, 28, 1), np.uint8), np.arange(ladder_training.QUICK + 500) % 10
    )
    data = Dataset("mnist", many, many, many, SmallSources().mnist.classes, Preprocessing(255))
    few = ladder_training.select_data(data, quick=True)
    assert (len(few.training.x), len(few.validation.x)) == (ladder_training.QUICK, ladder_training.QUICK_VALIDATION)
    assert len(few.test.x) == len(many.x)
