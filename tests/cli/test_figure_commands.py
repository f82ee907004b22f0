"""gradus figure and gradus figures, as a person uses them."""

import csv
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from shell import Result, gradus, invoke, start

from gradus.cli.commands.figure import ladder_table
from gradus.figures import FIGURES


def test_the_list_has_a_line_for_each(tmp_path: Path) -> None:
    for run, language, title in ((gradus, "en", "Three learning rates"), (invoke, "zh", "三种学习率")):
        result = run("figures", "--language", language, folder=tmp_path)
        assert (result.returncode, result.stderr) == (0, "")
        assert [line.split()[0] for line in result.stdout.splitlines()] == list(FIGURES)
        assert title in result.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("run", "language"), [(gradus, "en"), (invoke, "zh")])
def test_a_figure_has_pictures_numbers_and_a_page(tmp_path: Path, run: Callable[..., Result], language: str) -> None:
    result = run("figure", "neuron", "--language", language, "--out", "drawn", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "0.9334" in result.stdout
    folder = tmp_path / "drawn"
    with Image.open(folder / "neuron.png") as picture:
        assert picture.size[0] > 600
    assert (folder / "neuron.svg").read_text(encoding="utf-8").startswith("<?xml")
    with (folder / "neuron.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 301
    assert float(rows[150]["hard_quadratic_output"]) == pytest.approx(0.9334, abs=5e-5)
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in page
    assert 'src="neuron.svg"' in page
    assert "0.9334" in page


@pytest.mark.slow
def test_the_same_figure_is_the_same_file(tmp_path: Path) -> None:
    for out in ("first", "second"):
        assert invoke("figure", "neuron", "--out", out, folder=tmp_path).returncode == 0
    for file in ("neuron.svg", "neuron.png", "neuron.csv"):
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes()


def test_the_page_keeps_what_was_drawn_before(tmp_path: Path) -> None:
    folder = tmp_path / "figures"
    invoke("figure", "neuron", folder=tmp_path)
    record = (folder / "neuron.json").read_text(encoding="utf-8")
    (folder / "learning-rate.json").write_text(record.replace("neuron", "learning-rate"), encoding="utf-8")
    assert invoke("figure", "neuron", folder=tmp_path).returncode == 0
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.index('src="neuron.svg"') < page.index('src="learning-rate.svg"')


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["figure", "neurone"], 2, "unknown figure 'neurone' (did you mean neuron?); choose one of concepts"),
        (["figure", "neuron", "--quick"], 2, "--quick is for the ladder; neuron takes no options"),
        (["figure", "neuron", "--language", "fr"], 2, "'fr' is not one of 'en', 'zh'"),
        (["figure", "learning-rate", "--data-dir", "nowhere"], 3, "nowhere: there is no such folder"),
        (["figure", "neuron", "--out", "file/figures"], 3, "file/figures: a file is where a folder is expected"),
    ],
)
def test_bad_input_gets_one_line_and_its_exit_code(
    tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    (tmp_path / "file").touch()
    result = invoke(*arguments, folder=tmp_path)
    assert result.returncode == code
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "file"]


def test_ctrl_c_ends_an_experiment_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    with start("figure", "long-lag", folder=tmp_path) as process:
        while not (tmp_path / "figures").is_dir():  # then it begins
            assert process.poll() is None
            time.sleep(0.1)
        time.sleep(3)  # so that threads of its own are at work
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=20)
    assert process.returncode == 130
    assert error == "gradus: interrupted\n"
    assert list((tmp_path / "figures").iterdir()) == []


def test_a_damaged_record_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "learning-rate.json").write_text("{")
    result = invoke("figure", "neuron", folder=tmp_path)
    assert result.returncode == 3
    assert "figures/learning-rate.json: not the record of a figure" in result.stderr


def test_the_ladder_is_a_table_of_the_book_and_ours(tmp_path: Path) -> None:
    (tmp_path / "ladder.csv").write_text(
        "rung,layers,book,test,lowest,highest,seeds,validation,epoch,seconds\n"
        "full,dense100 dense10,97.8,97.891,97.85,97.92,3,98.1,33.0,50.97\n"
        "vote,dense10,99.67,99.6,nan,nan,5,nan,nan,nan\n"
    )
    table = ladder_table(tmp_path / "ladder.csv")
    cells = [[*column.cells] for column in table.columns]
    assert [*zip(*cells, strict=True)] == [
        ("full", "97.80", "97.89", "97.85", "97.92", "3", "33", "51"),
        ("vote", "99.67", "99.60", "", "", "5", "", ""),
    ]
