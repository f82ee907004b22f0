"""A search on disk: its folder remembers the data, how they were read, and the settings of the search."""

import hashlib
import math
import shlex
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gradus.data import Dataset
from gradus.errors import DataError, SettingError
from gradus.files import make_folder
from gradus.runs import RunFolder, folder_name
from gradus.search.settings import SearchSettings, check_search
from gradus.search.trial import Point, Trial, trial_epochs, trial_trainer
from gradus.search.worker import finished_trials
from gradus.sources import DATA_OPTIONS, default_settings, find_kind, load

__all__ = ["SearchSession", "StoredSearch", "format_value", "read_search", "resume_search", "start_search"]

FIRST_LEARNING_RATE = 0.1  # where it was not searched, in searches without a fingerprint
FLAGS = ("skip_bad",)  # options without a value


@dataclass(frozen=True)
class StoredSearch:
    """What settings.toml of a search says.

    Attributes:
        data: as the person named them.
        options: how they were read, by name (`DATA_OPTIONS`).
        settings: of the search.
        fingerprint: of the data and the settings; None in files of before it came.
    """

    data: str
    options: dict[str, Any]
    settings: SearchSettings
    fingerprint: str | None

    def to_dict(self) -> dict[str, Any]:
        """As settings.toml has it."""
        return {"data": self.data} | self.options | self.settings.to_dict() | {"fingerprint": self.fingerprint}


@dataclass(frozen=True)
class SearchSession:
    """A search in this process: its folder, its data, how they were read, and its settings."""

    folder: Path
    dataset: Dataset
    stored: StoredSearch

    @property
    def settings(self) -> SearchSettings:
        """The settings of the search."""
        return self.stored.settings

    @property
    def score_name(self) -> str:
        """The score that trials are ranked by, as trials.csv names it."""
        return "validation_r2" if self.dataset.targets else "validation_accuracy"

    def trials(self) -> list[Trial]:
        """All finished trials, also those of other workers and earlier sessions."""
        return finished_trials(self.folder, self.settings)

    def title(self) -> str:
        """The data and the length of a trial, in words."""
        n = len(self.dataset.training.x)
        used, number = min(self.settings.examples, n), trial_epochs(self.trial_data(), self.settings.epochs)
        examples = f"{used:,} of {n:,}" if used < n else f"all {used:,}"
        epochs = "1 epoch" if number == 1 else f"{number} epochs"
        return f"{self.dataset.name}: {epochs} on {examples} training examples per trial"

    def notes(self) -> list[str]:
        """What was found, how it was split, what is done to it, and how a trial differs from a training."""
        members = default_settings(self.dataset).get("ensemble", 1)
        alone = f"a trial trains one network; gradus train averages {members}"
        return [*self.dataset.notes, *([alone] if members > 1 else [])]

    def trial_data(self) -> Dataset:
        """The data of each trial."""
        return self.settings.trial_data(self.dataset)

    def row(self, trial: Trial) -> dict[str, Any]:
        """A trial's row of trials.csv: its settings and results by name, None for a number that is not finite."""
        outcome, settings = trial.outcome, {name: getattr(trial.point, name) for name in self.settings.varied}
        return settings | {
            self.score_name: outcome.accuracy if math.isfinite(outcome.accuracy) else None,
            "validation_cost": None if outcome.diverged else outcome.cost,
            "epoch": outcome.epoch,
            "seconds": round(outcome.seconds, 3),
            "diverged": outcome.diverged,
        }

    def command(self, point: Point) -> str:
        """The command that trains on the same data with the settings of a point."""
        settings = {name: value for name, value in asdict(point).items() if value}  # no penalty is the default
        if self.settings.seed:
            settings["seed"] = self.settings.seed
        words = ["gradus", "train", self.stored.data]
        for name, value in (self.stored.options | settings).items():
            words += [f"--{name.replace('_', '-')}", *([] if name in FLAGS else [format_value(value)])]
        return shlex.join(words)


