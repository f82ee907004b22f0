"""Odd values for every option and argument of every command: an exit code that is documented, and one line."""

from pathlib import Path

import click
import pytest
from shell import gradus as run_gradus
from shell import invoke

from gradus.cli import gradus

ODD = ("", "nan", "inf", "-1", "1e308", "99999999999999999999", "a\nb", "\x1b[31m", "é" * 5, "../..", "0")
# Of these, what each command needs beside the option.
NEEDED = {
    "augment": ["missing.png"],
    "evaluate": ["missing", "digits"],
    "figure": ["missing"],
    "predict": ["missing", "missing.png"],
    "sample": ["missing"],
    "search": ["missing"],
    "train": ["missing"],
}
CONTEXT = click.Context(gradus)
COMMANDS = {name: gradus.get_command(CONTEXT, name) for name in gradus.list_commands(CONTEXT)}
OPTIONS = [
    (name, option.opts[-1])
    for name, command in COMMANDS.items()
    for option in command.params
    if isinstance(option, click.Option) and not option.is_flag
]


def assert_refused(arguments: list[str], folder: Path) -> None:
    result = invoke(*arguments, folder=folder)
    assert result.returncode in (2, 3), (arguments, result)
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    is_usage = lines[0].startswith("Usage: ") and lines[-1].startswith("Error: ")
    assert is_usage or (len(lines) == 1 and lines[0].startswith("gradus: ")), (arguments, result.stderr)
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_no_value_of_an_option_is_a_traceback_or_two_lines(command: str, option: str, tmp_path: Path):
    for value in ODD if command in NEEDED else ("",):
        assert_refused([command, *NEEDED.get(command, []), option, value], tmp_path)
        assert_refused([command, *NEEDED.get(command, []), f"{option}={value}"], tmp_path)


@pytest.mark.parametrize("command", NEEDED)
def test_no_argument_is_a_traceback_or_two_lines(command: str, tmp_path: Path):
    for value in ODD:
        for position in range(len(NEEDED[command])):
            arguments = list(NEEDED[command])
            arguments[position] = value
            if (command, value) == ("train", "../.."):
                continue
            assert_refused([command, "--", *arguments], tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--layers", "0-2"), ("--layers", "2-0"), ("--layers", "a\nb"), ("--input-shape", "0x4"),
        ("--input-shape", "9" * 5000), ("--learning-rate", "1e308"), ("--learning-rate", "nan"), ("--cost", "x\x1b"),
        ("--activation", "x"), ("--format", "x"), ("--seed", "1.5"),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_worked_is_refused_in_one_line(arguments: tuple[str, str], tmp_path: Path):
    assert_refused(["explain", *arguments], tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "digits", "--weights", ""), "An argument is empty, after '--weights'; leave it out."),
        (("train", "text", "--layers", " "), "layers ' ': expected words such as lstm256"),
        (("train", "digits", "--data-dir", "nowhere"), "the digits come with scikit-learn; leave it out"),
        (("evaluate", "x", "text", "--data-dir", "nowhere"), "--data-dir does not apply to a text; leave it out"),
        (("train", "digits", "--learning-rate", "1e308"), "learning rate 1e+308: too large for a number of 32 bits"),
        (("train", "digits", "--l2", "1e308"), "l2 1e+308: too large for a number of 32 bits"),
        (("predict", "", "mine.png"), "An argument is empty; leave it out."),
        (("train", "a\nb.txt"), "a\\nb.txt: there is no such file"),
        (("train", "digits", "--cost", "a\nb"), "unknown cost 'a\\nb'"),
        (("explain", "--layers", "0-2"), "the number of inputs 0: expected a whole number of at least 1"),
    ],
)
def test_what_was_accepted_in_silence_is_refused(arguments: tuple[str, ...], message: str, tmp_path: Path):
    result = invoke(*arguments, folder=tmp_path)
    assert result.returncode in (2, 3)
    assert message in result.stderr


def test_a_broken_search_is_not_called_a_run(tmp_path: Path):
    (tmp_path / "searches" / "x").mkdir(parents=True)
    result = invoke("search", "--resume", "x", folder=tmp_path)
    assert result.returncode == 3
    assert "so the search cannot be resumed; start a new search" in result.stderr


def test_the_output_survives_any_encoding(tmp_path: Path):
    result = run_gradus("figure", "sigmoid", "--language", "zh", folder=tmp_path, PYTHONIOENCODING="ascii")
    assert result.returncode == 0, result.stderr
    assert "\\u" in result.stdout
