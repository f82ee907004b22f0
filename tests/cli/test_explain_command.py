"""gradus explain as a teacher uses it: in a terminal, in files of each format, and as an exercise with its solution."""

import re
import shlex
from pathlib import Path

import pytest
from shell import gradus, invoke

from gradus.worksheets import FORMATS

DOCUMENT = Path(__file__).parents[2] / "docs" / "explain.md"
CONVOLUTION = ("--layers", "conv1-2x2 maxpool2 dense2", "--input-shape", "3x3x1")


def test_it_shows_every_number_of_a_step(tmp_path: Path):
    result = gradus("explain", folder=tmp_path, COLUMNS="100")
    assert (result.returncode, result.stderr) == (0, "")
    for line in (
        "Layer 1 (dense2): z = w a + b",
        "z¹_1 = w¹_11 a⁰_1 + w¹_12 a⁰_2 + b¹_1 = (-1.1) · 0.8 + (-0.9) · 0.1 + 0.8 = -0.1700",
        "Output: BP1: δ = (a - y) ⊙ f'(z)",
        "δ²_1 = (a²_1 - y_1) · f'(z²_1) = (0.7990 - 1) · 0.1606 = -0.0323",
        "b²_2 ← b²_2 - η · ∂C/∂b²_2 = (-0.3) - 0.5 · 0.1311 = -0.3656",
        "With the new parameters the cost is 0.1439; before the step it was 0.1585.",
    ):
        assert line in result.stdout


def test_it_fits_a_narrow_terminal(tmp_path: Path):
    wide, narrow = (invoke("explain", folder=tmp_path, COLUMNS=columns).stdout for columns in ("200", "60"))
    assert max(map(len, narrow.splitlines())) <= 60
    assert wide.split() == narrow.split()


@pytest.mark.parametrize("format", FORMATS)
def test_the_name_of_the_file_decides_on_the_format(format: str, tmp_path: Path):
    path = tmp_path / f"step{FORMATS[format].suffix}"
    result = invoke("explain", *CONVOLUTION, "--out", path, folder=tmp_path)
    assert (result.returncode, result.stdout) == (0, f"saved {path}\n")
    printed = invoke("explain", *CONVOLUTION, "--format", format, folder=tmp_path, COLUMNS="100").stdout
    assert path.read_text(encoding="utf-8") == printed
    start = {"text": "One", "markdown": "# One", "latex": "\\documentclass", "html": "<!DOCTYPE html>"}[format]
    assert printed.startswith(start)


def test_a_page_in_html_needs_nothing_from_elsewhere(tmp_path: Path):
    page = invoke("explain", "--format", "html", folder=tmp_path).stdout
    assert not re.search(r"https?:|\bsrc=|\bhref=|url\(|<script|@import", page)


def test_an_exercise_and_its_solution_are_two_files(tmp_path: Path):
    result = invoke("explain", *CONVOLUTION, "--exercise", "--out", "sheet.txt", "--seed", "8", folder=tmp_path)
    assert (result.returncode, result.stdout) == (0, "saved sheet.txt  sheet-solution.txt\n")
    exercise, solution = ((tmp_path / name).read_text() for name in ("sheet.txt", "sheet-solution.txt"))
    assert "Fill in the blanks" in exercise
    assert "____" in exercise
    assert "____" not in solution
    assert solution == invoke("explain", *CONVOLUTION, "--seed", "8", folder=tmp_path, COLUMNS="100").stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sheet-solution.txt", "sheet.txt"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--exercise"], "--exercise writes two files, the exercise and its solution; name the first with --out"),
        (["--format", "pdf"], "unknown format 'pdf'; choose one of text, markdown, latex, html"),
        (["--input-shape", "4by4"], "input shape 4by4: expected 4x4x1 for images"),
        (["--input-shape", "3x0"], "input shape 3x0: expected 4x4x1 for images"),
        (["--input-shape", "3"], "layers 2-2-2: the inputs are 2 numbers, so leave the input shape out"),
        (["--layers", "conv1-2x2 dense2", "--input-shape", "9x9x1"], "inputs of 9x9x1: a worked step has from 1 to 8"),
        (["--layers", "dense3 maxpol2"], "layers, word 2 (maxpol2): there is no such layer; did you mean maxpool2?"),
    ],
)
def test_a_wrong_option_gets_one_line(arguments: list[str], message: str, tmp_path: Path):
    result = invoke("explain", *arguments, "--seed", "1", folder=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_missing_is_named(tmp_path: Path):
    result = invoke("explain", "--out", "missing/step.txt", folder=tmp_path)
    assert result.returncode == 3
    assert "missing" in result.stderr


def test_the_excerpts_of_the_document_are_verbatim(tmp_path: Path):
    text = DOCUMENT.read_text(encoding="utf-8")
    commands = [line for line in re.findall(r"^gradus (explain.*)$", text, re.MULTILINE) if "--out" not in line]
    pages = [invoke(*shlex.split(command), folder=tmp_path, COLUMNS="100").stdout for command in commands]
    excerpts = [part for block in re.findall(r"```text\n(.*?)```", text, re.DOTALL) for part in block.split("\n\n")]
    assert len(commands) == 3
    assert len(excerpts) >= 10
    for excerpt in excerpts:
        assert any(excerpt.strip("\n") in page for page in pages), excerpt
