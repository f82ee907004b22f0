"""Rows as inputs of a network: numbers written out, what is unseen, what a model file may hold."""

import json
import math

import numpy as np
import polars
import pytest

from gradus.errors import DataError
from gradus.tables import TableEncoder, as_table
from gradus.tables.columns import CategoryColumn, DateColumn, NumberColumn, Scaling
from gradus.tables.dates import date_format

TRAINING = {
    "n": [1.0, 2.0, 3.0, 4.0, 100.0],
    "holes": [None, 10.0, 20.0, 30.0, 40.0],
    "yes": ["no", "yes", "yes", "no", "yes"],
    "city": ["Ulm", "Bonn", None, "Kiel", "Ulm"],
    "when": ["2024-01-01", "2024-01-02", "2024-03-31", "2023-12-24", "2024-02-29"],
}
KINDS = {"n": "number", "holes": "number", "yes": "category", "city": "category", "when": "date"}


@pytest.fixture
def encoder() -> TableEncoder:
    return TableEncoder.fit(as_table(TRAINING), KINDS, ["y"])


def clipped(u: float) -> float:
    return u / math.sqrt(1 + (u / 3) ** 2)


def test_a_number_is_scaled_by_median_and_quartiles_and_clipped_smoothly(encoder: TableEncoder):
    x = encoder.encode(TRAINING)[:, 0]
    np.testing.assert_allclose(x, [clipped((v - 3) / 2) for v in (1, 2, 3, 4, 100)], rtol=1e-6)
    assert abs(x).max() < 3


def test_a_missing_number_is_the_median_and_says_that_it_is_missing(encoder: TableEncoder):
    x = encoder.encode(TRAINING)[:, 1:3]
    np.testing.assert_allclose(x[:, 0], [0, *(clipped((v - 25) / 15) for v in (10, 20, 30, 40))], rtol=1e-6)
    assert x[:, 1].tolist() == [1, 0, 0, 0, 0]


def test_two_categories_are_minus_1_and_1_and_more_are_one_hot(encoder: TableEncoder):
    x = encoder.encode(TRAINING)
    assert x[:, 3].tolist() == [-1, 1, 1, -1, 1]
    assert x[:, 4:7].tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_a_date_is_year_month_weekday_and_day(encoder: TableEncoder):
    assert encoder.names == ("n", "holes", "holes is missing", "yes is yes", "city is Bonn", "city is Kiel",
                             "city is Ulm", "year of when", "month of when", "weekday of when",
                             "day number of when")  # fmt: skip
    weekday = encoder.columns[-1].scalings[2]
    assert weekday.median == 4  # of Monday, Tuesday, Sunday, Sunday and Thursday
    days = encoder.columns[-1].scalings[3]
    assert days.median == 19724  # the second of January 2024
    assert encoder.groups["when"] == [7, 8, 9, 10]


def test_unseen_categories_are_zeros_and_other_columns_are_passed_over(encoder: TableEncoder):
    rows = {"extra": ["?"], "when": ["2025-01-01"], "city": ["Rome"], "yes": ["perhaps"], "holes": [None], "n": [3],
            "y": [1]}  # fmt: skip
    assert encoder.encode(rows)[0, :7].tolist() == [0, 0, 1, 0, 0, 0, 0]


def test_a_category_of_numbers_is_found_however_they_are_stored():
    encoder = TableEncoder.fit(as_table({"code": ["1", "2", "x", "1"]}), {"code": "category"}, [])
    assert encoder.encode({"code": [2, 1]}).tolist() == [[0, 1, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"n": [1]}, "table: has no column 'holes', 'yes', 'city' and 1 more, which the model needs"),
        (TRAINING | {"n": ["1", "2", "3", "many", "5"]}, "table: row 4 of column 'n' is 'many'; expected a number"),
        (TRAINING | {"when": ["soon"] * 5}, "table: row 1 of column 'when' is 'soon'; expected a date like 2024-12-31"),
    ],
)
def test_rows_that_do_not_fit_are_refused(encoder: TableEncoder, rows: dict[str, list[object]], message: str):
    with pytest.raises(DataError) as refusal:
        encoder.encode(rows)
    assert str(refusal.value) == message


