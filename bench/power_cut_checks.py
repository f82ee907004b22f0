"""What is recorded, and what must be right after every power cut: a run, a model file, a search."""

import contextlib
import csv
import hashlib
import io
import json
import os
import re
import sqlite3
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from bench.crash_states import CrashState
from gradus import Model
from gradus.cli import main
from gradus.errors import DataError
from gradus.models import named_leaves
from gradus.runs import resume_run
from gradus.search import finished_trials, read_search

__all__ = ["GRADUS", "SAVE_MODELS", "VERDICTS", "ModelCheck", "RunCheck", "SearchCheck", "Tally", "invoke"]

GRADUS = [sys.executable, "-c", "from gradus.cli import main; main()"]
VERDICTS = ("same", "not begun", "lost", "wrong")
RUN = "runs/run"


@dataclass
class Tally:
    """The verdicts on all distinct states: "same" as without the power cut, "not begun" (nothing was announced, and
    the command says so), "lost" (something announced is, and the command says so), or "wrong"."""

    verdicts: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)

    def add(self, verdict: str, problem: str = "") -> None:
        """Count a state."""
        self.verdicts[verdict] += 1
        if problem:
            self.problems[f"{verdict}: {problem}"] += 1


def invoke(*arguments: str, folder: Path) -> tuple[int, str, str]:
    """Run the command line in a folder, in this process: its exit code, output and errors."""
    code = None
    output, errors = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with (
        contextlib.chdir(folder),
        mock.patch.object(sys, "argv", ["gradus", *arguments]),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(errors),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
        except Exception as error:  # a traceback, as a user would see it
            code = 1
            errors.write(f"{type(error).__name__}: {error}\n")
    texts = (stream.buffer.getvalue().decode() for stream in (output, errors))
    return int(code or 0), *texts


def is_refused(code: int, errors: str) -> bool:
    """True for an error of one line."""
    return code in (2, 3) and errors.startswith("gradus: ") and errors.count("\n") == 1


def weights(path: Path) -> str | None:
    """The SHA-256 of a model's tensors; None for a model file that is refused."""
    try:
        model = Model.load(path)
    except DataError:
        return None
    sha = hashlib.sha256()
    for name, leaf in sorted(named_leaves((model.network.params, model.network.state)).items()):
        sha.update(name.encode() + leaf.tobytes())
    return sha.hexdigest()


def metrics(path: Path) -> list[dict[str, str]]:
    """The metrics of a run, without the seconds that the epochs took."""
    with path.open(newline="") as file:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]


class RunCheck:
    """`--resume` ends in the bits of the run that was not interrupted, and no model is wrong.

    Args:
        whole: the folder in which that run is.
    """

    def __init__(self, whole: Path):
        self.expected = weights(whole / RUN / "model.safetensors"), metrics(whole / RUN / "metrics.csv")
        self.seen: dict[bytes, tuple[str, str, int]] = {}

    def key(self, state: CrashState) -> bytes:
        """What the verdict depends on: temporary files are of no account."""
        visible = {path: content for path, content in state.files.items() if not Path(path).name.startswith(".")}
        return CrashState(visible, "").key()

    def judge(self, state: CrashState, folder: Path, tally: Tally) -> None:
        """Resume from the state, in a folder of its own, and count it."""
        key = self.key(state)
        if key not in self.seen:
            state.write(folder)
            self.seen[key] = self.resume(folder)
        verdict, problem, epoch = self.seen[key]
        reported = max([0, *(int(number) for number in re.findall(r"^epoch +(\d+)/", state.announced, re.MULTILINE))])
        if verdict == "same" and epoch < reported:
            verdict, problem = "wrong", f"epoch {reported} was reported, but the checkpoint is of epoch {epoch}"
        elif verdict == "lost" and not state.announced:
            verdict, problem = "not begun", ""
        tally.add(verdict, problem)

    def resume(self, folder: Path) -> tuple[str, str, int]:
        """The verdict on a folder, the problem, and the epoch at which it resumes."""
        run, epoch = folder / RUN, 0
        model = run / "model.safetensors"
        if model.exists() and weights(model) not in (None, self.expected[0]):
            return "wrong", "the model loads and is another", 0
        with contextlib.suppress(DataError):
            epoch = resume_run(run, None, None).position.epoch
        code, _, errors = invoke("train", "--resume", RUN, "--quiet", folder=folder)
        if code:
            return ("lost" if is_refused(code, errors) else "wrong"), last_line(errors, folder), 0
        if (weights(model), metrics(run / "metrics.csv")) != self.expected:
            return "wrong", "it resumes to other bits", epoch
        return "same", errors.strip(), epoch


