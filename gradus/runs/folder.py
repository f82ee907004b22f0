"""The folder of a run: its settings, the metrics of every epoch, its checkpoint and its model."""

import csv
import io
import math
import os
import platform
import shutil
import tempfile
import tomllib
from glob import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import tomli_w

from gradus import __version__
from gradus.errors import DataError, DivergedError, SettingError
from gradus.files import FolderLock, current_umask, make_folder, read_regular, sync_file, sync_folder, write_atomically
from gradus.models import Model
from gradus.training import Epoch, TrainingPosition, save_checkpoint

__all__ = ["Metrics", "RunFolder", "diverged_metrics", "epoch_metrics", "folder_name"]

Metrics = dict[str, float | None]  # a row of metrics.csv; None is an empty cell
UNFINISHED = f".unfinished-{platform.node()}-"  # a folder's name before its run has begun, then the process
MODEL_NAME = "model.safetensors"
MAX_METRICS = 1 << 26  # bytes of metrics.csv: those of some 100,000 epochs
MAX_COLUMNS = 10_000
LIBRARIES = ("jax", "jaxlib", "numpy", "optax")


class RunFolder:
    """The folder of one run.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path):
        self.path = path
        self.writer = FolderLock(path)
        self.columns: list[str] = []  # of metrics.csv; none before the first write and after one that failed

    @classmethod
    def create(
        cls, out: Path, name: str | None, prefix: str, settings: dict[str, Any], position: TrainingPosition
    ) -> "RunFolder":
        """Make the folder out/name with its settings and its first checkpoint, and become its writer.

        It appears with both files or not at all, so that the run can be resumed however it ends.

        Args:
            out: the parent folder, created where it is missing.
            name: of the folder; None for the first free one of prefix-1, prefix-2, ...
            settings: resolved, for settings.toml.
            position: for the first checkpoint.

        Raises:
            SettingError: where something of that name exists.
            OSError: where it cannot be written.
        """
        path = out / folder_name(out, name, prefix)
        make_folder(out)
        remove_unfinished(out)
        temporary = cls(Path(tempfile.mkdtemp(dir=out, prefix=f"{UNFINISHED}{os.getpid()}-")))
        try:
            temporary.write_settings(settings)
            temporary.save_checkpoint(position)
            temporary.path.chmod(0o777 & ~current_umask())
            if path.exists():
                raise FileExistsError
            temporary.path.rename(path)
        except FileExistsError:
            raise SettingError(f"{path} exists already; choose another --name, or move it away") from None
        finally:
            shutil.rmtree(temporary.path, ignore_errors=True)
        sync_folder(out)
        folder = cls(path)
        folder.writer.acquire()
        return folder

    def restore(self, settings: dict[str, Any]) -> None:
        """Make the folder again where somebody has removed or moved it.

        Args:
            settings: resolved, for settings.toml.
        """
        if not self.path.is_dir():
            self.writer.release()
            make_folder(self.path)
            self.writer = FolderLock(self.path)
            self.writer.acquire()
            self.write_settings(settings)

    @property
    def model_path(self) -> Path:
        """The path of the model file."""
        return self.path / MODEL_NAME

    @property
    def checkpoint_path(self) -> Path:
        """The path of the checkpoint."""
        return self.path / "checkpoint.safetensors"

    @property
    def metrics_path(self) -> Path:
        """The path of the metrics of every epoch."""
        return self.path / "metrics.csv"

    @property
    def settings_path(self) -> Path:
        """The path of the settings."""
        return self.path / "settings.toml"

    def read_settings(self, kind: str = "run") -> dict[str, Any]:
        """The settings that `write_settings` wrote.

        Args:
            kind: of the folder, for the message.

        Raises:
            DataError: where the file is missing or damaged.
        """
        path = self.settings_path
        try:
            settings = tomllib.loads(read_regular(path).decode())["settings"]
            if not isinstance(settings, dict):
                raise TypeError
        except DataError:
            raise
        except (OSError, KeyError, TypeError, ValueError, RecursionError):  # invalid TOML is a ValueError
            raise DataError(
                f"{path}: missing or damaged, so the {kind} cannot be resumed; start a new {kind}"
            ) from None
        return settings

    def write_settings(self, settings: dict[str, Any]) -> None:
        """Write settings.toml: the resolved settings, and the versions that the results depend on.

        Args:
            settings: by name; those that are None are left out.
        """
        versions = {"python": platform.python_version(), "gradus": __version__}
        versions |= {name: version(name) for name in LIBRARIES}
        given = {name: value for name, value in settings.items() if value is not None}
        document = {"settings": given, "versions": versions, "machine": {"platform": platform.platform()}}
        write_atomically(self.settings_path, tomli_w.dumps(document).encode())

    def append_metrics(self, rows: list[Metrics]) -> None:
        """Append the last epoch's row to metrics.csv; write all rows where some are not there.

        Args:
            rows: of all epochs; cells whose column an epoch lacks are empty.

        Raises:
            OSError: where the file cannot be written; a later call makes up for it.
        """
        self.writer.check()
        columns, self.columns = self.columns, []  # until the row is there
        if not rows[-1].keys() <= set(columns) or not self.metrics_path.exists():
            self.complete_metrics(rows)
            return
        try:
            with self.metrics_path.open("a", newline="", encoding="utf-8") as file:
                csv.DictWriter(file, fieldnames=columns).writerow(rows[-1])
        except OSError as error:  # that of a full disk names no file
            raise OSError(error.errno, error.strerror, str(self.metrics_path)) from None
        self.columns = columns

    def complete_metrics(self, rows: list[Metrics]) -> None:
        """Write all rows to metrics.csv where some are not there. Raises OSError."""
        self.writer.check()
        if rows and not (self.columns and self.metrics_path.exists()):
            columns, text = column_names(rows), io.StringIO()
            writer = csv.DictWriter(text, fieldnames=columns)
            writer.writeheader()
            writer.writerows(rows)
            write_atomically(self.metrics_path, text.getvalue().encode())
            self.columns = columns

    def read_metrics(self, epochs: int) -> list[Metrics]:
        """The rows of the first `epochs` epochs; rows that a killed run wrote after its checkpoint are cut off.

        Raises:
            DataError: where a row is missing or damaged.
        """
        if epochs == 0:
            self.metrics_path.unlink(missing_ok=True)
            return []
        try:
            text = read_regular(self.metrics_path, MAX_METRICS).decode()
            lines = text.splitlines(keepends=True)[: epochs + 1]
            if lines and lines[0].count(",") >= MAX_COLUMNS:
                raise ValueError
            rows = parse_metrics(lines)
            if [row["epoch"] for row in rows] != [*range(1, epochs + 1)]:
                raise ValueError
            self.columns = column_names(rows)
        except DataError:
            raise
        except (OSError, KeyError, TypeError, ValueError, csv.Error):
            raise DataError(f"{self.metrics_path}: missing or damaged; expected the first {epochs} epochs") from None
        write_atomically(self.metrics_path, "".join(lines).encode())
        return rows

    def all_metrics(self) -> list[Metrics]:
        """All rows of metrics.csv, which stays as it is; none where it is missing.

        Raises:
            DataError: where it is damaged.
        """
        try:
            return parse_metrics(read_regular(self.metrics_path, MAX_METRICS).decode().splitlines())
        except FileNotFoundError:
            return []
        except (OSError, KeyError, TypeError, ValueError, csv.Error):
            raise DataError(f"{self.metrics_path}: damaged; remove it, or train again") from None

    def save_checkpoint(self, position: TrainingPosition) -> None:
        """Write the checkpoint; the previous one stays until the new one is complete.

        The metrics of the epochs before it reach the disk first: without them it could not be resumed.
        """
        self.writer.check()
        if self.metrics_path.exists():
            sync_file(self.metrics_path)
        save_checkpoint(position, self.checkpoint_path)

    def save_model(self, model: Model) -> None:
        """Write the model file."""
        self.writer.check()
        model.save(self.model_path)


def column_names(rows: list[Metrics]) -> list[str]:
    """The names of all columns, in the order in which they first occur."""
    return list(dict.fromkeys(name for row in rows for name in row))


def remove_unfinished(out: Path) -> None:
    """Remove the folders that starts in `out` have left which were killed on this machine."""
    for path in out.glob(f"{escape(UNFINISHED)}*"):
        process = path.name.removeprefix(UNFINISHED).partition("-")[0]
        if process.isdecimal() and not psutil.pid_exists(int(process)):
            shutil.rmtree(path, ignore_errors=True)


def folder_name(out: Path, name: str | None, prefix: str) -> str:
    """The name of a new folder in `out`: as given, or the first of prefix-1, prefix-2, ... that is free.

    Raises:
        SettingError: for a name that is not that of a folder, such as a/b.
    """
    if name is None:
        existing = {path.name for path in out.glob(f"{prefix}-*")}
        number = next(n for n in range(1, len(existing) + 2) if f"{prefix}-{n}" not in existing)
        return f"{prefix}-{number}"
    if name in ("", ".", "..") or Path(name).name != name:
        raise SettingError(f"name {name!r}: expected the name of a folder, without slashes; --out says where")
    return name


def epoch_metrics(epoch: Epoch) -> Metrics:
    """An epoch's row of metrics.csv: its numbers by name, None for one that is not finite."""
    numbers: dict[str, float] = {"epoch": epoch.epoch, "cost": epoch.cost}
    for part, evaluation in (("training", epoch.training), ("validation", epoch.validation)):
        if evaluation:
            numbers |= {f"{part}_{name}": number for name, number in evaluation.as_dict().items()}
    numbers |= {"learning_rate": epoch.learning_rate, "seconds": epoch.seconds}
    if epoch.passes is not None:
        numbers["passes"] = epoch.passes
    for layer in epoch.layers:
        numbers |= layer.as_dict()
    return {name: number if math.isfinite(number) else None for name, number in numbers.items()}


def diverged_metrics(error: DivergedError) -> Metrics:
    """The row of an epoch in which training diverged: the mean cost before that, None at its first step."""
    return {"epoch": error.epoch, "cost": error.cost if math.isfinite(error.cost) else None}


def parse_metrics(lines: list[str]) -> list[Metrics]:
    """The rows of metrics.csv. Raises KeyError, TypeError, ValueError or csv.Error for anything else."""
    rows = [{name: float(number) if number else None for name, number in row.items()} for row in csv.DictReader(lines)]
    if not all((row["epoch"] or 0.5).is_integer() for row in rows):
        raise ValueError("an epoch is a whole number")
    return [row | {"epoch": int(row["epoch"] or 0)} for row in rows]
