"""Folders that somebody else takes, disks that fill up and devices in the place of files, while a command writes."""

import csv
import errno
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from shell import COMMAND, ENVIRONMENT, invoke
from test_vanished_files import TRAIN, after_epoch, assert_one_line, epochs, full_disk

from gradus.errors import DataError
from gradus.files import FolderLock
from gradus.models import Model
from gradus.runs import RunFolder

pytestmark = pytest.mark.slow  # some forty trainings

Patch = pytest.MonkeyPatch


def test_a_folder_that_another_run_has_taken_is_not_written_to(tmp_path: Path, monkeypatch: Patch):
    def take(run: Path) -> None:
        run.rename(tmp_path / "moved")
        run.mkdir()
        (run / "metrics.csv").write_text("epoch,cost\n")

    after_epoch(1, take, monkeypatch)
    result = invoke(*TRAIN, "--checkpoint-interval", "0", folder=tmp_path)
    assert result.returncode == 3
    *_, last = result.stderr.splitlines()
    assert "or another folder has taken its place; the weights are kept in " in last
    assert Model.load(Path(last.rpartition("kept in ")[2]))
    assert [path.name for path in (tmp_path / "runs" / "digits-1").iterdir()] == ["metrics.csv"]
    assert (tmp_path / "runs" / "digits-1" / "metrics.csv").read_text() == "epoch,cost\n"


def test_weights_are_kept_where_even_the_current_folder_has_gone(tmp_path: Path, monkeypatch: Patch):
    project, temporary = tmp_path / "project", tmp_path / "temporary"
    project.mkdir()
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    after_epoch(1, lambda run: shutil.rmtree(project), monkeypatch)
    result = invoke(*TRAIN, "--quiet", folder=project)
    assert result.returncode == 3
    *_, last = result.stderr.splitlines()
    assert "there is no such file or folder" in last
    assert Model.load(Path(last.rpartition("kept in ")[2])).network
    assert f"the weights are kept in {temporary}" in last


def test_a_machine_without_a_temporary_folder_or_a_home_keeps_the_weights(tmp_path: Path, monkeypatch: Patch):
    def nowhere(*_: object) -> Path:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    def homeless(*_: object) -> Path:
        raise RuntimeError("Could not determine home directory.")

    def prepare(run: Path) -> None:
        full_disk(monkeypatch, lambda folder: "runs" in folder.parts)
        monkeypatch.setattr("tempfile.gettempdir", nowhere)
        monkeypatch.setattr("pathlib.Path.home", homeless)

    after_epoch(2, prepare, monkeypatch)
    result = invoke(*TRAIN, "--quiet", folder=tmp_path)
    assert_one_line(result, 3, "the disk is full", f"the weights are kept in {tmp_path}")


def test_a_problem_that_lasts_is_told_once(tmp_path: Path, monkeypatch: Patch):
    after_epoch(1, lambda run: run.rename(tmp_path / "moved"), monkeypatch)
    result = invoke(*TRAIN, "--epochs", "6", folder=tmp_path)
    assert result.returncode == 0
    assert result.stderr.count("training goes on") == 1
    assert epochs(tmp_path / "runs" / "digits-1") == ["1", "2", "3", "4", "5", "6"]


def test_a_removed_folder_is_made_again_by_the_next_checkpoint(tmp_path: Path, monkeypatch: Patch):
    seen: list[set[str]] = []
    after_epoch(1, shutil.rmtree, monkeypatch)
    after_epoch(3, lambda run: seen.append({path.name for path in run.iterdir()}), monkeypatch)
    assert invoke(*TRAIN, "--checkpoint-interval", "0", folder=tmp_path).returncode == 0
    assert seen[0] >= {"settings.toml", "metrics.csv", "checkpoint.safetensors"}


