"""Whatever a library raises, in whatever command: one line on standard error and an exit code, and no traceback."""

import builtins
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from PIL import Image
from shell import COMMAND, invoke

from gradus.cli import gradus

COMMANDS = gradus.list_commands(click.Context(gradus))


class PanicError(BaseException):
    """As libraries written in Rust raise it: no Exception."""


class XlaError(RuntimeError):
    """As JAX raises all of its errors."""


def raise_in_command(name: str, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first import of the command raise the error."""
    original, module = builtins.__import__, f"gradus.cli.commands.{name}"

    def broken_import(*arguments: Any, **options: Any) -> Any:
        caller = sys._getframe(1)
        if caller.f_globals.get("__name__") == module and caller.f_code.co_name != "<module>":
            raise error
        return original(*arguments, **options)

    monkeypatch.setattr(builtins, "__import__", broken_import)


def arguments_of(name: str) -> list[str]:
    """The fewest arguments that the command takes."""
    command = gradus.get_command(click.Context(gradus), name)
    return [name] + ["x"] * sum(isinstance(parameter, click.Argument) for parameter in command.params)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        (TypeError("unhashable type: 'list'"), "TypeError: unhashable type: 'list'; this is a defect of Gradus", 1),
        (EOFError(), "EOFError; this is a defect of Gradus", 1),
        (RecursionError("maximum depth"), "RecursionError: maximum depth; this is a defect", 1),
        (PanicError("index out of bounds"), "PanicError: index out of bounds; this is a defect", 1),
        (ValueError("a\n\tb \x1b[2J\x07"), "ValueError: a b \\x1b[2J\\x07; this is a defect", 1),
        (KeyError("x" * 9999), f"KeyError: '{'x' * 299}...; this is a defect", 1),
        (MemoryError(), "out of memory; try a smaller network, batch or number of examples\n", 2),
        (MemoryError("Unable to allocate 7 GiB"), "out of memory: Unable to allocate 7 GiB; try a smaller", 2),
        (
            XlaError("RESOURCE_EXHAUSTED: Out of memory allocating 7 bytes."),
            "out of memory: RESOURCE_EXHAUSTED: Out",
            2,
        ),
        (XlaError("Unable to initialize backend 'cuda'"), "Unable to initialize backend 'cuda'\n", 2),
        (ImportError("No module named 'jax'"), "the installation is incomplete: No module named 'jax'; install", 2),
        (OSError(28, "No space left on device"), "the disk is full; make room", 3),
        (KeyboardInterrupt(), "interrupted\n", 130),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_any_exception_in_any_command_is_one_line_and_an_exit_code(
    name: str, error: BaseException, message: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raise_in_command(name, error, monkeypatch)
    result = invoke(*arguments_of(name), folder=tmp_path)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (code, "", 1)
    assert result.stderr.startswith("gradus: ")
    assert message in result.stderr
    if code == 1:
        request = f"please report it, with the output of: gradus --debug {' '.join(arguments_of(name))}\n"
        assert result.stderr.endswith(request)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_debug_shows_the_traceback_of_any_command(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raise_in_command(name, ValueError("broken"), monkeypatch)
    result = invoke("--debug", *arguments_of(name), folder=tmp_path)
    first, *_, raised, last = result.stderr.splitlines()
    assert (result.returncode, first, raised) == (1, "Traceback (most recent call last):", "ValueError: broken")
    assert last == "gradus: ValueError: broken; this is a defect of Gradus: please report it, with the lines above"


# Calls of libraries, by the command that makes them: each is made to raise in turn.
LIBRARY_CALLS = {
    "augment mine.png": ["jax.jit", "PIL.Image.Image.resize", "PIL.ImageFont.load_default"],
    "evaluate first digits": ["safetensors.numpy.load", "numpy.bincount"],
    "explain": ["jax.random.key", "shutil.get_terminal_size"],
    "figure sigmoid": ["matplotlib.figure.Figure.savefig", "csv.writer", "rich.console.Console.print"],
    "figures": ["click.echo"],
    "predict first mine.png": ["safetensors.numpy.load", "numpy.stack"],
    "report first": ["safetensors.numpy.load", "jinja2.Environment.from_string"],
    "sample first": ["safetensors.numpy.load"],
    "search digits": ["tomli_w.dumps", "optuna.study.Study.get_trials"],
    "train digits --epochs 1": ["tomli_w.dumps", "safetensors.numpy.save", "csv.DictWriter"],
}


def test_the_calls_of_libraries_cover_every_command() -> None:
    assert [line.split()[0] for line in LIBRARY_CALLS] == COMMANDS


@pytest.mark.slow
@pytest.mark.parametrize(("line", "call"), [(line, call) for line, calls in LIBRARY_CALLS.items() for call in calls])
def test_a_library_that_raises_is_one_line(line: str, call: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("L", (40, 40), 255).save(home / "mine.png")
    said = click.echo

    def raise_once(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr("click.echo", said)
        raise AssertionError("never reached")

    monkeypatch.setattr(call, raise_once)
    result = invoke(*line.split(), folder=home)
    assert (result.returncode, result.stderr) == (
        1, "gradus: AssertionError: never reached; this is a defect of Gradus: please report it, with the output of: "
        f"gradus --debug {line}\n",
    )  # fmt: skip


WARNS = """
import logging, sys, warnings
from gradus.cli import commands, main
from gradus.cli.commands import figures

def list_figures(language):
    warnings.warn("a library warns")
    logging.getLogger("library").warning("a library logs")

figures.list_figures = list_figures
main()
"""


@pytest.mark.parametrize(
    ("arguments", "variable", "warned", "code"),
    [([], "", False, 0), (["--debug"], "", True, 0), ([], "default", True, 0), ([], "error", True, 1)],
)
def test_warnings_of_libraries_are_for_debug(
    arguments: list[str], variable: str, warned: bool, code: int, tmp_path: Path
) -> None:
    result = subprocess.run([sys.executable, "-c", WARNS, *arguments, "figures"], cwd=tmp_path, text=True, check=False,
                            env=os.environ | {"PYTHONWARNINGS": variable}, capture_output=True)  # fmt: skip
    assert ("a library warns" in result.stderr, result.returncode) == (warned, code)
    assert ("a library logs" in result.stderr) == bool(arguments)


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_is_no_error(closed: str, tmp_path: Path) -> None:
    result = subprocess.run(f"{shlex.join(COMMAND)} figures {closed}", shell=True, cwd=tmp_path, text=True,
                            capture_output=True, check=False)  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