def test_the_encoder_is_plain_data_and_comes_back(encoder: TableEncoder):
    content = json.loads(json.dumps(encoder.to_dict()))
    again = TableEncoder.from_dict(content)
    assert again == encoder
    np.testing.assert_array_equal(again.encode(TRAINING), encoder.encode(TRAINING))


def change(content: dict[str, object], *path: object, value: object) -> dict[str, object]:
    changed = json.loads(json.dumps(content))
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("columns",), []),
        (("columns", 0, "kind"), "pickle"),
        (("columns", 0, "name"), 3),
        (("columns", 0, "name"), "holes"),
        (("columns", 0, "scaling", "median"), math.inf),
        (("columns", 0, "scaling", "factor"), "1"),
        (("columns", 0, "scaling"), {}),
        (("columns", 0, "can_miss"), 1),
        (("columns", 0, "more"), 1),
        (("columns", 2, "levels"), []),
        (("columns", 2, "levels"), ["a", "a"]),
        (("columns", 2, "levels"), ["x" * 10_001, "y"]),
        (("columns", 2, "levels"), [str(number) for number in range(257)]),
        (("columns", 4, "form"), "%Q"),
        (("columns", 4, "scalings"), []),
        (("targets",), [1]),
    ],
)
def test_a_model_file_is_not_trusted(encoder: TableEncoder, path: tuple[object, ...], value: object):
    with pytest.raises((KeyError, TypeError, ValueError)):
        TableEncoder.from_dict(change(encoder.to_dict(), *path, value=value))


def test_extreme_numbers_stay_finite():
    scaling = Scaling.fit(np.array([1e-308, 2e-308, 1e308, -1e308]))
    assert np.isfinite(scaling.apply(np.array([1e308, -1e308, np.nan]))).all()
    assert Scaling.fit(np.array([7.0, 7.0])).factor == 0
    assert Scaling.fit(np.array([np.nan])).factor == 0
    assert Scaling.fit(np.array([0.0, 0, 0, 0, 0, 10])).factor == 1 / 5  # half of the range


def test_rare_levels_are_left_out_beyond_256():
    values = [f"{number:03}" for number in range(300) for _ in range(1 + (number >= 50))]
    column = CategoryColumn.fit(as_table({"c": values}), "c")
    assert len(column.levels) == 256
    assert column.levels[0] == "000"
    assert "299" in column.levels


def test_scikit_learn_scales_alike():
    from sklearn.preprocessing import RobustScaler

    values = np.random.default_rng(0).normal(size=101)
    scaling = Scaling.fit(values)
    u = RobustScaler().fit_transform(values[:, None])[:, 0]
    np.testing.assert_allclose(scaling.apply(values), u / np.sqrt(1 + (u / 3) ** 2), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "day"),
    [("31.12.2024", "2024-12-31"), ("12/31/2024", "2024-12-31"), ("31/12/2024", "2024-12-31"),
     ("2024-12-31T23:59:00Z", "2024-12-31"), ("2024/12/31", "2024-12-31"), ("31 Dec 2024", "2024-12-31"),
     ("2024年12月31日", "2024-12-31")],
)  # fmt: skip
def test_dates_of_many_forms_are_known(text: str, day: str):
    form = date_format(polars.Series([text]))
    assert form is not None
    column = DateColumn.fit(as_table({"d": [text, text]}), "d", form)
    assert column.scalings[3].median // 1 == (polars.Series([day]).str.to_date().dt.epoch("d"))[0]


def test_inputs_say_where_they_come_from():
    column = NumberColumn.fit(as_table({"n": [1, 2, None]}), "n")
    assert column.inputs == ("n", "n is missing")


def test_categories_of_too_many_characters_are_told_apart_by_the_first_ones():
    column = CategoryColumn.fit(as_table({"c": ["x" * 20_000, "x" * 30_000, "y"]}), "c")
    assert [len(level) for level in column.levels] == [10_000, 1]
    assert column.encode(as_table({"c": ["x" * 10_000, "y"]})).tolist() == [[-1], [1]]


def test_a_name_of_too_many_characters_is_refused():
    with pytest.raises(DataError, match="a column's name has 20,000 characters, 'xxxxxxxxxxxxxxxxxxxx' and so on; exp"):
        as_table({"x" * 20_000: [1]})
