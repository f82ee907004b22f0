"""Ctrl-C and SIGTERM at bad moments, and a reader of the output that goes away."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from shell import COMMAND, ENVIRONMENT

# Sends the process a signal when it begins to import a library.
HOOK = """
import os, sys

class Hook:
    def find_spec(self, name, path=None, target=None):
        if name == {library!r}:
            os.kill(os.getpid(), {number})

sys.meta_path.insert(0, Hook())
from gradus.cli import main
main()
"""

TWICE = """
import os, signal
from gradus.cli.signals import Interruption

with Interruption() as interruption:
    os.kill(os.getpid(), signal.SIGINT)
    print("saving", interruption.requested)
    os.kill(os.getpid(), signal.SIGTERM)
    print("not reached")
"""


def python(code: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], cwd=folder, env=os.environ | ENVIRONMENT,
                          capture_output=True, encoding="utf-8", timeout=120, check=False)  # fmt: skip


CLOSED = """
import os, signal, sys
from pathlib import Path
from gradus.cli.signals import exit_at_signals

with open("file", "wb") as file, exit_at_signals():
    Path("descriptor").write_text(str(file.fileno()))
    os.kill(os.getpid(), signal.SIGINT)
"""


@pytest.mark.parametrize(("closed", "descriptor"), [(">&-", 1), ("2>&-", 2), (">&- 2>&-", 1), ("0<&- >&- 2>&-", 0)])
def test_a_signal_writes_into_no_file_that_took_a_closed_stream(closed: str, descriptor: int, tmp_path: Path) -> None:
    (tmp_path / "closed.py").write_text(CLOSED)
    result = subprocess.run(f"{sys.executable} closed.py {closed}", shell=True, cwd=tmp_path, text=True,
                            capture_output=True, check=False)  # fmt: skip
    assert (tmp_path / "descriptor").read_text() == str(descriptor)
    assert (tmp_path / "file").read_bytes() == b""
    assert (result.returncode, result.stderr) == (130, "" if "2>" in closed else "gradus: interrupted\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("library", "arguments"),
    [
        ("jax", ["train", "digits"]),
        ("numpy.linalg", ["train", "digits"]),
        ("jax.core", ["evaluate", "run", "digits"]),
        ("gradus.search", ["search", "digits"]),
    ],
)
def test_a_signal_in_the_middle_of_an_import_ends_the_command_at_once(
    tmp_path: Path, number: signal.Signals, library: str, arguments: list[str]
) -> None:
    result = python(HOOK.format(library=library, number=int(number)), *arguments, folder=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "gradus: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_the_second_signal_ends_what_the_first_one_began_to_save(tmp_path: Path) -> None:
    result = python(TWICE, folder=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (130, "saving True\n", "gradus: interrupted\n")


def test_a_run_whose_reader_goes_away_is_saved(tmp_path: Path) -> None:
    program = subprocess.list2cmdline([*COMMAND, "train", "digits", "--layers", "hidden30", "--name", "run"])
    result = subprocess.run(["bash", "-o", "pipefail", "-c", f"{program} | head -n 1"], cwd=tmp_path, text=True,
                            capture_output=True, timeout=120, check=False)  # fmt: skip
    assert (result.returncode, result.stderr) == (1, "")
    files = {path.name for path in (tmp_path / "runs" / "run").iterdir()}
    assert {"checkpoint.safetensors", "model.safetensors", "settings.toml"} <= files