SAVE_MODELS = """
import sys
import gradus
data = gradus.load("digits")
for number in range(int(sys.argv[1])):
    model = gradus.Model(gradus.build_network(data, "64-8-10", seed=number), data.preprocessing, data.classes)
    model.save("model.safetensors")
    print("saved", number, flush=True)
    model.save(f"{number}.safetensors")
"""


class ModelCheck:
    """A model file that was announced as saved loads with its weights, or with those that replace them."""

    def __init__(self, versions: list[str | None]):
        self.versions = versions

    def judge(self, state: CrashState, folder: Path, tally: Tally) -> None:
        """Load the model, and count the state."""
        saved = len(state.announced.splitlines())
        path = folder / "model.safetensors"
        state.write(folder)
        if not path.exists():
            tally.add("lost" if saved else "not begun", "there is no model file" if saved else "")
        elif (loaded := weights(path)) is None:
            tally.add("lost", "the model file is refused")
        elif loaded in self.versions[max(0, saved - 1) : saved + 1]:
            tally.add("same")
        else:
            tally.add("wrong", "the model loads and is another")


class SearchCheck:
    """A search has every trial that was announced, and `--resume` finds the trials of the one that was not interrupted.

    Args:
        whole: the output of that search.
    """

    def __init__(self, whole: str):
        self.rows = trial_rows(whole)
        self.seen: dict[bytes, tuple[str, str, list[Any]]] = {}
        self.databases: dict[str, tuple[str, str, list[Any]]] = {}

    def judge(self, state: CrashState, folder: Path, tally: Tally) -> None:
        """Recover the database of the state, resume it if it is a new one, and count the state."""
        visible = {path: content for path, content in state.files.items() if not Path(path).name.startswith(".")}
        visible = {path: content for path, content in visible.items() if not path.endswith((".csv", ".png"))}
        key = CrashState(visible, "").key()
        if key not in self.seen:
            state.write(folder)
            self.seen[key] = self.resume(folder)
        verdict, problem, rows = self.seen[key]
        lost = [row for row in trial_rows(state.announced) if row not in rows]
        if verdict == "same" and lost:
            verdict, problem = "wrong", f"{len(lost)} announced trials are gone without a word"
        elif verdict == "lost" and not state.announced:
            verdict, problem = "not begun", ""
        tally.add(verdict, problem)

    def resume(self, folder: Path) -> tuple[str, str, list[Any]]:
        """The verdict on a folder, the problem, and the trials that are in it."""
        search = folder / "searches" / "run"
        if not (search / "settings.toml").exists():
            return self.finish(folder, [])
        content = recovered(search / "search.db")
        if content not in self.databases:
            with contextlib.suppress(DataError):
                found = finished_trials(search, read_search(search).settings)
                self.databases[content] = self.finish(folder, [row_of(trial) for trial in found])
        return self.databases.get(content) or self.finish(folder, [])

    def finish(self, folder: Path, rows: list[Any]) -> tuple[str, str, list[Any]]:
        """Resume the search to its end."""
        code, _, errors = invoke("search", "--resume", "searches/run", "--json", folder=folder)
        if code:
            return ("lost" if is_refused(code, errors) else "wrong"), last_line(errors, folder), rows
        search = folder / "searches" / "run"
        after = [row_of(trial) for trial in finished_trials(search, read_search(search).settings)]
        if sorted(after) != sorted(self.rows):
            return "wrong", "it resumes to other trials", rows
        return "same", errors.strip(), rows


def recovered(path: Path) -> str:
    """The content of a database once SQLite has rolled back what was not committed."""
    if not path.exists():
        return ""
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            checked = connection.execute("PRAGMA integrity_check").fetchall()
            return f"{checked}\n" + "\n".join(connection.iterdump())
    except sqlite3.DatabaseError as error:
        return str(error)


def trial_rows(announced: str) -> list[Any]:
    """The trials among lines of JSON."""
    lines = [json.loads(line) for line in announced.splitlines()]
    return [numbers_of(line) for line in lines if "best" not in line]


def row_of(trial: Any) -> Any:
    """A trial's values and accuracy."""
    point, outcome = trial.point, trial.outcome
    return point.learning_rate, point.batch_size, point.optimizer, outcome.accuracy


def numbers_of(row: dict[str, Any]) -> Any:
    """A printed trial's values and accuracy."""
    return row["learning_rate"], row["batch_size"], row["optimizer"], row["validation_accuracy"]


def last_line(errors: str, folder: Path) -> str:
    """The last line of an error, without the folder's name."""
    return (errors.strip().splitlines() or ["no message"])[-1].replace(f"{folder}{os.sep}", "")
