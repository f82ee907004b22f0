"""Data sets: how they are split, and which arrays are refused with which words."""

import numpy as np
import pytest

from gradus.data import DATASETS, Dataset, Examples, Preprocessing, from_arrays, load
from gradus.errors import DataError, SettingError


def test_arrays_are_shuffled_and_split_without_losing_an_example():
    x = np.arange(200.0).reshape(100, 2)
    data = from_arrays(x, np.arange(100) % 4, divide_by=2.0)
    parts = [data.training, data.validation, data.test]
    assert [len(part.x) for part in parts] == [70, 15, 15]
    seen = np.concatenate([part.x for part in parts])
    assert sorted(map(tuple, seen)) == sorted(map(tuple, x))
    assert not np.array_equal(seen, x)
    assert all((part.x[:, 0] / 2 % 4 == part.y).all() for part in parts)  # labels go with their inputs
    assert (data.classes, data.in_shape, data.preprocessing) == (("0", "1", "2", "3"), (2,), Preprocessing(2.0))


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([[1.0], [2.0]], [0, 1, 1], "2 inputs but 3 labels"),
        (np.zeros((0, 3)), np.zeros(0, int), "there are no examples"),
        ([[1.0], [np.nan]], [0, 1], "example 1 holds NaN or infinity"),
        ([[np.inf], [1.0]], [0, 1], "example 0 holds NaN or infinity"),
        ([[1.0], [2.0]], [0.5, 1.0], "labels are float64"),
        ([[1.0], [2.0]], [0, -1], "label -1 is outside the 1 classes"),
        ([["a"], ["b"]], [0, 1], "inputs are of type <U1, expected numbers"),
        ([[1.0], [2.0, 3.0]], [0, 1], "arrays data: inputs are not all of one shape"),
        (5.0, [0], "arrays data: inputs are a single value"),
        ([[1.0], [2.0]], 1, "arrays data: labels are a single value"),
        ([[1.0], [2.0]], [0, 10**12], "label 1000000000000 among 2 examples"),
    ],
)
def test_arrays_that_cannot_be_used_are_refused(x, y, message: str):
    with pytest.raises(DataError, match=message):
        from_arrays(x, y)


def test_a_label_outside_the_named_classes_is_refused():
    with pytest.raises(DataError, match=r"arrays data: label 2 is outside the 2 classes 0 to 1"):
        from_arrays([[1.0], [2.0]], [0, 2], classes=["no", "yes"])


def test_two_classes_of_one_name_are_refused():
    with pytest.raises(DataError, match=r"arrays data: there are two classes named 'yes'"):
        from_arrays([[1.0], [2.0]], [0, 1], classes=["yes", "yes"])


def test_validation_and_test_may_be_empty_but_training_may_not():
    some, none = Examples(np.zeros((3, 2)), np.zeros(3, int)), Examples(np.zeros((0, 2)), np.zeros(0, int))
    Dataset("a", some, none, none, ("one",))
    with pytest.raises(DataError, match="training data: there are no examples"):
        Dataset("a", none, some, some, ("one",))


@pytest.mark.parametrize("divide_by", [0, -1, float("nan"), float("inf")])
def test_inputs_are_divided_by_a_positive_number(divide_by: float):
    with pytest.raises(SettingError, match="divide_by"):
        Preprocessing(divide_by)


def test_an_unknown_name_lists_what_there_is():
    with pytest.raises(SettingError, match=r"there is no data set 'digitz'; choose " + ", ".join(DATASETS)):
        load("digitz")


def test_digits_hold_out_a_quarter_and_every_class_alike():
    data = load("digits")
    sizes = [len(part.x) for part in (data.training, data.validation, data.test)]
    assert sum(sizes) == 1797
    assert sizes[2] == 450
    for part in (data.training, data.validation, data.test):
        counts = np.bincount(part.y, minlength=10) / len(part.y)
        assert (np.abs(counts - 0.1) < 0.02).all()
    assert (data.in_shape, data.training.x.dtype, data.training.x.max()) == ((8, 8, 1), np.uint8, 16)
    assert np.array_equal(load("digits").test.x, data.test.x)


def test_the_first_examples_only():
    data = load("digits")
    few = data.with_examples(100)
    assert len(few.training.x) == len(few.training.y) == 100
    assert few.validation is data.validation
    np.testing.assert_array_equal(few.training.x, data.training.x[:100])
    for n in (0, len(data.training.x) + 1):
        with pytest.raises(SettingError, match=f"examples {n}: expected 1 to"):
            data.with_examples(n)