def test_no_checkpoint_is_ahead_of_the_metrics(tmp_path: Path, monkeypatch: Patch):
    """A checkpoint of more epochs than metrics.csv has could never be resumed."""

    def replace_by_a_folder(run: Path) -> None:
        (run / "metrics.csv").unlink()
        (run / "metrics.csv").mkdir()

    saved: list[int] = []
    save = RunFolder.save_checkpoint

    def note(folder: RunFolder, position) -> None:
        save(folder, position)
        saved.append(position.epoch)

    after_epoch(1, replace_by_a_folder, monkeypatch)
    monkeypatch.setattr(RunFolder, "save_checkpoint", note)
    result = invoke(*TRAIN, "--checkpoint-interval", "0", folder=tmp_path)
    assert result.returncode == 3
    last = result.stderr.splitlines()[-1]
    assert "metrics.csv: a folder is where a file is expected" in last
    assert "the weights are kept in runs/digits-1/model.safetensors" in last
    assert Model.load(tmp_path / "runs" / "digits-1" / "model.safetensors")
    assert max(saved) == 1


def test_curves_that_cannot_be_drawn_leave_the_weights_where_the_line_says(tmp_path: Path, monkeypatch: Patch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "curves.png")

    monkeypatch.setattr("gradus.figures.draw_curves", full)
    result = invoke(*TRAIN, "--quiet", folder=tmp_path)
    assert_one_line(result, 3, "curves.png: the disk is full", "the weights are kept in runs/digits-1/model.saf")


def test_columns_that_a_later_epoch_brings_are_added_by_name(tmp_path: Path):
    folder = RunFolder(tmp_path)
    rows = [{"epoch": 1, "cost": 0.5}, {"epoch": 2, "passes": 7, "cost": 0.25}, {"epoch": 3}]
    for number in range(1, 4):
        folder.append_metrics(rows[:number])
    with (tmp_path / "metrics.csv").open(newline="") as file:
        assert [*csv.reader(file)] == [["epoch", "cost", "passes"], ["1", "0.5", ""], ["2", "0.25", "7"], ["3", "", ""]]


