"""The three parts of a data set: every class alike in them, and sensible where there are few examples."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from gradus.data import from_arrays
from gradus.data.split import held_out_counts, stratified_split, training_validation_test
from gradus.errors import DataError


def counts(*of_classes: int, seed: int = 0) -> list[list[int]]:
    """How many of each class are in training, validation and test, of so many examples."""
    y = np.random.default_rng(1).permutation(np.repeat(np.arange(len(of_classes)), of_classes))
    parts = training_validation_test(y, seed)
    assert sorted(np.concatenate(parts)) == list(range(len(y)))
    return [np.bincount(y[part], minlength=len(of_classes)).tolist() for part in parts]


@pytest.mark.parametrize(
    ("of_classes", "expected"),
    [
        ((900, 100), [[630, 70], [135, 15], [135, 15]]),
        # 15% of 100 are 15. 3.75 of each class are cut to 3, and the 3 that are missing go to the first of equals.
        ((25, 25, 25, 25), [[17, 17, 17, 19], [4, 4, 4, 3], [4, 4, 4, 3]]),
        # 15% of 30 are 4: of 2.7, 1.5 and 0.3 the first is cut most, so 3, 1 and 0.
        ((18, 10, 2), [[12, 8, 2], [3, 1, 0], [3, 1, 0]]),
        ((100, 3), [[70, 1], [15, 1], [15, 1]]),
        ((100, 2, 1), [[70, 2, 1], [15, 0, 0], [15, 0, 0]]),
        ((1,), [[1], [0], [0]]),
        ((3,), [[1], [1], [1]]),
        ((1, 1, 1, 1, 1, 1, 1, 1), [[1] * 8, [0] * 8, [0] * 8]),
    ],
)
def test_every_class_is_split_alike(of_classes: tuple[int, ...], expected: list[list[int]]) -> None:
    assert counts(*of_classes) == expected


def test_whatever_the_counts_a_class_of_three_is_everywhere_and_none_is_far_from_its_share() -> None:
    random = np.random.default_rng(0)
    for _ in range(300):
        of_classes = random.integers(1, 60, random.integers(1, 30))
        held_out = held_out_counts(of_classes)
        assert (of_classes - 2 * held_out >= 1).all()
        assert ((held_out >= 1) == (of_classes >= 3)).all()
        assert (np.abs(held_out - 0.15 * of_classes) < 1).all()


def test_parts_are_shuffled_and_follow_from_the_seed() -> None:
    y = np.arange(1000) % 3
    first, again, other = training_validation_test(y, 0), training_validation_test(y, 0), training_validation_test(y, 1)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[2], other[2])
    for part in first:
        assert not np.array_equal(part, np.sort(part))
        assert not np.array_equal(y[part], np.sort(y[part]))


def test_labels_of_any_whole_type_are_split_and_classes_may_be_missing() -> None:
    y = np.repeat(np.array([0, 5], np.uint64), 20)
    data = from_arrays(np.zeros((40, 2)), y, classes=list("abcdef"))
    assert [np.unique(part.y).tolist() for part in (data.training, data.validation, data.test)] == [[0, 5]] * 3


def test_sample_weights_go_with_their_examples() -> None:
    x = np.arange(100.0)[:, None]
    data = from_arrays(x, np.arange(100) % 2, sample_weights=x[:, 0])
    assert np.array_equal(data.sample_weights, data.training.x[:, 0])
    assert from_arrays(x, np.arange(100) % 2).sample_weights is None


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0] * 9, r"arrays data: sample weights are float64 of shape \(9,\), expected 10 numbers, one for each"),
        (np.ones((10, 1)), r"float64 of shape \(10, 1\), expected 10 numbers"),
        (["a"] * 10, "sample weights are <U1"),
        ([1.0] * 4 + [-0.5] + [1.0] * 5, "example 4 has sample weight -0.5, expected a number of at least 0"),
        ([1.0] * 9 + [np.nan], "example 9 has sample weight nan"),
        ([np.inf] + [1.0] * 9, "example 0 has sample weight inf"),
        ([0] * 10, "arrays data: all sample weights are 0; there is nothing to learn from"),
        (1.0, "arrays data: sample weights are a single value"),
    ],
)
def test_sample_weights_that_cannot_be_used_are_refused(weights: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        from_arrays(np.zeros((10, 1)), np.arange(10) % 2, sample_weights=weights)  # type: ignore[arg-type]


@given(st.integers(0, 2**32 - 1), st.integers(2, 7), st.integers(10, 90))
@settings(deadline=None, max_examples=60)
def test_a_stratified_split_is_scikit_learns(seed: int, classes: int, percent: int) -> None:
    """Row for row, for classes of any size, also where several round up by lot."""
    random = np.random.default_rng(seed)
    y = random.permutation(np.repeat(np.arange(classes), random.integers(2, 12, classes)))
    held_out = percent / 100
    n_held_out = math.ceil(held_out * len(y))
    assume(classes <= min(n_held_out, len(y) - n_held_out))  # scikit-learn refuses the others
    expected = train_test_split(np.arange(len(y)), test_size=held_out, stratify=y, random_state=seed)
    for ours, theirs in zip(stratified_split(y, held_out, seed), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
