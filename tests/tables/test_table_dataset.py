"""Which columns are used, what is predicted, how the rows are split, and what is said about it."""

import re
from pathlib import Path

import numpy as np
import pytest

import gradus
from gradus.errors import DataError, SettingError
from gradus.tables import load_rows, load_table

N = 200
RANDOM = np.random.default_rng(0)
COLUMNS = {
    "id": list(range(1, N + 1)),
    "x": RANDOM.normal(size=N).round(3).tolist(),
    "size": RANDOM.integers(0, 5, N).tolist(),
    "name": [f"person {number}" for number in range(N)],
    "always": ["same"] * N,
    "nothing": [None] * N,
    "city": RANDOM.choice(["Ulm", "Bonn", "Kiel"], N).tolist(),
    "answer": RANDOM.choice(["yes", "no"], N).tolist(),
}


def names(data: gradus.Dataset) -> list[str]:
    return [column.name for column in data.encoder.columns]


def test_columns_that_cannot_help_are_left_out_and_named():
    data = gradus.from_frame(COLUMNS)
    assert names(data) == ["x", "size", "city"]
    assert data.notes[2] == (
        "5 inputs from 2 numbers (scaled by median and quartiles); 1 category (one-hot); left out: id (row numbers), "
        "name (text or identifiers), always (constant), nothing (empty)"
    )


def test_a_unique_column_of_fractions_or_of_numbers_that_do_not_count_up_is_used():
    columns = {"a": RANDOM.permutation(N).tolist(), "b": RANDOM.normal(size=N).tolist(), "y": COLUMNS["answer"]}
    assert names(gradus.from_frame(columns)) == ["a", "b"]


def test_the_user_decides_which_columns_are_used():
    data = gradus.from_frame(COLUMNS, drop=["x", "size"], keep=["id", "name"])
    assert names(data) == ["id", "name", "city"]


def test_the_last_column_is_the_target_and_others_are_named():
    data = gradus.from_frame(COLUMNS)
    assert data.classes == ("no", "yes")
    assert data.notes[0] == (
        "table: a table of 200 rows and 8 columns; predicts 'answer': 2 classes (no, yes); the last column, or give "
        "--target: city, nothing, always, name, size ..."
    )
    assert gradus.from_frame(COLUMNS, drop=["answer"]).classes == ("Bonn", "Kiel", "Ulm")


def test_rows_are_split_with_every_classs_share():
    data = gradus.from_frame(COLUMNS)
    assert [len(part.x) for part in (data.training, data.validation, data.test)] == [140, 30, 30]
    assert data.notes[1] == (
        "split at random: 140 for training, 30 for validation, 30 for test, with every class's share in each"
    )
    whole = gradus.from_frame(COLUMNS, test=False)
    assert [len(part.x) for part in (whole.training, whole.validation, whole.test)] == [170, 30, 0]


def test_all_is_fitted_to_the_training_rows_alone():
    data = gradus.from_frame(COLUMNS, "x", keep=["id"])
    x = data.training.x[:, data.encoder.names.index("id")]
    assert np.median(x) == pytest.approx(0, abs=1e-6)
    t = data.target_scaling.standardize(data.training.y)
    assert t.mean() == pytest.approx(0, abs=1e-9)
    assert t.std() == pytest.approx(1)


@pytest.mark.parametrize(
    ("values", "is_class"),
    [
        (["a", "b"] * 50, True),
        ([True, False] * 50, True),
        ([0, 1] * 50, True),
        (list(range(10)) * 10, True),
        (list(range(11)) * 9, False),  # more than n/10
        ([*range(21)] * 20, False),  # more than 20
        ([0.5, 1.5] * 50, False),
        (["1", "2"] * 50, True),
        (["1.5", "2"] * 50, False),
    ],
)
def test_classes_and_numbers_are_told_apart(values: list[object], is_class: bool):
    data = gradus.from_frame({"x": RANDOM.normal(size=len(values)), "y": values})
    assert bool(data.classes) == is_class
    assert bool(data.targets) != is_class


def test_the_task_can_be_given():
    columns = {"x": COLUMNS["x"], "y": COLUMNS["size"]}
    assert gradus.from_frame(columns).classes == ("0", "1", "2", "3", "4")
    numbers = gradus.from_frame(columns, task="regression")
    assert numbers.targets == ("y",)
    assert numbers.training.y.shape == (140, 1)


def test_classes_that_are_numbers_are_in_their_order():
    assert gradus.from_frame({"x": COLUMNS["x"], "y": [2, 10, 9, 1] * 50}).classes == ("1", "2", "9", "10")


