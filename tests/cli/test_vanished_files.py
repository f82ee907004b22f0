"""Folders and files that are gone, full, read-only or in use: one line, and the trained weights are kept."""

import csv
import errno
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from shell import QUICK, Result, gradus, invoke, start

from gradus.files import FolderLock
from gradus.models import Model
from gradus.runs import Run

TRAIN = ("train", "digits", *QUICK)


def after_epoch(number: int, action: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Do something to the folder of the run once it has written an epoch's metrics."""
    update = Run.update

    def update_and_act(run: Run, record, on_epoch) -> None:
        update(run, record, on_epoch)
        if len(run.rows) == number and getattr(record, "validation", None):
            action(run.folder.path)

    monkeypatch.setattr(Run, "update", update_and_act)


def epochs(run: Path) -> list[str]:
    with (run / "metrics.csv").open(newline="") as file:
        return [row["epoch"] for row in csv.DictReader(file)]


def full_disk(monkeypatch: pytest.MonkeyPatch, is_full: Callable[[Path], bool]) -> None:
    """A disk that takes no more files at some paths."""
    mkstemp = tempfile.mkstemp

    def full(*arguments, dir: str | Path, **options):
        if is_full(Path(dir).resolve()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(dir))
        return mkstemp(*arguments, dir=dir, **options)

    monkeypatch.setattr("gradus.files.atomic.tempfile.mkstemp", full)


def assert_one_line(result: Result, code: int, *words: str) -> None:
    assert result.returncode == code, result.stderr
    assert result.stderr.startswith("gradus: ")
    assert result.stderr.count("\n") == 1
    for word in words:
        assert word in result.stderr


def test_metrics_that_vanish_are_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    after_epoch(2, lambda run: (run / "metrics.csv").unlink(), monkeypatch)
    result = invoke(*TRAIN, folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert epochs(tmp_path / "runs" / "digits-1") == ["1", "2", "3"]


def test_a_folder_that_is_moved_away_is_made_again_with_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    after_epoch(2, lambda run: run.rename(tmp_path / "moved"), monkeypatch)
    result = invoke(*TRAIN, folder=tmp_path)
    assert result.returncode == 0
    assert "digits-1: there is no such file or folder; training goes on" in result.stderr
    run = tmp_path / "runs" / "digits-1"
    assert epochs(run) == ["1", "2", "3"]
    assert {path.name for path in run.iterdir()} >= {"settings.toml", "checkpoint.safetensors", "model.safetensors"}
    assert Model.load(run / "model.safetensors")
    assert invoke("train", "--resume", "digits-1", folder=tmp_path).returncode == 0


def test_on_a_full_disk_the_weights_are_saved_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    after_epoch(2, lambda run: full_disk(monkeypatch, lambda folder: "runs" in folder.parts), monkeypatch)
    result = invoke(*TRAIN, "--quiet", folder=tmp_path)
    assert_one_line(result, 3, "digits-1/model.safetensors: the disk is full; make room", "the weights are kept in ")
    (path,) = re.findall(r"kept in (.*)\n", result.stderr)
    assert Path(path).parent.parent == tmp_path
    assert Model.load(path)


def test_where_the_current_folder_is_full_too_the_weights_go_to_the_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    after_epoch(2, lambda run: full_disk(monkeypatch, lambda folder: home in folder.parents), monkeypatch)
    result = invoke(*TRAIN, "--quiet", folder=home)
    assert_one_line(result, 3, "the disk is full", f"the weights are kept in {temporary}")
    assert list(home.glob("digits-1-*")) == []


def test_a_checkpoint_that_cannot_be_written_does_not_end_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    after_epoch(1, lambda run: full_disk(monkeypatch, lambda folder: folder == run.resolve()), monkeypatch)
    after_epoch(3, lambda run: monkeypatch.undo(), monkeypatch)
    result = invoke(*TRAIN, "--checkpoint-interval", "0", folder=tmp_path)
    assert result.returncode == 0
    assert "checkpoint.safetensors: the disk is full" in result.stderr
    assert "training goes on, and tries again\n" in result.stderr
    assert invoke("train", "--resume", "digits-1", folder=tmp_path).returncode == 0


@pytest.mark.parametrize("value", ["nan", "inf", "-1"])
def test_an_interval_that_writes_no_checkpoint_is_refused(value: str, tmp_path: Path):
    result = invoke(*TRAIN, "--checkpoint-interval", value, folder=tmp_path)
    assert_one_line(result, 2, f"checkpoint interval {float(value)}: expected a number of at least 0")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--out", "mine.png/runs"), "mine.png/runs: a file is where a folder is expected"),
        (("--out", 300 * "a"), "the name is too long; choose a shorter one"),
        (("--name", 300 * "a"), "the name is too long; choose a shorter one"),
    ],
)
@pytest.mark.parametrize("command", ["train", "search"])
def test_a_folder_that_cannot_be_made_is_refused_in_words(
    command: str, arguments: tuple[str, str], message: str, tmp_path: Path
):
    (tmp_path / "mine.png").touch()
    assert_one_line(invoke(command, "digits", *arguments, folder=tmp_path), 3, message)
    assert {path.name for path in tmp_path.rglob("*")} <= {"mine.png", "runs", "searches"}


def test_a_run_has_one_writer_at_a_time(tmp_path: Path):
    assert invoke(*TRAIN, "--quiet", folder=tmp_path).returncode == 0
    run = tmp_path / "runs" / "digits-1"
    before = (run / "metrics.csv").read_bytes()
    lock = FolderLock(run)
    lock.acquire()
    second = invoke("train", "--resume", "digits-1", folder=tmp_path)
    assert_one_line(second, 3, f"process {os.getpid()} on ", "is writing to it; wait until that ends, or stop it")
    lock.release()
    assert (run / "metrics.csv").read_bytes() == before
    assert invoke("train", "--resume", "digits-1", folder=tmp_path).returncode == 0


def test_a_run_is_locked_from_its_start_and_free_when_its_process_is_killed(tmp_path: Path):
    first = start("train", "digits", "--layers", "hidden30", "--epochs", "100000", "--quiet", folder=tmp_path)
    run = tmp_path / "runs" / "digits-1"
    while not (run / "metrics.csv").exists():
        assert first.poll() is None
    second = gradus("train", "--resume", "digits-1", folder=tmp_path)
    assert_one_line(second, 3, f"process {first.pid} on ")
    assert invoke("train", "digits", *QUICK, "--quiet", folder=tmp_path).returncode == 0  # a lock of its own
    first.kill()
    first.communicate()
    assert invoke("train", "--resume", "digits-1", "--time-limit", "0.1", folder=tmp_path).returncode == 0
