"""The folder of a run: its settings, the metrics of every epoch, and its model."""

import csv
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
        """Add one epoch's line to metrics.csv."""
        row = metrics(epoch)
        path = self.path / "metrics.csv"
        is_new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(row))
            if is_new:
                writer.writeheader()
            writer.writerow(row)

    def save(self, model: Model) -> None:
        """Write the model file."""
        model.save(self.model_path)


def metrics(epoch: Epoch) -> dict[str, float]:
    """An epoch's numbers by name, as in metrics.csv."""
    numbers = {"epoch": epoch.epoch, "cost": epoch.cost}
    if epoch.validation:
        numbers |= {f"validation_{name}": number for name, number in epoch.validation.numbers().items()}
    return numbers | {"seconds": epoch.seconds}
