"""Which hyperparameters a search varies, over which values, and for how long."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from gradus.checks import check_number, check_whole
from gradus.data import Dataset
from gradus.errors import SettingError
from gradus.optimizers import OPTIMIZERS
from gradus.registry import Registry
from gradus.search.coarse_to_fine import MAGNITUDES
from gradus.search.trial import Point, trial_trainer
from gradus.seeds import check_seed
from gradus.sources import default_settings
from gradus.training import Settings

__all__ = ["SEARCH_SPACE", "Choices", "LogRange", "SearchSettings", "check_search"]

BATCH_SIZES = (5, 10, 20, 50, 100)
NAMES_IN_FILES = {"hyperparameters": "knobs"}


@dataclass(frozen=True)
class LogRange:
    """Numbers from low to high, uniform in their logarithm."""

    low: float
    high: float


Choices = tuple[str, ...] | tuple[int, ...]

# What Optuna may choose, in the order of tables.
SEARCH_SPACE: Registry[LogRange | Choices] = Registry(
    "hyperparameter",
    {
        "learning_rate": LogRange(1e-4, 10),
        "l2": LogRange(1e-3, 100),
        "l1": LogRange(1e-3, 100),
        "batch_size": BATCH_SIZES,
        "optimizer": tuple(OPTIMIZERS),
    },
)


@dataclass(frozen=True)
class SearchSettings:
    """What a search varies, and how.

    Args:
        hyperparameters: names in SEARCH_SPACE.
        layers: networks, as lines or presets; several are searched, too; none for the data's default.
        trials: number of trials that Optuna proposes; a coarse-to-fine search ends by itself.
        epochs: of each trial; None for the data's default, or 5 where they have none.
        examples: the largest number of training examples in a trial.
        seed: of the initial weights, of training, and of Optuna.
        learning_rate: eta where it is not searched; None for the data's default.

    Raises:
        SettingError: for values that cannot be used.
    """

    hyperparameters: tuple[str, ...] = ("learning_rate", "l2")
    layers: tuple[str, ...] = ()
    trials: int = 40
    epochs: int | None = None
    examples: int = 10_000
    seed: int = 0
    learning_rate: float | None = None

    def __post_init__(self) -> None:
        for name in self.hyperparameters:
            SEARCH_SPACE.find(name)
        if not self.hyperparameters or len(set(self.hyperparameters)) < len(self.hyperparameters):
            given = ",".join(self.hyperparameters)
            raise SettingError(f"hyperparameters {given!r}: expected at least one of {SEARCH_SPACE.names()}, each once")
        check_seed(self.seed)
        for name in ("trials", "examples"):
            check_whole(name, getattr(self, name))
        if self.epochs is not None:
            check_whole("epochs", self.epochs)
        if self.learning_rate is not None:
            check_number("learning rate", self.learning_rate)

    @property
    def default_point(self) -> Point:
        """The point with the default of every hyperparameter."""
        return Point(self.learning_rate, layers=self.layers[0] if self.layers else None)

    @property
    def varied(self) -> tuple[str, ...]:
        """The names of all hyperparameters that the search varies, layers among them if there are several."""
        names = (*self.hyperparameters, "layers") if len(self.layers) > 1 else self.hyperparameters
        return tuple(name for name in (*SEARCH_SPACE, "layers") if name in names)

    @property
    def is_coarse_to_fine(self) -> bool:
        """True if the theory's search applies: at most two hyperparameters, all with orders of magnitude."""
        return len(self.varied) <= 2 and set(self.varied) <= set(MAGNITUDES)

    @property
    def space(self) -> dict[str, LogRange | Choices]:
        """The values that Optuna may propose for each varied hyperparameter; no batch is larger than `examples`."""
        batch_sizes = tuple(size for size in BATCH_SIZES if size <= self.examples)
        values = {**SEARCH_SPACE, "layers": self.layers, "batch_size": batch_sizes}
        return {name: values[name] for name in self.varied}

    def trial_data(self, data: Dataset) -> Dataset:
        """The data of each trial: no more than `examples` training examples."""
        return data.with_examples(min(self.examples, len(data.training.x)))

    def to_dict(self) -> dict[str, Any]:
        """The settings under their names in files."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return {NAMES_IN_FILES.get(name, name): value for name, value in given.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "SearchSettings":
        """Restore settings from the dictionary of `to_dict`; lists, as a file has them, become tuples.

        Raises:
            SettingError: for values that cannot be used.
            TypeError: for other names.
        """
        names_in_python = {in_file: name for name, in_file in NAMES_IN_FILES.items()}
        settings: dict[str, Any] = {}
        for name, value in values.items():
            settings[names_in_python.get(name, name)] = tuple(value) if isinstance(value, list) else value
        return cls(**settings)


def check_search(data: Dataset, settings: SearchSettings) -> None:
    """Raise SettingError if trials on this data could not be trained or compared."""
    check_validation(data)
    data = settings.trial_data(data)
    examples, batch = len(data.training.x), default_settings(data).get("batch_size", Settings.batch_size)
    if "batch_size" in settings.varied:
        batch = min(BATCH_SIZES)
    if examples < batch:
        raise SettingError(f"examples {examples}: expected at least {batch}, those of a batch")
    for layers in settings.layers or (None,):
        trial_trainer(data, replace(settings.default_point, layers=layers), settings.epochs, settings.seed)


def check_validation(data: Dataset) -> None:
    """Raise SettingError unless there are enough validation data to rank trials by."""
    examples = len(data.validation.x)
    if not examples:
        raise SettingError(f"{data.name} has no validation data, on which trials are compared")
    if data.targets and examples == 1:
        raise SettingError(f"{data.name} has 1 validation example; the R2 that trials are compared by needs 2")
