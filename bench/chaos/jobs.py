"""The commands that are disturbed, and their results."""

import contextlib
import csv
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradus import Model
from gradus.errors import DataError
from gradus.search import finished_trials, read_search

__all__ = ["GRADUS", "JOBS", "Job", "SearchJob", "TrainingJob"]

GRADUS = "from gradus.cli import main; main()"
TEXT = "The quick brown fox jumps over the lazy dog.\n" * 60


@dataclass(frozen=True)
class Job:
    """A command that can be resumed.

    Args:
        name: in the table.
        words: of the command, without the name of its folder.
    """

    name: str
    words: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Where its run or search is."""
        raise NotImplementedError

    def begin(self) -> list[str]:
        """The command that begins it."""
        return [*self.words, "--json", "--name", "job"]

    def resume(self) -> list[str]:
        """The command that resumes it."""
        return [self.words[0], "--resume", self.folder, "--json"]

    def result(self, home: Path) -> Any:
        """What must be the same, whatever happened on the way."""
        raise NotImplementedError

    def lost(self, home: Path, printed: list[dict[str, Any]]) -> list[str]:
        """What was printed and is not on disk."""
        raise NotImplementedError


class TrainingJob(Job):
    """A training: the same bits of its model, and the same metrics but for the seconds."""

    folder = "runs/job"

    def begin(self) -> list[str]:
        return [*super().begin(), "--checkpoint-interval", "0"]

    def resume(self) -> list[str]:
        return [*super().resume(), "--checkpoint-interval", "0"]

    def result(self, home: Path) -> Any:
        run = home / self.folder
        with (run / "metrics.csv").open(newline="") as file:
            rows = [{key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(file)]
        return (run / "model.safetensors").read_bytes(), rows

    def lost(self, home: Path, printed: list[dict[str, Any]]) -> list[str]:
        epochs = {row["epoch"] for row in printed if "epoch" in row}
        path = home / self.folder / "metrics.csv"
        kept = set()
        if path.exists():
            with path.open(newline="") as file:
                kept = {int(row["epoch"]) for row in csv.DictReader(file)}
        return [f"epoch {epoch}" for epoch in sorted(epochs - kept)]


class SearchJob(Job):
    """A search: the same trials with the same scores."""

    folder = "searches/job"

    def trials(self, home: Path) -> list[tuple[Any, ...]]:
        """The points and scores of all finished trials."""
        folder = home / self.folder
        found = finished_trials(folder, read_search(folder).settings)
        return sorted((trial.point.learning_rate, trial.point.batch_size, trial.outcome.accuracy) for trial in found)

    def result(self, home: Path) -> Any:
        return self.trials(home)

    def lost(self, home: Path, printed: list[dict[str, Any]]) -> list[str]:
        kept: list[tuple[Any, ...]] = []
        with contextlib.suppress(DataError):
            kept = self.trials(home)
        accuracies = [accuracy for *_, accuracy in kept]
        rows = [row for row in printed if "validation_accuracy" in row]
        return [f"trial {json.dumps(row)}" for row in rows if row["validation_accuracy"] not in accuracies]


JOBS: tuple[Job, ...] = (
    TrainingJob("conv", ("train", "digits", "--epochs", "12", "--optimizer", "momentum", "--learning-rate", "0.01",
                         "--schedule", "cosine")),
    TrainingJob("dropout", ("train", "digits", "--layers", "dense100 dropout0.5 dense10", "--epochs", "60",
                            "--patience", "40", "--l2", "1")),
    TrainingJob("lstm", ("train", "fox.txt", "--layers", "lstm32 dropout0.5", "--epochs", "25", "--time", "16")),
    SearchJob("coarse to fine", ("search", "digits", "--layers", "hidden30", "--epochs", "3", "--examples", "300",
                                 "--hyperparameters", "learning_rate")),
    SearchJob("optuna", ("search", "digits", "--layers", "hidden30", "--epochs", "3", "--examples", "300",
                         "--hyperparameters", "learning_rate,batch_size", "--trials", "10")),
)  # fmt: skip


def prepare(home: Path) -> None:
    """What the commands read."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "fox.txt").write_text(TEXT)


def loads(path: Path) -> bool:
    """True for a model file that can be used."""
    try:
        Model.load(path)
    except DataError:
        return False
    return True


def command(program: str, words: list[str]) -> list[str]:
    """The words of a process that runs a Python program with these arguments."""
    return [sys.executable, "-c", program, *words]
