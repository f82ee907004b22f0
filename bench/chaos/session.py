"""A command in a process of its own, whose lines are read while it runs."""

import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from bench.chaos.jobs import GRADUS, command

__all__ = ["Session"]

PATIENCE = 180.0  # seconds in which a command prints a line, and ends once it is told to


class Session:
    """A process, its exit code, what it printed, its errors, and what is wrong with it.

    Args:
        words: of the command.
        home: the folder in which it runs.
        program: that interprets the words.
    """

    def __init__(self, words: list[str], home: Path, program: str = GRADUS):
        self.lines: list[str] = []
        self.problems: list[str] = []
        self.errors = ""
        self.errors_file = tempfile.TemporaryFile("w+")  # noqa: SIM115  # as long as the session
        self.process = subprocess.Popen(
            command(program, words), cwd=home, text=True, stdout=subprocess.PIPE, stderr=self.errors_file,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        """Collect the lines until the process ends."""
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.lines.append(line)  # at once, as others count them

    def wait_for_lines(self, count: int) -> bool:
        """Wait until so many lines are printed; False if the process ends before."""
        began = time.monotonic()
        while len(self.lines) < count and time.monotonic() - began < PATIENCE:
            if self.process.poll() is not None:
                self.reader.join()
                return len(self.lines) >= count
            time.sleep(0.005)
        return len(self.lines) >= count

    def end(self, number: signal.Signals | None = None) -> int:
        """Send a signal, and wait for the end: the exit code, or less than 0 for a signal that killed it."""
        if number is not None and self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
            self.problems.append(f"it did not end within {PATIENCE:g} seconds")
        self.reader.join()
        if not self.errors_file.closed:
            self.errors_file.seek(0)
            self.errors = self.errors_file.read()
            self.errors_file.close()
        return code

    @property
    def printed(self) -> list[dict[str, Any]]:
        """The rows of JSON among the lines; the last may be cut off."""
        rows = []
        for line in self.lines:
            if line.endswith("}\n"):
                rows.append(json.loads(line))
        return rows