def test_several_numbers_are_predicted_at_once():
    data = gradus.from_frame(COLUMNS | {"z": COLUMNS["x"][::-1]}, ["x", "z"])
    assert data.targets == ("x", "z")
    assert data.training.y.shape == (140, 2)


def test_rows_without_a_target_are_left_out_and_counted():
    data = gradus.from_frame(COLUMNS | {"answer": [None] * 20 + COLUMNS["answer"][20:]})
    assert sum(len(part.x) for part in (data.training, data.validation, data.test)) == 180
    assert "which 20 rows lack and are left out" in data.notes[0]


def test_a_column_that_gives_the_answer_away_is_named():
    data = gradus.from_frame({"code": [{"yes": 7, "no": 3}[word] for word in COLUMNS["answer"]]} | COLUMNS)
    assert data.notes[3:] == (
        "careful: 'code' alone tells 'answer'; if it is not known beforehand, leave it out with --drop 'code'",
    )
    assert "code" in names(data)
    x = np.array(COLUMNS["x"])
    numbers = gradus.from_frame({"double": 2 * x, "x": x}, "x")
    assert numbers.notes[3].startswith("careful: 'double' alone tells 'x'")


@pytest.mark.parametrize(
    ("columns", "options", "error", "message"),
    [
        (COLUMNS, {"target": "anser"}, SettingError, "--target 'anser': table has no such column; its columns are"),
        (COLUMNS, {"drop": ["nix"]}, SettingError, "--drop 'nix': table has no such column"),
        (COLUMNS, {"task": "guess"}, SettingError, "--task 'guess': expected classification or regression"),
        (COLUMNS, {"target": "always"}, DataError, "the target 'always' has one value, 'same', in every row"),
        (COLUMNS, {"target": "nothing"}, DataError, "the target 'nothing' is missing in every row"),
        (COLUMNS, {"target": "name"}, DataError, "the target 'name' has 200 values in 200 rows, too many for classes"),
        (COLUMNS, {"target": ["x", "answer"]}, SettingError, "several targets must be numbers"),
        (COLUMNS, {"target": "answer", "task": "regression"}, DataError, "expected a number"),
        ({"y": [1, 2] * 20}, {}, SettingError, "table: there is no column to learn from"),
        ({"a": ["k"] * 40, "y": [1, 2] * 20}, {}, SettingError, "to learn from: a (constant); keep one with --keep"),
        ({"a": [1.5] * 40, "d": ["2024-01-01", "2024-01-02"] * 20}, {}, SettingError, "holds dates; derive a number"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_learned_from(
    columns: dict[str, list[object]], options: dict[str, object], error: type[Exception], message: str
):
    with pytest.raises(error) as refusal:
        gradus.from_frame(columns, **options)
    assert message in str(refusal.value)


def write(path: Path, columns: dict[str, list[object]]) -> Path:
    rows = zip(*columns.values(), strict=True)
    text = "\n".join(",".join("" if value is None else str(value) for value in row) for row in rows)
    path.write_text(",".join(columns) + "\n" + text + "\n")
    return path


def test_a_file_gives_what_a_frame_gives(tmp_path: Path):
    data = load_table(write(tmp_path / "people.csv", COLUMNS), "answer", None, "x, size")
    frame = gradus.from_frame(COLUMNS, "answer", drop=["x", "size"])
    assert data.encoder == frame.encoder
    np.testing.assert_array_equal(data.training.x, frame.training.x)
    assert data.name == "people"


def test_classes_that_are_numbers_are_known_however_they_are_written(tmp_path: Path):
    columns = {"x": COLUMNS["x"], "y": ["1.0", "2.0"] * 100}
    data = load_table(write(tmp_path / "a.csv", columns))
    assert data.classes == ("1", "2")
    assert load_rows(write(tmp_path / "b.csv", columns | {"y": [2, 1] * 100}), data.encoder, data.classes).y[0] == 1


def test_rows_of_another_file_are_examples(tmp_path: Path):
    data = gradus.from_frame(COLUMNS)
    rows = {name: values[:50] for name, values in COLUMNS.items()} | {"answer": [None, *COLUMNS["answer"][1:50]]}
    examples = load_rows(write(tmp_path / "more.csv", rows), data.encoder, data.classes)
    assert examples.x.shape == (49, 5)
    assert examples.y.tolist() == [data.classes.index(word) for word in COLUMNS["answer"][1:50]]
    with pytest.raises(DataError, match="has the class 'maybe', which the model does not know; its classes are no"):
        load_rows(write(tmp_path / "odd.csv", rows | {"answer": ["maybe"] * 50}), data.encoder, data.classes)
    del rows["answer"]
    with pytest.raises(SettingError, match="--target 'answer'"):
        load_rows(write(tmp_path / "none.csv", rows), data.encoder, data.classes)


def test_rare_classes_are_in_training_alone_which_is_said():
    frame = {"x": np.arange(40) % 7 + 0.5, "kind": ["a"] * 19 + ["b"] * 18 + ["c"] * 2 + ["d"]}
    data = gradus.from_frame(frame)
    assert data.notes[1].endswith("share in each but of 2 classes with fewer than 3 examples, which training alone has")
    assert set(data.test.y) == set(data.validation.y) == {0, 1}


LARGE = [[1e39 * (k % 7) for k in range(60)], [1e300 if k == 3 else k / 7 for k in range(60)],
         [1e308 * (-1) ** k for k in range(60)]]  # fmt: skip


@pytest.mark.parametrize("values", LARGE)
def test_numbers_beyond_32_bits_are_inputs_but_no_targets(values: list[float]):
    columns = {"x": values, "a": [k / 3 + k % 5 for k in range(60)], "y": ["yes" if k % 3 else "no" for k in range(60)]}
    data = gradus.from_frame(columns)
    assert names(data) == ["x", "a"]
    assert np.isfinite(data.training.x).all()
    with pytest.raises(DataError, match=r"the target 'x' is '\S+' in row \d; expected numbers up to 1e\+30; corr"):
        gradus.from_frame(columns, "x", task="regression")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "x,"}, "--target 'x,': has a comma too many; expected COLUMN or COLUMN,COLUMN"),
        ({"target": ",x"}, "--target ',x': has a comma too many; expected COLUMN or COLUMN,COLUMN"),
        ({"target": ""}, "--target '': has no name; expected COLUMN or COLUMN,COLUMN"),
        ({"drop": "city,,x"}, "--drop 'city,,x': has a comma too many; expected COLUMN or COLUMN,COLUMN"),
        ({"keep": " "}, "--keep ' ': has no name; expected COLUMN or COLUMN,COLUMN"),
        ({"target": "x,x"}, "--target 'x': is given twice; name each column once"),
        ({"target": "x", "drop": "x"}, "--drop 'x': is the target, too; leave it out of one of them"),
        ({"drop": "city", "keep": "city"}, "--keep 'city': is dropped, too; leave it out of one of them"),
    ],
)
def test_lists_of_columns_that_contradict_themselves_are_refused(options, message, tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("x,city,y\n" + "".join(f"{k / 7:.2f},{'ab'[k % 2]},{k * k}\n" for k in range(40)))
    with pytest.raises(SettingError, match=re.escape(message)):
        load_table(path, **options)


def only_in(row: int, value: object, otherwise: object = None, count: int = 30) -> list[object]:
    return [value if k == row else otherwise for k in range(count)]


@pytest.mark.parametrize("value", [1.5, "Ulm", "2024-12-31"])
def test_a_column_that_only_held_out_rows_know_is_left_out_and_named(value: object):
    columns = {"a": RANDOM.normal(size=30).tolist(), "y": ["yes", "no"] * 15}
    used = []
    for row in range(12):
        data = gradus.from_frame({"x": only_in(row, value)} | columns, "y")
        used.append("x" in names(data))
        assert used[-1] or "left out: x (empty or constant in the rows to learn from)" in data.notes[2]
    assert False in used


def test_a_table_whose_training_rows_know_nothing_is_refused():
    refused = 0
    for row in range(12):
        try:
            gradus.from_frame({"x": only_in(row, "Ulm"), "y": ["yes", "no"] * 15}, "y")
        except DataError as error:
            refused += 1
            assert "every column is empty or the same in all rows to learn from; add rows" in str(error)
    assert refused


def test_whether_the_day_comes_first_is_found_from_all_rows():
    days = RANDOM.integers(1, 12, 30)
    for row in range(12):
        dates = [f"{day:02}/{day % 7 + 1:02}/2024" for day in days]
        dates[row] = "31/12/2024"
        data = gradus.from_frame({"x": dates, "y": ["yes", "no"] * 15}, "y")
        assert data.encoder.columns[0].form == "%d/%m/%Y"


def test_a_number_too_large_for_64_bits_is_no_target():
    columns = {"a": RANDOM.normal(size=30).tolist(), "y": only_in(3, "1e400", "2.5")}
    with pytest.raises(DataError, match=r"the target 'y' is '1e400' in row 4; expected numbers up to 1e\+30; correct"):
        gradus.from_frame(columns, "y", task="regression")
    assert gradus.from_frame(columns, "y", task="classification").classes == ("1e400", "2.5")
