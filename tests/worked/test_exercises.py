"""A teacher's worksheets: blanks for every result, other numbers for every seed, and lines that fit."""

import re

import pytest
from networks import NETWORKS, step_of

from gradus.errors import SettingError
from gradus.notation import parse_sizes
from gradus.worked import worked_step
from gradus.worksheets import FORMATS, write_page

BLANK, NUMBER = "____", r"-?\d+(\.\d+)?"


@pytest.mark.parametrize("network", NETWORKS)
def test_an_exercise_is_the_solution_with_blanks_for_all_results(network: str):
    page = step_of(network).page
    exercise, solution = (equations(write_page(page, "text", blank, 10_000)) for blank in (True, False))
    assert len(exercise) == len(solution)
    for blank, line, row in zip(exercise, solution, page.equations(), strict=True):
        assert blank.endswith(BLANK)
        if row.is_choice:  # where an error goes depends on the results, so no term is shown
            assert blank.count(BLANK) == 1
            assert "·" not in blank
        else:
            shape = re.escape(blank).replace(f"\\({BLANK}\\)", BLANK).replace(BLANK, rf"\(?{NUMBER}\)?")
            assert re.fullmatch(shape, line), f"{blank!r} is no exercise for {line!r}"


def equations(text: str) -> list[str]:
    return re.findall(r"^  \S+ (?:=|←) .*$", text.partition("\nForward\n")[2], re.MULTILINE)


@pytest.mark.parametrize("format", FORMATS)
def test_an_exercise_tells_no_result_in_any_format(format: str):
    """The numbers with four decimals are the results."""
    page = step_of("lstm2 last dense2").page
    exercise, solution = (write_page(page, format, blank) for blank in (True, False))
    assert re.findall(r"\d\.\d{4}(?!\d)", solution)
    assert not re.findall(r"\d\.\d{4}(?!\d)", exercise)


@pytest.mark.parametrize("network", NETWORKS)
def test_numbers_to_start_from_are_short(network: str):
    """One decimal; and a line of layers has no weight of 0, which would hide its term."""
    step = step_of(network)
    for update in step.updates:
        assert update.old.exact == round(update.old.exact, 1)
        assert parse_sizes(network) or update.old.exact != 0
    given = step.page.sections[0]
    assert all(number.exact == round(number.exact, 1) for grid in given.blocks for number in grid.values.flat)


def test_each_seed_is_another_exercise():
    pages = [worked_step("conv1-2x2 maxpool2 dense2", seed=seed).page for seed in (1, 2)]
    exercises = [write_page(page, "text", True).partition("\nGiven\n")[2] for page in pages]
    assert exercises[0] != exercises[1]
    assert (
        exercises[0]
        == write_page(worked_step("conv1-2x2 maxpool2 dense2", seed=1).page, "text", True).partition("\nGiven\n")[2]
    )


@pytest.mark.parametrize("network", NETWORKS)
def test_lines_of_text_fit(network: str):
    """Only what has no place to break, such as a matrix, may be longer."""
    for is_exercise in (True, False):
        for line in write_page(step_of(network).page, "text", is_exercise, 60).splitlines():
            assert len(line) <= 60 or not re.search(r"\S [+-] ", line), line


@pytest.mark.parametrize(
    ("line", "options", "message"),
    [
        ("2-9-2", {}, "dense9 gives 9 numbers; a worked step has at most 8 along each axis"),
        ("conv1-3x3 dense2", {"in_shape": (28, 28, 1)}, "inputs of 28x28x1: a worked step has from 1 to 8"),
        ("lstm8 lstm8", {}, "a worked step has at most 300"),
        ("dense3 dense2", {"in_shape": ()}, "input shape (): expected one axis for vectors"),
        ("maxpool5 dense2", {}, "layer 1 (maxpool5)"),
        ("0-2", {}, "the number of inputs 0: expected a whole number of at least 1"),
        ("2-2", {"seed": 1.5}, "seed 1.5: expected a whole number"),
        ("2-2", {"in_shape": (3,)}, "leave the input shape out"),
        ("2-2", {"cost": "nothing"}, "unknown cost 'nothing'"),
        ("2-2", {"learning_rate": 0.0}, "learning rate 0.0"),
        ("dense2 fly", {}, "layers, word 2 (fly): there is no such layer"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_limit(line: str, options: dict, message: str):
    with pytest.raises(SettingError) as refusal:
        worked_step(line, **options)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_layer_without_a_worked_step_is_refused_by_name():
    from gradus.explanations import Draft, Scope, explain_layer
    from gradus.layers import Layer

    class Mirror(Layer):
        def __str__(self) -> str:
            return "mirror"

    with pytest.raises(SettingError, match=r"layer 1 \(mirror\): there is no worked step of such a layer"):
        explain_layer(Mirror(), Scope(Draft(), "1", "", None), (), None)
