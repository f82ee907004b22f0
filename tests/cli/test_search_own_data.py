"""gradus search on a person's own tables, pictures, passages and arrays."""

import csv
import io
import json
import math
import shlex
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli.shell import invoke
from examples import blobs
from folders.pictures import make_folder
from rich.console import Console

from gradus.cli.commands.search import SearchView
from gradus.runs import RunFolder
from gradus.search import Outcome, Point, SearchSettings, Trial, resume_search, start_search
from gradus.search.session import fingerprint

ONE = ("--hyperparameters", "batch_size", "--trials", "1", "--epochs", "1")  # Optuna proposes one trial
RATES = ("--hyperparameters", "learning_rate", "--epochs", "2")
SMALL = ("--target", "price", "--drop", "liked", "--layers", "dense4 relu dense1")
QUICK = ("--epochs", "1", "--ensemble", "1", "--quiet")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data of every kind, and a search for the price in people.csv, whose output is in output.txt."""
    folder = tmp_path_factory.mktemp("made")
    rows = [f"{k % 5},{'Ulm' if k % 3 else 'Bonn'},{'yes' if k % 2 else 'no'},{k * 1.5},{k % 7 / 3:.2f}"
            for k in range(60)]  # fmt: skip
    (folder / "people.csv").write_text("size,city,liked,price,age\n" + "\n".join(rows) + "\n")
    make_folder(folder / "pets")
    for name in ("cats", "dogs"):
        (folder / "notes" / name).mkdir(parents=True)
        for k in range(10):
            (folder / "notes" / name / f"{k}.txt").write_text(f"{name} number {k} are {name}")
    x = np.random.default_rng(0).normal(size=(60, 3))
    np.savez(folder / "arrays.npz", x=x, y=x[:, 0] > 0)
    result = invoke("search", "people.csv", *SMALL, *RATES, folder=folder)
    assert (result.returncode, result.stderr) == (0, "")
    (folder / "output.txt").write_text(result.stdout)
    return folder


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


def found(home: Path, name: str = "people-1") -> list[dict[str, str]]:
    """The lines of trials.csv."""
    with (home / "searches" / name / "trials.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def strict_json(text: str) -> list[dict]:
    """The objects of a text, a line each; NaN and infinity, which JSON does not have, are refused."""
    return [json.loads(line, parse_constant=pytest.fail) for line in text.splitlines()]


def test_the_output_says_what_was_found_and_names_r2(made: Path):
    lines = (made / "output.txt").read_text().splitlines()
    assert lines[0].startswith("people.csv: a table of 60 rows and 5 columns; predicts 'price': a number")
    assert lines[1] == "split at random: 42 for training, 9 for validation, 9 for test"
    assert lines[3:5] == [
        "a trial trains one network; gradus train averages 5",
        "people: 2 epochs on all 42 training examples per trial",
    ]
    assert "validation R2 " in lines[6]
    assert f"The best of {len(found(made))} trials by validation R2:" in lines
    assert "accuracy" not in "\n".join(lines)
    assert max(map(len, lines[3:-1])) <= 100


def test_trials_are_ranked_by_r2(made: Path):
    rows = found(made)
    assert {"learning_rate", "validation_r2", "validation_cost"} < rows[0].keys()
    assert "validation_accuracy" not in rows[0]
    command = (made / "output.txt").read_text().splitlines()[-1]
    best = max(rows, key=lambda row: float(row["validation_r2"]))
    assert f"--learning-rate {float(best['learning_rate']):g}" in command


def test_the_command_trains_with_what_was_found(home: Path):
    command = shlex.split((home / "output.txt").read_text().splitlines()[-1])
    assert command[:9] == ["gradus", "train", "people.csv", "--target", "price", "--drop", "liked", "--learning-rate",
                           command[8]]  # fmt: skip
    result = invoke(*command[1:], *QUICK, folder=home)
    assert (result.returncode, result.stderr) == (0, "")
    assert "R2" in result.stdout
    settings = tomllib.loads((home / "runs" / "people-1" / "settings.toml").read_text())["settings"]
    assert (settings["learning_rate"], settings["drop"]) == (float(command[8]), "liked")


def test_a_search_of_own_data_is_resumed_as_it_was_begun(home: Path):
    before = found(home)
    (home / "searches" / "people-1" / "search.db").unlink()  # as if it had been stopped before its first trial
    result = invoke("search", "--resume", "people-1", "--json", folder=home)
    assert (result.returncode, result.stderr) == (0, "")
    *trials, end = strict_json(result.stdout)
    assert len(trials) == len(before)
    assert sorted(row["validation_r2"] for row in found(home)) == sorted(row["validation_r2"] for row in before)
    assert end["best"]["validation_r2"] == max(row["validation_r2"] for row in trials)
    assert "validation_accuracy" not in end["best"]
    assert end["command"] in (home / "output.txt").read_text()


@pytest.mark.parametrize("row", [1, 4, 7])
def test_data_that_changed_are_refused(row: int, home: Path):
    lines = (home / "people.csv").read_text().splitlines(keepends=True)
    lines[row] = lines[row].replace("Bonn", "Ulm")
    (home / "people.csv").write_text("".join(lines))
    before = sorted((home / "searches" / "people-1").iterdir())
    result = invoke("search", "--resume", "people-1", folder=home)
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr == (
        "gradus: searches/people-1: its trials are of other data than people.csv holds now, or of other settings; "
        "start a new search\n"
    )
    assert sorted((home / "searches" / "people-1").iterdir()) == before


def test_a_change_of_the_validation_data_alone_is_seen():
    settings, data = SearchSettings(layers=("2-5-3",)), blobs()
    changed = replace(data, validation=data.validation._replace(y=data.validation.y[::-1].copy()))
    assert fingerprint(data, settings) == fingerprint(blobs(), settings)
    assert fingerprint(data, settings) != fingerprint(changed, settings)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "options", "score"),
    [
        ("people.csv", ("--target", "liked", "--layers", "dense2"), "validation_accuracy"),
        ("pets", ("--image-size", "8", "--layers", "flatten dense2"), "validation_accuracy"),
        ("notes", ("--layers", "dense2"), "validation_accuracy"),
        ("arrays.npz", (), "validation_accuracy"),
        ("people.csv", ("--target", "price,age", "--layers", "dense2"), "validation_r2"),
    ],
)
def test_every_kind_of_data_is_searched_and_the_command_runs(
    data: str, options: tuple[str, ...], score: str, home: Path
):
    result = invoke("search", data, *options, *ONE, "--json", folder=home)
    assert (result.returncode, result.stderr) == (0, "")
    *_, trial, end = strict_json(result.stdout)
    assert score in trial
    words = shlex.split(end["command"])[1:]
    assert words[:2] == ["train", data]
    trained = invoke(*words, *QUICK, folder=home)
    assert (trained.returncode, trained.stderr) == (0, "")


def test_trials_that_diverged_have_no_r2_and_far_ones_do_not_press_the_others_together(tmp_path: Path):
    np.savez(tmp_path / "line.npz", x=np.ones((60, 1)), y=np.linspace(0, 1, 60))
    session = start_search(str(tmp_path / "line.npz"), tmp_path, None, {"layers": ("1-1",)})
    found = [(0.01, 0.5), (0.1, -1e30), (1.0, -math.inf)]
    trials = [Trial(Point(eta), Outcome(r2, 1.0, 1, 0.1, diverged=math.isinf(r2))) for eta, r2 in found]
    assert [session.row(trial)["validation_r2"] for trial in trials] == [0.5, -1e30, None]
    view = SearchView(session)
    view.write_trials(trials, trials)
    assert (session.folder / "trials.csv").read_text().splitlines()[3].startswith("3,1.0,0.0,,,")
    console = Console(width=80, file=io.StringIO())
    console.print(view.table(trials))
    table = console.file.getvalue().splitlines()
    assert max(map(len, table)) <= 80
    assert [line.split()[2] for line in table[-4:-2]] == ["0.5000", "-1e+30"]
    assert table[-2].split() == ["1", "0", "-", "diverged"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("book.txt",), 2, "book.txt: a search is for examples with classes or numbers; this is a text to continue"),
        (("text",), 2, "text: a search is for examples with classes or numbers; this is a text to continue"),
        (("people.csv", "--image-size", "8"), 2, "--image-size does not apply to a table; leave it out"),
        (("pets", "--target", "x"), 2, "--target does not apply to images; leave it out"),
        (("digits", "--target", "x"), 2, "--target does not apply to images; leave it out"),
        (("people.csv", "--target", "x"), 2, "--target 'x': people.csv has no such column; its columns are"),
        (("people.csv", "--layers", "dense2"), 2, "layers dense2 do not fit people"),
        (("none.csv",), 3, "none.csv: cannot be read (No such file or directory)"),
        (("--resume", "people-1", "--target", "liked"), 2, "--resume takes data and settings from the search"),
    ],
)
def test_what_cannot_be_searched_gets_one_line(arguments: tuple[str, ...], code: int, message: str, made: Path):
    result = invoke("search", *arguments, folder=made)
    assert result.returncode == code
    assert result.stderr.startswith(f"gradus: {message}")
    assert result.stderr.count("\n") == 1
    assert [path.name for path in (made / "searches").iterdir()] == ["people-1"]


def test_data_that_moved_are_missed_in_one_line(home: Path):
    (home / "people.csv").rename(home / "others.csv")
    result = invoke("search", "--resume", "people-1", folder=home)
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr == "gradus: people.csv: cannot be read (No such file or directory)\n"


def test_a_search_of_before_keeps_its_learning_rate(tmp_path: Path):
    stored = {"data": "digits", "knobs": ["l2"], "layers": ["hidden30"], "trials": 40, "epochs": 1, "examples": 300}
    RunFolder(tmp_path).write_settings(stored | {"seed": 0})
    session = resume_search(tmp_path, None)
    assert session.settings.default_point == Point(learning_rate=0.1, layers="hidden30")
    command = session.command(session.settings.default_point)
    assert command == "gradus train digits --learning-rate 0.1 --layers hidden30"
