"""What is on disk when: the order of fsync and rename, recorded here; bench/power_cut.py replays it all."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from gradus.files import make_folder, sync_file, write_atomically
from gradus.runs import RunFolder, start_run
from gradus.search import Point, start_search
from gradus.search.study import Study

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows cannot sync a folder")


class Disk:
    """Records what reaches the disk, in order, as "sync NAME" and "rename NAME NAME" relative to a folder."""

    def __init__(self, root: Path):
        self.root, self.log = root, list[str]()
        self.fsync, self.rename, self.replace = os.fsync, os.rename, os.replace

    def name(self, path: Path | str) -> str:
        name = os.path.relpath(path, self.root)
        return (
            "/".join("TEMPORARY" if part.startswith(".") and len(part) > 1 else part for part in Path(name).parts)
            or "."
        )

    def record_fsync(self, descriptor: int) -> None:
        self.fsync(descriptor)
        status = os.fstat(descriptor)
        path = next(path for path in (self.root, *self.root.rglob("*")) if os.path.samestat(path.stat(), status))
        self.log.append(f"sync {self.name(path)}")

    def record_replace(self, source: Path, target: Path) -> None:
        self.log.append(f"rename {self.name(source)} {self.name(target)}")
        self.replace(source, target)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path)
    with (
        mock.patch("os.fsync", disk.record_fsync),
        mock.patch("os.replace", disk.record_replace),
        mock.patch("os.rename", disk.record_replace),
    ):
        yield disk


def test_a_file_is_synced_before_it_takes_its_name_and_its_folder_after(tmp_path: Path, disk: Disk) -> None:
    write_atomically(tmp_path / "file", b"content")
    assert disk.log == ["sync TEMPORARY", "rename TEMPORARY file", "sync ."]


def test_a_files_permissions_are_set_before_it_is_synced(tmp_path: Path) -> None:
    modes = []
    fsync = os.fsync
    with mock.patch("os.fsync", lambda descriptor: modes.append(os.fstat(descriptor).st_mode) or fsync(descriptor)):
        write_atomically(tmp_path / "file", b"content")
    assert modes[0] == (tmp_path / "file").stat().st_mode


def test_every_new_folder_is_synced_in_its_parent(tmp_path: Path, disk: Disk) -> None:
    make_folder(tmp_path / "a" / "b" / "c")
    assert disk.log == ["sync .", "sync a", "sync a/b"]
    make_folder(tmp_path / "a" / "b" / "d")
    assert disk.log[3:] == ["sync a/b"]
    make_folder(tmp_path / "a")
    assert len(disk.log) == 4
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "a", exist_ok=False)


def test_sync_file_syncs_what_was_appended(tmp_path: Path, disk: Disk) -> None:
    (tmp_path / "file").write_bytes(b"content")
    sync_file(tmp_path / "file")
    assert disk.log == ["sync file"]


def test_a_new_run_is_in_its_parent_before_anything_is_announced(tmp_path: Path, disk: Disk) -> None:
    start_run("digits", None, tmp_path / "runs", "run", {"layers": "64-8-10", "epochs": 1})
    assert disk.log[0] == "sync ."  # runs/ itself
    assert disk.log[disk.log.index("rename runs/TEMPORARY runs/run") + 1] == "sync runs"


def test_metrics_are_on_disk_before_the_checkpoint_that_counts_on_them(tmp_path: Path, disk: Disk) -> None:
    run = start_run("digits", None, tmp_path, "run", {"layers": "64-8-10", "epochs": 2})
    del disk.log[:]
    run.train(run.records(progress_bar=False, tensorboard=False), 0, lambda: run.position.epoch > 1)
    created, synced = disk.log.index("sync run"), disk.log.index("sync run/metrics.csv")
    checkpoints = [i for i, line in enumerate(disk.log) if line.endswith(" run/checkpoint.safetensors")]
    assert any(max(created, synced) < checkpoint for checkpoint in checkpoints)
    assert disk.log[synced + 1 :][:2] == ["sync run/TEMPORARY", "rename run/TEMPORARY run/checkpoint.safetensors"]


def test_before_the_first_epoch_there_are_no_metrics_to_sync(tmp_path: Path) -> None:
    run = start_run("digits", None, tmp_path, "run", {"layers": "64-8-10", "epochs": 1})
    run.folder.save_checkpoint(run.position)
    assert not RunFolder(tmp_path / "run").metrics_path.exists()


def test_a_search_syncs_every_commit_and_the_folder_of_its_journal(tmp_path: Path, disk: Disk) -> None:
    session = start_search("digits", tmp_path / "searches", "search", {"layers": ("64-8-10",)})
    assert disk.log[:2] == ["sync .", "sync searches"]
    session.trials()
    extra = 3  # https://www.sqlite.org/pragma.html#pragma_synchronous
    with Study(session.folder, Point(), ["l2"]) as study, study.storage.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == extra
