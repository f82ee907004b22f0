"""The replay of power cuts: the states that its model of a file system allows, and a short replay of real commands."""

import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT))  # bench is not installed

from bench.crash_states import CrashState, crash_states, without_folder
from bench.file_operations import Create, Data, Names, Output, Recording, Sync, Tree
from bench.system_calls import Recorder, can_trace, whole_lines

OLD, NEW = b"old", b"new!"


def states(*operations, start: Tree | None = None) -> list[dict[str, bytes | None]]:
    """The distinct states, in the order in which they first come."""
    found = {state.key(): state.files for state in crash_states(Recording(start or Tree(), list(operations)))}
    return list(found.values())


def at_the_end(*operations, start: Tree | None = None) -> list[dict[str, bytes | None]]:
    """The states that are possible after the last operation."""
    recording = Recording(start or Tree(), [*operations, Output("saved")])
    return [state.files for state in crash_states(recording) if state.announced]


def file_on_disk() -> Tree:
    return Tree({1: OLD}, {0: {"file": 1}})


def test_a_new_file_may_be_missing_or_empty_or_have_zeros_until_it_and_its_folder_are_synced():
    new = [Create(1, False), Names(((0, "file", 1),)), Data(1, 0, NEW)]
    missing, zeros = {}, {"file": bytes(4)}
    assert sorted(map(str, states(*new))) == sorted(map(str, [missing, {"file": b""}, zeros, {"file": NEW}]))
    assert at_the_end(*new, Sync(1), Sync(0)) == [{"file": NEW}]
    assert at_the_end(*new, Sync(1)) == [missing, {"file": NEW}]
    assert {} not in at_the_end(*new, Sync(0))


def test_a_file_replaced_atomically_is_the_old_or_the_new_one():
    replaced = [
        Create(2, False), Names(((0, ".t", 2),)), Data(2, 0, NEW), Sync(2), Names(((0, ".t", None), (0, "file", 2))),
    ]  # fmt: skip
    assert {state["file"] for state in states(*replaced, start=file_on_disk())} == {OLD, NEW}
    assert at_the_end(*replaced, Sync(0), start=file_on_disk()) == [{"file": NEW}]


def test_a_file_replaced_without_a_sync_may_be_empty():
    replaced = [
        Create(2, False), Names(((0, ".t", 2),)), Data(2, 0, NEW), Names(((0, ".t", None), (0, "file", 2))),
    ]  # fmt: skip
    assert {state["file"] for state in states(*replaced, start=file_on_disk())} == {OLD, b"", bytes(4), NEW}


def test_writes_may_be_cut_off_or_come_out_of_order():
    first, second = Data(1, 0, b"a" * 1000), Data(1, 1000, b"b" * 1000)
    contents = {state["file"] for state in states(first, second, start=Tree({1: b""}, {0: {"file": 1}}))}
    assert {b"", b"a" * 512, b"a" * 1000, b"a" * 1000 + b"b" * 512, bytes(1000) + b"b" * 1000} <= contents


def test_names_that_were_not_synced_come_and_go_each_for_itself():
    made = [Create(1, True), Names(((0, "a", 1),)), Create(2, True), Names(((0, "b", 2),))]
    assert [sorted(state) for state in states(*made)] == [[], ["a"], ["b"], ["a", "b"]]


def test_a_folder_can_be_left_out():
    made = [Create(1, True), Names(((0, "locks", 1),)), Create(2, False), Names(((1, "file", 2),))]
    recording = without_folder(Recording(Tree(), made), "locks")
    assert [list(state.files) for state in crash_states(recording)][-1] == ["locks"]


def test_a_state_is_written_as_files(tmp_path):
    CrashState({"a": None, "a/file": NEW}, "").write(tmp_path / "state")
    assert (tmp_path / "state" / "a" / "file").read_bytes() == NEW


def test_calls_are_read_also_where_threads_interrupt_each_other():
    def text(line: str) -> str:
        return "".join(f"\\x{byte:02x}" for byte in line.encode())

    lines = [
        f'7 openat(AT_FDCWD<{text("/r")}>, "{text("file")}", O_WRONLY|O_CREAT, 0666) = 3<{text("/r/file")}>',
        f'7 write(3<{text("/r/file")}>, "{text("ab")}", 2 <unfinished ...>',
        f'8 write(1<{text("/out")}>, "{text("saved")}", 5) = 5',
        "7 <... write resumed>) = 2",
        f'7 pwrite64(3<{text("/r/file")}>, "{text("c")}", 1, 9) = 1',
        f"7 fsync(3<{text('/r/file')}>) = 0",
        f'7 rename("{text("file")}", "{text("/r/new")}") = 0',
        f'7 unlink("{text("/r/none")}") = -1 ENOENT (No such file or directory)',
        f'7 unlink("{text("/r/new")}") = 0',
    ]
    recorder = Recorder(Path("/r"), Tree(), Path("/out"))
    assert recorder.operations(whole_lines(iter(lines))) == [
        Create(1, False), Names(((0, "file", 1),)), Output("saved"), Data(1, 0, b"ab"), Data(1, 9, b"c"), Sync(1),
        Names(((0, "file", None), (0, "new", 1))), Names(((0, "new", None),)),
    ]  # fmt: skip


def test_a_change_that_cannot_be_followed_is_refused():
    recorder = Recorder(Path("/r"), Tree({1: OLD}, {0: {"file": 1}}), Path("/out"))
    with pytest.raises(ValueError, match="link is not recorded"):
        recorder.operations(iter(['7 link("/r/file", "/r/other") = 0'.replace("/r/file", "\\x2f\\x72")]))
    assert recorder.find(PurePosixPath("/r/file")) == 1


@pytest.mark.slow
@pytest.mark.skipif(not can_trace(), reason="strace is not installed, or may not trace")
def test_no_power_cut_takes_back_what_was_announced():
    command = [sys.executable, "-m", "bench.power_cut", "--length", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert [line.split("|")[-3:-1] for line in done.stdout.splitlines()[2:]] == [[" 0 ", " 0 "]] * 4
