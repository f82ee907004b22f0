"""Commands of Gradus: in a process of their own, as a person runs them, or in this one, which starts at once."""

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

from gradus.cli import main

COMMAND = [sys.executable, "-c", "from gradus.cli import main; main()"]
QUICK = ("--layers", "hidden30", "--epochs", "3")  # of digits
ENVIRONMENT = {"COLUMNS": "80", "PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"}

Result = subprocess.CompletedProcess[str]


def gradus(*arguments: str | Path, folder: Path, **environment: str) -> Result:
    """Run the command line in a folder, in a process of its own."""
    variables = os.environ | ENVIRONMENT | environment
    return subprocess.run([*COMMAND, *map(str, arguments)], cwd=folder, env=variables, capture_output=True,
                          encoding="utf-8", timeout=120, check=False)  # fmt: skip


def start(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    """Start the command line in a folder, for a test that interrupts it."""
    return subprocess.Popen([*COMMAND, *arguments], cwd=folder, env=os.environ | ENVIRONMENT, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, encoding="utf-8")  # fmt: skip


def invoke(*arguments: str | Path, folder: Path, **environment: str) -> Result:
    """Run the command line in a folder, in this process."""
    line, code = ["gradus", *map(str, arguments)], None
    output, errors = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with (
        contextlib.chdir(folder),
        mock.patch.object(sys, "argv", line),
        mock.patch.object(sys, "warnoptions", ["error"]),  # as PYTHONWARNINGS sets it at the start of a process
        mock.patch.dict(os.environ, ENVIRONMENT | environment),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(errors),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    texts = (stream.buffer.getvalue().decode() for stream in (output, errors))
    return subprocess.CompletedProcess(line, int(code or 0), *texts)
