"""A page refuses numbers that four decimals cannot tell apart, and finds a number by its name."""

import numpy as np
import pytest

from gradus.errors import SettingError
from gradus.explanations.images import max_share
from gradus.worked import worked_step
from gradus.worksheets import Call, Quantity, Symbol, Table


def number(exact: float, shown: float) -> Quantity:
    return Quantity(Symbol("a"), exact, shown, False, Symbol("a").error())


def test_a_result_that_rounding_makes_impossible_or_far_off_is_refused():
    table = Table("Layer 1", "")
    tiny = number(0.00004, 0.0)
    for expression in (Call("ln", (tiny,)), 1 / tiny, tiny / number(0.00002, 0.0001)):
        with pytest.raises(SettingError, match="Layer 1: the numbers are too extreme for four decimals; try another"):
            table.define(Symbol("z"), expression)
    assert table.rows == []


def test_a_maximum_that_the_page_does_not_show_is_refused():
    one, other, error = number(0.50001, 0.5), number(0.50003, 0.5), number(0.1, 0.1)
    with pytest.raises(SettingError, match="two pixels of a window differ by less than four decimals"):
        max_share(one, [one, other], other, error)
    same = number(0.50001, 0.5)
    assert max_share(one, [one, same], one, error) is error
    assert max_share(same, [one, same], one, error) is None


def test_ties_are_rounded_to_the_neighbour_of_the_exact_value():
    for exact, shown in ((0.816149, 0.8161), (0.816151, 0.8162)):
        result = Table("", "").define(Symbol("z"), number(exact, 0.81615) + 0)
        assert result.shown == pytest.approx(shown)


def test_a_page_gives_its_exact_numbers_by_name():
    step = worked_step("dense2 tanh dense1", seed=4)
    values = step.page.values()
    w = np.array([values[Symbol("w", "1", f"1{k}")] for k in (1, 2)])
    a = np.array([values[Symbol("a", "0", f"{k}")] for k in (1, 2)])
    z = values[Symbol("z", "1", "1")]
    assert z == pytest.approx(w @ a + values[Symbol("b", "1", "1")], rel=1e-12)
    assert values[Symbol("a", "1", "1")] == pytest.approx(np.tanh(z), rel=1e-12)
    assert values[Symbol("C")] == step.C.exact
    assert all(values[update.old.symbol] == update.old.exact for update in step.updates)
