"""The ladder: better networks are better, results are kept, and votes are counted correctly (theory E7)."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.data import Dataset, Examples, Preprocessing
from gradus.figures import ladder, ladder_training
from gradus.figures.ladder_training import Rung, RungResult

SMALL = (
    Rung("full", "dense10 dense10", 97.80, "sigmoid", learning_rate=0.3, epochs=2, seeds=1),
    Rung("one", "conv8-5x5 maxpool2 dense20 dense10", 98.78, learning_rate=0.05, epochs=4, seeds=1),
    Rung("dropout", "conv8-5x5 maxpool2 dense60 dropout0.8 dense10", 99.60, learning_rate=0.05, epochs=5, seeds=3),
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.slow
def test_each_rung_is_higher_and_the_vote_highest() -> None:
    measurement = ladder.measure(SmallSources(), rungs=SMALL)
    assert measurement.claim_holds
    assert measurement.sentences == ("shows", "differs")  # so small a ladder is below the book's, and says so
    assert measurement.table["rung"] == ["full", "one", "dropout", "vote"]
    assert measurement.table["seeds"] == [1, 1, 3, 3]
    check_figure("ladder", measurement)


def test_results_are_tabulated_and_reused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With results made up, and the voters' mistakes in different images."""
    labels = SmallSources().mnist.test.y

    def train(rung: Rung, seed: int, data: Dataset) -> RungResult:
        errors = {"full": 30, "one": 20, "dropout": 5}[rung.name]
        votes = np.array(labels)
        votes[seed * errors : (seed + 1) * errors] = (votes[seed * errors : (seed + 1) * errors] + 1) % 10
        accuracy = float((votes == labels).mean())
        return RungResult(rung.name, seed, 1 + seed, 0.9, accuracy, 36.0, "".join(map(str, votes)))

    monkeypatch.setattr(ladder_training, "train", train)
    measurement = ladder.measure(SmallSources(), rungs=SMALL)
    assert measurement.claim_holds
    table = measurement.table
    assert table["rung"] == ["full", "one", "dropout", "vote"]
    assert table["seeds"] == [1, 1, 3, 3]
    assert table["test"] == pytest.approx([100 - 100 * errors / len(labels) for errors in (30, 20, 5, 0)])
    assert table["epoch"][:3] == [1, 1, 2]
    assert measurement.numbers["hours"] == pytest.approx(0.05)
    assert measurement.sentences == ("shows", "differs")  # "full" and "one" are below the book's
    assert measurement.numbers["below"] == "full, one, dropout"
    check_figure("ladder", measurement)

    def train_again(*_: object) -> None:
        raise AssertionError("it was trained already")

    monkeypatch.setattr(ladder_training, "train", train_again)
    again = ladder.measure(SmallSources(), rungs=SMALL)
    assert again.numbers == measurement.numbers


def test_a_training_keeps_the_best_epoch_and_its_votes() -> None:
    data = SmallSources().mnist
    result = ladder_training.train(replace(SMALL[0], epochs=3), 0, data)
    assert (result.rung, result.seed) == ("full", 0)
    assert result.epoch in (1, 2, 3)
    assert 0.3 < result.validation <= 1
    assert (np.array([*result.votes], int) == data.test.y).mean() == pytest.approx(result.test)


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
