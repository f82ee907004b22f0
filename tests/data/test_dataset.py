"""Data sets: how they are split, and which arrays are refused with which words."""

import re
import shutil
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest

import gradus.data
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
        ([[1.0], [2.0]], [0.5, np.nan], "example 1 holds NaN or infinity"),
        ([[1.0], [2.0]], ["a", "b"], "labels are <U1"),
        ([[1.0], [2.0]], [[0], [1]], r"labels are int64 of shape \(2, 1\)"),
        ([[1.0], [2.0]], [0, -1], "label -1 is outside the 1 classes"),
        ([["a"], ["b"]], [0, 1], "inputs are of type <U1, expected numbers"),
        ([[1.0], [2.0, 3.0]], [0, 1], "arrays data: inputs are not all of one shape; give the same number"),
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
    with pytest.raises(DataError, match=r"arrays data: two classes are named 'yes'; give each a name of its own"):
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
    message = "unknown data set 'digitz' (did you mean digits?); choose one of " + ", ".join(DATASETS)
    with pytest.raises(SettingError, match=re.escape(message)):
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


def test_sample_weights_are_cut_with_their_examples():
    data = from_arrays(np.zeros((100, 1)), np.arange(100) % 2, sample_weights=np.arange(100.0))
    np.testing.assert_array_equal(data.with_examples(10).sample_weights, data.sample_weights[:10])


def test_inputs_may_be_divided_by_a_number_of_numpys():
    data = from_arrays(np.full((9, 1), 7, np.uint8), np.zeros(9, int), divide_by=np.uint8(7))
    assert type(data.preprocessing.divide_by) is int


def test_digits_are_those_of_scikit_learn_and_split_as_it_splits():
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    x, y = digits.images[..., None].astype(np.uint8), digits.target
    x, x_test, y, y_test = train_test_split(x, y, test_size=0.25, stratify=y, random_state=0)
    x, x_validation, y, y_validation = train_test_split(x, y, test_size=0.1, stratify=y, random_state=0)
    data = load("digits")
    expected = [Examples(x, y), Examples(x_validation, y_validation), Examples(x_test, y_test)]
    for part, examples in zip((data.training, data.validation, data.test), expected, strict=True):
        np.testing.assert_array_equal(part.x, examples.x)
        np.testing.assert_array_equal(part.y, examples.y)


def test_digits_are_read_without_importing_scikit_learn_or_jax():
    program = "import sys, gradus.data; gradus.data.load('digits'); print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {"sklearn", "scipy", "jax"}.isdisjoint(result.stdout.split())


def test_digits_say_where_they_come_from_if_scikit_learn_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("gradus.data.digits.find_spec", lambda name: None)
    with pytest.raises(DataError, match="not installed; get it with: pip install scikit-learn"):
        load("digits")
    spec = ModuleSpec("sklearn", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr("gradus.data.digits.find_spec", lambda name: spec)
    with pytest.raises(DataError, match=r"digits\.csv\.gz: cannot be read \(No such file"):
        load("digits")


def test_a_data_set_takes_one_file(tmp_path: Path):
    """A copy of the room with one more file in it lists, loads and suggests the new data set."""
    room = Path(gradus.data.__file__).parent
    package = tmp_path / "gradus"
    shutil.copytree(room.parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "data" / "xor.py").write_text(
        "import numpy as np\n"
        "from gradus.data import DATASETS, from_arrays\n"
        "@DATASETS.register('xor')\n"
        "def load_xor(data_dir=None):\n"
        "    return from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], name='xor')\n"
    )
    program = "import gradus.data as data; print(data.DATASETS.names(), data.load('xor').name)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert result.stdout.strip() == "digits, mnist, xor xor"
