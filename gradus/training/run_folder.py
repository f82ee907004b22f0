"""The folder of a run: its settings, the metrics of every epoch, and its model."""

import csv
import math
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tomli_w

from gradus.errors import SettingError
from gradus.files import write_atomically
from gradus.training.model import Model
from gradus.training.records import Epoch

__all__ = ["RunFolder", "metrics"]

LIBRARIES = ("gradus", "jax", "jaxlib", "numpy", "optax")


class RunFolder:
    """A folder that was not there before, so that no earlier run can be lost."""

    def __init__(self, path: Path):
        """Make the folder. Raises SettingError where something of that name exists."""
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            raise SettingError(f"{path} exists already; choose another --name, or move it away") from None
        self.path = path

    @classmethod
    def create(cls, out: Path, name: str | None, prefix: str) -> "RunFolder":
        """out/name, or where no name is given the first of out/prefix-1, out/prefix-2, ... that is free."""
        if name is None:
            taken = {path.name for path in out.glob(f"{prefix}-*")}
            number = next(n for n in range(1, len(taken) + 2) if f"{prefix}-{n}" not in taken)
            return cls(out / f"{prefix}-{number}")
        if name in ("", ".", "..") or Path(name).name != name:
            raise SettingError(f"name {name!r}: expected the name of a folder, without slashes; --out says where")
        return cls(out / name)

    @property
    def model_path(self) -> Path:
        """Where the model file is."""
        return self.path / "model.safetensors"

    def write_settings(self, settings: dict[str, Any]) -> None:
        """Write settings.toml: the resolved settings, and the versions that the numbers come from."""
        versions = {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}
        given = {name: value for name, value in settings.items() if value is not None}
        document = {"settings": given, "versions": versions, "machine": {"platform": platform.platform()}}
        write_atomically(self.path / "settings.toml", tomli_w.dumps(document).encode())

    def append_metrics(self, epoch: Epoch) -> None:
        """Add one epoch's line to metrics.csv; the first one has every column, a later one may leave cells empty."""
        row = metrics(epoch)
        path = self.path / "metrics.csv"
        is_new = not path.exists()
        columns = list(row) if is_new else header(path)
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=columns)
            if is_new:
                writer.writeheader()
            writer.writerow(row)

    def save(self, model: Model) -> None:
        """Write the model file."""
        model.save(self.model_path)


def header(path: Path) -> list[str]:
    """The names of a CSV file's columns."""
    with path.open(newline="") as file:
        return next(csv.reader(file))


def metrics(epoch: Epoch) -> dict[str, float | None]:
    """An epoch's numbers by name, as in metrics.csv; None for one that is not a finite number."""
    numbers: dict[str, float] = {"epoch": epoch.epoch, "cost": epoch.cost}
    for part, evaluation in (("training", epoch.training), ("validation", epoch.validation)):
        if evaluation:
            numbers |= {f"{part}_{name}": number for name, number in evaluation.numbers().items()}
    if epoch.learning_rate is not None:
        numbers["learning_rate"] = epoch.learning_rate
    numbers["seconds"] = epoch.seconds
    for layer in epoch.layers:
        numbers |= layer.numbers()
    return {name: number if math.isfinite(number) else None for name, number in numbers.items()}