def test_a_reader_that_goes_away_ends_the_training(tmp_path: Path):
    command = [*COMMAND, "train", "digits", "--layers", "hidden30", "--epochs", "100000", "--json"]
    with subprocess.Popen(command, cwd=tmp_path, env=os.environ | ENVIRONMENT, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:  # fmt: skip
        process.stdout.readline()
        process.stdout.close()
        try:
            assert process.wait(timeout=60) == 1
        finally:
            process.kill()
        assert process.stderr.read() == ""
    assert Model.load(tmp_path / "runs" / "digits-1" / "model.safetensors")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_output_that_is_full_ends_the_training_and_keeps_the_weights(tmp_path: Path):
    command = [*COMMAND, "train", "digits", "--layers", "hidden30", "--epochs", "100000", "--json"]
    with open("/dev/full", "w") as full:
        result = subprocess.run(command, cwd=tmp_path, env=os.environ | ENVIRONMENT, stdout=full, check=False,
                                stderr=subprocess.PIPE, text=True, timeout=60)  # fmt: skip
    assert result.returncode == 3
    assert result.stderr == "gradus: the disk is full; make room, or choose a folder on another\n"
    assert Model.load(tmp_path / "runs" / "digits-1" / "model.safetensors")


def test_a_pipe_or_a_device_is_never_replaced_by_a_file(tmp_path: Path):
    """`--out /dev/null`, as root, would replace the device for the whole machine."""
    os.mkfifo(tmp_path / "pipe.png")
    result = invoke("explain", "--out", "pipe.png", folder=tmp_path)
    assert_one_line(result, 3, "pipe.png: is a pipe or a device; expected the name of a file")
    assert (tmp_path / "pipe.png").is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe.png"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("explain", "--out", "no/x.md"), "no/x.md: there is no such file or folder"),
        (("explain", "--out", "mine.png/x.md"), "mine.png/x.md: a file is where a folder is expected"),
        (("explain", "--out", 300 * "a"), "the name is too long; choose a shorter one"),
        (("augment", "mine.png", "--out", "no/x.png"), "no/x.png: there is no such file or folder"),
        (("augment", "mine.png", "--out", 300 * "a" + ".png"), "the name is too long; choose a shorter one"),
        (("figure", "sigmoid", "--out", 300 * "a"), "the name is too long; choose a shorter one"),
        (("figure", "sigmoid", "--out", "mine.png/x"), "mine.png/x: a file is where a folder is expected"),
        (("figures", "--all", "--out", 300 * "a"), "the name is too long; choose a shorter one"),
        (("train", "--resume", 300 * "a"), "there is no run folder"),
        (("search", "--resume", 300 * "a"), "the name is too long; choose a shorter one"),
        (("predict", 300 * "a", "mine.png"), "there is no run folder"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else None,
)
def test_a_place_that_cannot_be_written_to_is_named_in_words(arguments: tuple[str, ...], message: str, home: Path):
    from PIL import Image

    Image.new("L", (40, 40), 255).save(home / "mine.png")
    before = {*home.rglob("*")}
    assert_one_line(invoke(*arguments, folder=home), 3, message)
    assert {*home.rglob("*")} == before


@pytest.mark.parametrize("command", ["train", "search"])
@pytest.mark.parametrize("place", ["mine.png", "/dev/null"])
def test_a_file_where_the_folder_of_runs_should_be_is_called_that(command: str, place: str, tmp_path: Path):
    (tmp_path / "mine.png").touch()
    result = invoke(command, "digits", "--out", place, folder=tmp_path)
    assert_one_line(result, 3, f"{place}: a file is where a folder is expected; choose another folder")


def test_a_refused_resume_leaves_nothing_in_the_folder_and_no_lock(tmp_path: Path):
    folder = tmp_path / "holiday"
    folder.mkdir()
    for _ in range(2):
        assert_one_line(invoke("train", "--resume", folder, folder=tmp_path), 3, "settings.toml: missing or damaged")
    assert list(folder.iterdir()) == []


def test_a_full_disk_is_not_taken_for_a_damaged_search(tmp_path: Path, monkeypatch: Patch):
    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    assert invoke("search", "digits", "--layers", "hidden30", "--epochs", "1", "--examples", "300", "--json",
                  folder=tmp_path).returncode == 0  # fmt: skip
    monkeypatch.setattr("sqlalchemy.engine.default.DefaultDialect.do_execute", full)
    result = invoke("search", "--resume", "digits-1", folder=tmp_path)
    assert_one_line(result, 3, "search.db: the trials cannot be read or written (database or disk is full)",
                    "make room")  # fmt: skip
    assert "damaged" not in result.stderr


def test_a_search_whose_folder_vanishes_ends_in_one_line(tmp_path: Path, monkeypatch: Patch):
    from gradus.search import worker

    run_trial = worker.run_trial

    def vanish(*arguments: object) -> object:
        shutil.rmtree(tmp_path / "searches", ignore_errors=True)
        return run_trial(*arguments)

    monkeypatch.setattr(worker, "run_trial", vanish)
    result = invoke("search", "digits", "--layers", "hidden30", "--epochs", "1", "--examples", "300", folder=tmp_path)
    assert_one_line(result, 3, "there is no such file or folder")


def test_a_search_that_cannot_begin_leaves_no_folder(tmp_path: Path, monkeypatch: Patch):
    full_disk(monkeypatch, lambda folder: "searches" in folder.parts)
    result = invoke("search", "digits", folder=tmp_path)
    assert_one_line(result, 3, "the disk is full")
    assert [*(tmp_path / "searches").iterdir()] == []


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 5000])
def test_a_note_of_the_writer_that_is_not_ours_is_not_repeated(content: bytes, tmp_path: Path):
    lock, other = FolderLock(tmp_path), FolderLock(tmp_path)
    lock.acquire()
    (tmp_path / ".writer").write_bytes(content)
    with pytest.raises(DataError, match="another process is writing to it"):
        other.acquire()
    lock.release()
