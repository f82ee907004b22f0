"""Flips help where left and right do not matter, and harm where they do (theory D3)."""

from functools import cached_property
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small import SmallSources, check_figure

from gradus.data import Dataset, Examples, Preprocessing
from gradus.errors import DataError
from gradus.figures import Sources, flips


class WithPhotographs(SmallSources):
    """Little coloured animals of four kinds: in training most look to the left, in the test as many to the right."""

    @cached_property
    def photographs(self) -> Dataset:
        draws = np.random.default_rng(0)
        training, test = animals(draws, 100, looks_right=0.05), animals(draws, 200, looks_right=0.5)
        none = Examples(training.x[:0], training.y[:0])
        return Dataset("photographs", training, none, test, ("ant", "bee", "cat", "dog"), Preprocessing(255))


def animals(draws: np.random.Generator, n: int, looks_right: float) -> Examples:
    """Of each kind, the left half is a pattern of its own, laid over noise."""
    patterns = np.random.default_rng(1).integers(0, 120, (4, 12, 6, 3))
    y = draws.integers(0, 4, n)
    x = draws.integers(0, 136, (n, 12, 12, 3))
    x[:, :, :6] += patterns[y]
    turned = draws.random(n) < looks_right
    x[turned] = x[turned, :, ::-1]
    return Examples(x.astype(np.uint8), y)


@pytest.mark.slow
def test_flips_help_on_animals_and_harm_on_digits() -> None:
    measurement = flips.measure(WithPhotographs(), epochs=45, seeds=2)
    numbers = measurement.numbers
    assert measurement.claim_holds
    assert numbers["examples"] == 100
    assert numbers["photographs_flipped"] > numbers["photographs_plain"]
    assert numbers["digits_flipped"] < numbers["digits_plain"]
    assert measurement.sentences[:3] == ("shows", "helps", "harms")
    _, samples = measurement.plot_data
    assert samples["digits"].shape == (20, 28, 28, 1)
    assert np.array_equal(samples["photographs"][4:], samples["photographs"][:4, :, ::-1])
    check_figure("flips", measurement)


def test_swapped_digits_are_counted_among_both() -> None:
    y = np.array([2, 2, 5, 5, 7])
    assert flips.swapped(np.array([5, 2, 2, 3, 2]), y) == 50
    assert flips.swapped(np.array([1]), np.array([0])) == 0


# ---- photographs ------------------------------------------------------------------------------------------------


def save_photographs(folder: Path, shape: tuple[int, int] = (8, 6), test: bool = True) -> None:
    """Two classes with two pictures each in training, of one shade by class, and one in the test."""
    for shade, name in enumerate(("dog", "cat")):
        for part, number in (("train", 0), ("train", 1), *([("test", 0)] if test else [])):
            path = folder / "cifar10-sample" / part / name / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", shape, (100 * shade, 50, 50)).save(path)


def test_photographs_are_found_in_the_folder_of_data_or_beside_it(tmp_path: Path) -> None:
    save_photographs(tmp_path)
    (tmp_path / "mnist").mkdir()
    for folder in (tmp_path, tmp_path / "mnist"):
        data = Sources(folder).photographs
        assert data.classes == ("cat", "dog")
        assert data.training.x.shape == (4, 6, 8, 3)
        assert data.training.y.tolist() == [0, 0, 1, 1]
        assert data.test.y.tolist() == [0, 1]
        assert data.training.x[:, 0, 0, 0] == pytest.approx([100, 100, 0, 0], abs=4)


def test_photographs_come_from_the_environment_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_photographs(tmp_path)
    monkeypatch.setenv("GRADUS_DATA", str(tmp_path))
    assert len(Sources().photographs.test.x) == 2


def test_missing_photographs_are_an_error_of_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRADUS_DATA", raising=False)
    for folder in (None, tmp_path):
        with pytest.raises(DataError, match=r"^there are no photographs; put small ones into cifar10-sample/train/"):
            _ = Sources(folder).photographs


def test_a_class_without_pictures_and_pictures_of_two_shapes_are_errors(tmp_path: Path) -> None:
    save_photographs(tmp_path, test=False)
    with pytest.raises(DataError, match=r"cifar10-sample/test/cat: there are no pictures \*\.jpg in it"):
        _ = Sources(tmp_path).photographs
    Image.new("RGB", (5, 5)).save(tmp_path / "cifar10-sample" / "train" / "cat" / "2.jpg")
    with pytest.raises(DataError, match=r"train: the pictures have shapes \[\(5, 5, 3\), \(6, 8, 3\)\]"):
        _ = Sources(tmp_path).photographs
