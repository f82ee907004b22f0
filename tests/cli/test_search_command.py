"""gradus search, as a person uses it."""

import csv
import json
import re
import shlex
import signal
import sys
from pathlib import Path
from unittest import mock

import pytest
from PIL import Image
from shell import gradus, invoke, start

QUICK = ("--layers", "hidden30", "--epochs", "1", "--examples", "300")


def rows(folder: Path) -> list[tuple[str, ...]]:
    """The lines of trials.csv without their numbers and seconds, in an order of their own."""
    with (folder / "trials.csv").open(newline="") as file:
        return sorted((row["learning_rate"], row["l2"], row["validation_cost"]) for row in csv.DictReader(file))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one search that was let alone, searches/digits-1; its output is in output.txt."""
    folder = tmp_path_factory.mktemp("home")
    result = gradus("search", "digits", *QUICK, folder=folder)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    (folder / "output.txt").write_text(result.stdout)
    return folder


def test_the_output_has_a_line_a_trial_a_table_and_the_command(home: Path):
    lines = (home / "output.txt").read_text().splitlines()
    assert lines[0] == "digits: 1 epoch on 300 of 1,212 training examples per trial"
    trials = [line for line in lines if line.startswith("trial ")]
    assert len(trials) == len(rows(home / "searches" / "digits-1"))
    assert trials[0].split()[:4] == ["trial", "1", "learning", "rate"]
    assert max(map(len, lines)) <= 80
    accuracies = re.findall(r"^ +[\d.]+ +[\d.]+ +([\d.]+)% +[\d.]+ *$", "\n".join(lines), re.MULTILINE)
    assert len(accuracies) == 10
    assert accuracies == sorted(accuracies, key=float, reverse=True)


def test_the_folder_has_the_study_the_trials_and_a_picture(home: Path):
    folder = home / "searches" / "digits-1"
    assert {path.name for path in folder.iterdir()} == {
        ".workers", "search.db", "search.png", "settings.toml", "trials.csv",
    }  # fmt: skip
    with Image.open(folder / "search.png") as picture:
        assert picture.width >= 1000


def test_the_command_at_the_end_trains_as_it_is_printed(home: Path):
    command = shlex.split((home / "output.txt").read_text().splitlines()[-1])
    assert command[:5] == ["gradus", "train", "digits", "--learning-rate", command[4]]
    result = invoke(*command[1:], "--epochs", "2", "--name", "best", folder=home)
    assert result.returncode == 0, result.stderr


def test_a_search_stopped_by_ctrl_c_can_be_resumed(home: Path, tmp_path: Path):
    with start("search", "digits", *QUICK, folder=tmp_path) as process:
        assert any(line.startswith("trial 2") for line in process.stdout)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "resume with: gradus search --resume searches/digits-1" in errors
    result = invoke("search", "--resume", "digits-1", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    assert rows(tmp_path / "searches" / "digits-1") == rows(home / "searches" / "digits-1")


@pytest.mark.slow
def test_optuna_proposes_other_hyperparameters_and_json_is_for_programs(tmp_path: Path):
    names = "learning_rate,l1,batch_size,optimizer"
    arguments = ("--layers", "64-10", "--layers", "dense5 dense10", "--hyperparameters", names)
    result = invoke("search", "digits", *arguments, "--epochs", "1", "--trials", "3", "--json", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    *trials, end = map(json.loads, result.stdout.splitlines())
    assert len(trials) == 3
    assert {"learning_rate", "l1", "batch_size", "optimizer", "layers"} <= trials[0].keys()
    trained = invoke(*shlex.split(end["command"])[1:], "--epochs", "1", folder=tmp_path)
    assert trained.returncode == 0, trained.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["search"], 2, "Missing argument 'DATA'"),
        (["search", "my-book.txt"], 2, "my-book.txt: a search is for examples with classes or numbers; this is a text"),
        (["search", "digits", "--hyperparameters", "speed"], 2, "unknown hyperparameter 'speed'; choose one of"),
        (["search", "digits", "--knobs", "l2,l2"], 2, "hyperparameters 'l2,l2': expected at least one of"),
        (["search", "digits", "--layers", "784-10"], 2, "write 64-10"),
        (["search", "digits", "--epochs", "0"], 2, "epochs 0: expected a whole number of at least 1"),
        (["search", "digits", "--name", "digits-1"], 2, "resume it with --resume searches/digits-1"),
        (["search", "digits", "--name", "a/b"], 2, "name 'a/b': expected the name of a folder"),
        (["search", "--resume", "digits-1", "--epochs", "2"], 2, "--resume takes data and settings from the search"),
        (["search", "--resume", "nowhere"], 3, "there is no search folder 'nowhere'"),
    ],
)
def test_bad_input_gets_one_line_and_its_exit_code(home: Path, arguments: list[str], code: int, message: str):
    before = sorted((home / "searches").iterdir())
    result = invoke(*arguments, folder=home)
    assert result.returncode == code, result.stderr
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert sorted((home / "searches").iterdir()) == before


def test_without_optuna_nothing_is_searched(tmp_path: Path):
    with mock.patch.dict(sys.modules, {"optuna": None}):
        result = invoke("search", "digits", folder=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "gradus: a search needs optuna, which is not installed; get it with: pip install optuna\n"
    assert list(tmp_path.iterdir()) == []
