"""gradus train --resume, as a person uses it after Ctrl-C, a time limit, a crash or a mistake."""

import csv
import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from shell import QUICK, gradus, invoke, start

from gradus.runs.folder import UNFINISHED

ROOT = Path(__file__).parents[2]
LONG = ("train", "digits", "--layers", "hidden30", "--epochs", "400")
SETTINGS = ("--layers", "hidden30", "--epochs", "6", "--l2", "0.1", "--patience", "5")


def results(run: Path) -> tuple[bytes, list[dict[str, str]]]:
    return (run / "model.safetensors").read_bytes(), rows(run)


def rows(run: Path) -> list[dict[str, str]]:
    """The metrics of each epoch, without the seconds it took; none where no epoch was finished."""
    if not (run / "metrics.csv").exists():
        return []
    with (run / "metrics.csv").open(newline="") as file:
        return [{name: cell for name, cell in row.items() if name != "seconds"} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run that was let alone, runs/whole, to be read only."""
    folder = tmp_path_factory.mktemp("finished")
    result = invoke("train", "digits", *SETTINGS, "--name", "whole", folder=folder)
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture
def home(finished: Path, tmp_path: Path) -> Path:
    """A folder of the test's own with a copy of that run, runs/whole."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.mark.slow
def test_a_start_removes_what_killed_starts_have_left(tmp_path: Path):
    killed, alive = (f"{UNFINISHED}{process}-abc" for process in (2**22 + 1, os.getpid()))  # Linux's limit, and more
    others = ("." + UNFINISHED[1:] + "x", ".unfinished-another-machine-1-abc", ".git")
    for name in (killed, alive, *others):
        (tmp_path / "runs" / name).mkdir(parents=True)
    assert invoke("train", "digits", *QUICK, "--quiet", folder=tmp_path).returncode == 0
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {alive, *others, "digits-1"}


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of LONG that was let alone."""
    folder = tmp_path_factory.mktemp("long")
    assert invoke(*LONG, "--name", "whole", folder=folder).returncode == 0
    return folder / "runs" / "whole"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_stop_can_be_resumed(number: signal.Signals, long_run: Path, tmp_path: Path):
    with start(*LONG, "--name", "run", folder=tmp_path) as process:
        assert any(line.startswith("epoch ") for line in process.stdout)
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "resume with: gradus train --resume runs/run" in errors
    resumed = invoke("train", "--resume", "run", folder=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert results(tmp_path / "runs" / "run") == results(long_run)


def test_a_run_ended_by_a_time_limit_can_be_resumed(tmp_path: Path):
    began = time.monotonic()
    arguments = ("train", "digits", "--layers", "hidden30", "--epochs", "1000000", "--name", "run")
    result = invoke(*arguments, "--time-limit", "1", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    assert time.monotonic() - began < 60
    assert "stopped by the time limit in epoch" in result.stdout
    before = rows(tmp_path / "runs" / "run")  # none, on a machine so busy that compiling took the second
    again = invoke("train", "--resume", "run", "--time-limit", "1", folder=tmp_path)
    assert again.returncode == 0, again.stderr
    assert rows(tmp_path / "runs" / "run")[: len(before)] == before


def test_what_a_killed_run_wrote_after_its_checkpoint_is_not_there_twice(home: Path):
    """Resumed in a process of its own."""
    run = home / "runs" / "whole"
    before = results(run)
    with (run / "metrics.csv").open("a") as file:
        file.write("7,0.1,0.1,0.1,0.1,0.1\n8,0.")
    assert gradus("train", "--resume", "whole", folder=home).returncode == 0
    assert results(run) == before


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["train", "--resume", "nowhere"], 3, "there is no run folder 'nowhere'; runs/ has"),
        (["train", "digits", "--resume", "whole"], 2, "--resume takes data and settings from the run"),
        (["train", "--resume", "whole", "--epochs", "9"], 2, "--resume takes data and settings from the run"),
        (["train"], 2, "Missing argument 'DATA'"),
        (["train", "digits", "--patience", "0"], 2, "patience 0: expected a whole number of at least 1"),
        (["train", "digits", "--optimizer", "sgd"], 2, "unknown optimizer 'sgd'"),
        (["train", "digits", "--checkpoint-interval", "-1"], 2, "-1"),
    ],
)
def test_bad_input(home: Path, arguments: list[str], code: int, message: str):
    result = invoke(*arguments, folder=home)
    assert result.returncode == code, result.stderr
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("checkpoint.safetensors", lambda path: path.unlink(), "cannot be read"),
        ("checkpoint.safetensors", lambda path: path.write_bytes(path.read_bytes()[:-9]), "not a usable checkpoint"),
        ("settings.toml", lambda path: path.unlink(), "missing or damaged"),
        ("settings.toml", lambda path: path.write_text("[settings"), "missing or damaged"),
        ("settings.toml", lambda path: path.write_text("[settings]\ndata = 3"), "settings.toml"),
        ("settings.toml", lambda path: path.write_text(path.read_text().replace("seed = 0", "seed = 1")), "other"),
        ("settings.toml", lambda path: path.write_text(path.read_text().replace("seed = 0", "seed = 'x'")), "settings"),
        ("metrics.csv", lambda path: path.write_text("epoch,cost\n1,2\n"), "expected the first 6 epochs"),
    ],
)
def test_a_run_that_is_damaged_is_an_error_and_never_a_new_start(home: Path, file: str, change, message: str):
    folder = home / "runs" / "damaged"
    folder.mkdir(exist_ok=True)
    for path in (home / "runs" / "whole").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    change(folder / file)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    result = invoke("train", "--resume", "damaged", folder=home)
    assert result.returncode == 3, result.stderr
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
