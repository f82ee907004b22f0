"""The folder of a run: its settings, the metrics of every epoch, and its model."""

import csv
import math
import platform
import shutil
import tempfile
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tomli_w

from gradus import __version__
from gradus.errors import DataError, SettingError
from gradus.files.atomic import current_umask, write_atomically
from gradus.models import Model
from gradus.training import Epoch
from gradus.training.checkpoint import save_checkpoint
from gradus.training.position import TrainingPosition

__all__ = ["Metrics", "RunFolder", "metrics"]

Metrics = dict[str, float | None]  # a line of metrics.csv; None is an empty cell
LIBRARIES = ("jax", "jaxlib", "numpy", "optax")


class RunFolder:
    """The folder of one run."""

    def __init__(self, path: Path):
        self.path = path

    @classmethod
    def create(
        cls, out: Path, name: str | None, prefix: str, settings: dict[str, Any], position: TrainingPosition
    ) -> "RunFolder":
        """out/name; without a name, the first of out/prefix-1, out/prefix-2, ... that is free.

        The folder appears with its settings and its first checkpoint in it, or not at all, so that the run can be
        resumed however it ends.

        Raises:
            SettingError: where something of that name exists.
        """
        path = out / named_folder(out, name, prefix)
        out.mkdir(parents=True, exist_ok=True)
        made = cls(Path(tempfile.mkdtemp(dir=out, prefix=".")))
        try:
            made.write_settings(settings)
            made.save_checkpoint(position)
            made.path.chmod(0o777 & ~current_umask())
            if path.exists():
                raise FileExistsError
            made.path.rename(path)
        except FileExistsError:
            raise SettingError(f"{path} exists already; choose another --name, or move it away") from None
        finally:
            shutil.rmtree(made.path, ignore_errors=True)
        return cls(path)

    @property
    def model_path(self) -> Path:
        """Where the model file is."""
        return self.path / "model.safetensors"

    @property
    def checkpoint_path(self) -> Path:
        """Where the checkpoint is."""
        return self.path / "checkpoint.safetensors"

    @property
    def metrics_path(self) -> Path:
        """Where the metrics of every epoch are."""
        return self.path / "metrics.csv"

    def settings(self) -> dict[str, Any]:
        """The settings as `write_settings` wrote them. Raises DataError."""
        path = self.path / "settings.toml"
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))["settings"]
        except (OSError, KeyError, ValueError):  # TOML that is none is a ValueError
            raise DataError(f"{path}: missing or damaged, so the run cannot be resumed; train again") from None

    def write_settings(self, settings: dict[str, Any]) -> None:
        """Write settings.toml: the resolved settings, and the versions that the numbers come from."""
        versions = {"python": platform.python_version(), "gradus": __version__}
        versions |= {name: version(name) for name in LIBRARIES}
        given = {name: value for name, value in settings.items() if value is not None}
        document = {"settings": given, "versions": versions, "machine": {"platform": platform.platform()}}
        write_atomically(self.path / "settings.toml", tomli_w.dumps(document).encode())

    def append_metrics(self, row: Metrics) -> None:
        """Add an epoch's line to metrics.csv; the first line has every column, later ones may leave cells empty."""
        is_new = not self.metrics_path.exists()
        columns = list(row) if is_new else header(self.metrics_path)
        with self.metrics_path.open("a", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=columns)
            if is_new:
                writer.writeheader()
            writer.writerow(row)

    def read_metrics(self, epochs: int) -> list[Metrics]:
        """The lines of the first `epochs` epochs; what a killed run wrote after its checkpoint is cut off.

        Raises:
            DataError: where one of them is missing.
        """
        if epochs == 0:
            self.metrics_path.unlink(missing_ok=True)
            return []
        try:
            lines = self.metrics_path.read_text(encoding="utf-8").splitlines(keepends=True)[: epochs + 1]
            rows = [
                {name: float(number) if number else None for name, number in row.items()}
                for row in csv.DictReader(lines)
            ]
            if [row["epoch"] for row in rows] != [*range(1, epochs + 1)]:
                raise ValueError
        except (OSError, KeyError, TypeError, ValueError):
            raise DataError(f"{self.metrics_path}: missing or damaged; expected the first {epochs} epochs") from None
        write_atomically(self.metrics_path, "".join(lines).encode())
        return rows

    def save_checkpoint(self, position: TrainingPosition) -> None:
        """Write the checkpoint; the one before stays until this one is whole."""
        save_checkpoint(position, self.checkpoint_path)

    def save(self, model: Model) -> None:
        """Write the model file."""
        model.save(self.model_path)


def named_folder(out: Path, name: str | None, prefix: str) -> str:
    """The name as given, or the first of prefix-1, prefix-2, ... that is free. Raises SettingError."""
    if name is None:
        taken = {path.name for path in out.glob(f"{prefix}-*")}
        number = next(n for n in range(1, len(taken) + 2) if f"{prefix}-{n}" not in taken)
        return f"{prefix}-{number}"
    if name in ("", ".", "..") or Path(name).name != name:
        raise SettingError(f"name {name!r}: expected the name of a folder, without slashes; --out says where")
    return name


def header(path: Path) -> list[str]:
    """The names of a CSV file's columns."""
    with path.open(newline="") as file:
        return next(csv.reader(file))


def metrics(epoch: Epoch) -> Metrics:
    """An epoch's numbers by name, as in metrics.csv; None for one that is not a finite number."""
    numbers: dict[str, float] = {"epoch": epoch.epoch, "cost": epoch.cost}
    for part, evaluation in (("training", epoch.training), ("validation", epoch.validation)):
        if evaluation:
            numbers |= {f"{part}_{name}": number for name, number in evaluation.numbers().items()}
    numbers |= {"learning_rate": epoch.learning_rate, "seconds": epoch.seconds}
    if epoch.passes is not None:
        numbers["passes"] = epoch.passes
    for layer in epoch.layers:
        numbers |= layer.numbers()
    return {name: number if math.isfinite(number) else None for name, number in numbers.items()}