def start_search(data: str, out: Path, name: str | None, given: dict[str, Any]) -> SearchSession:
    """A new search; nothing is created on disk unless all settings are valid.

    Args:
        data: the name of a data set, or the path of a person's own.
        out, name: the folder is out/name; without a name, out/<data>-1, -2 and so on.
        given: by name, how the data are read (`DATA_OPTIONS`) and the settings of `SearchSettings`.

    Raises:
        SettingError: where a setting is invalid, or the folder exists.
        DataError: where the data are missing or damaged.
    """
    options = {option: given[option] for option in DATA_OPTIONS if option in given}
    settings = SearchSettings(**{option: given[option] for option in given if option not in options})
    dataset = load_examples(data, options)
    check_search(dataset, settings)
    folder = out / folder_name(out, name, dataset.name)
    make_folder(out)
    try:
        make_folder(folder, exist_ok=False)
    except FileExistsError:
        raise SettingError(
            f"{folder} exists already; choose another --name, or resume it with --resume {folder}"
        ) from None
    stored = StoredSearch(data, options, settings, fingerprint(dataset, settings))
    try:
        RunFolder(folder).write_settings(stored.to_dict())
    except OSError:  # a search that has not begun leaves nothing
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return SearchSession(folder, dataset, stored)


def resume_search(folder: Path, data_dir: Path | None) -> SearchSession:
    """The search in a folder.

    Args:
        data_dir: a folder with a data set's files; None for that of the original search.

    Raises:
        SettingError: where `data_dir` does not apply.
        DataError: where the folder is damaged, and where the data are missing, damaged or no longer the same.
    """
    stored = read_search(folder)
    if data_dir is not None:
        stored = replace(stored, options=stored.options | {"data_dir": str(data_dir)})
    try:
        dataset = load_examples(stored.data, stored.options)
        check_search(dataset, stored.settings)
    except (AttributeError, SettingError, TypeError) as error:
        if isinstance(error, SettingError) and data_dir is not None:
            raise
        raise DataError(f"{folder}: its settings.toml cannot be used ({error})") from None
    if stored.fingerprint not in (None, fingerprint(dataset, stored.settings)):
        raise DataError(
            f"{folder}: its trials are of other data than {stored.data} holds now, or of other settings; "
            "start a new search"
        )
    return SearchSession(folder, dataset, stored)


def read_search(folder: Path) -> StoredSearch:
    """What settings.toml of a search says.

    Raises:
        SettingError: for settings that cannot be used.
        DataError: where it is missing or damaged.
    """
    values = RunFolder(folder).read_settings("search")
    data, mark = values.pop("data", ""), values.pop("fingerprint", None)
    options = {name: values.pop(name) for name in DATA_OPTIONS if name in values}
    try:
        settings = SearchSettings.from_dict(values)
        if not isinstance(data, str):
            raise TypeError(f"data {data!r}")
    except TypeError as error:
        raise DataError(f"{folder}: its settings.toml cannot be used ({error})") from None
    if mark is None and "learning_rate" not in settings.varied:
        settings = replace(settings, learning_rate=FIRST_LEARNING_RATE)
    return StoredSearch(data, options, settings, mark)


def load_examples(data: str, options: dict[str, Any]) -> Dataset:
    """The data set that a person names.

    Raises:
        SettingError: where it is unknown, or a text.
        DataError: where its files are missing or damaged.
    """
    if find_kind(data) == "text":
        raise SettingError(f"{data}: a search is for examples with classes or numbers; this is a text to continue")
    loaded = load(data, **options)
    assert isinstance(loaded, Dataset)
    return loaded


def fingerprint(dataset: Dataset, settings: SearchSettings) -> str:
    """A SHA-256 of the data and of the settings that no trial varies: trials with another cannot be compared."""
    data = settings.trial_data(dataset)
    trainer = trial_trainer(data, settings.default_point, settings.epochs, settings.seed)
    sha = hashlib.sha256(trainer.fingerprint().encode())
    for array in data.validation:
        sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()


def format_value(value: Any) -> str:
    """A setting's value as a user types it."""
    return f"{value:g}" if isinstance(value, float) else str(value)
