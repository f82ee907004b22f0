"""The two kinds of training that a command can start: classifying images, and continuing a text."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gradus.data import Preprocessing, is_text, load, load_text
from gradus.errors import SettingError
from gradus.language import SequenceTrainer, evaluate_text, text_network, text_settings
from gradus.language.network import TEXT_LAYERS, TIME
from gradus.models import Evaluation, Model
from gradus.network import Network
from gradus.runs.probe import Probe, image_probe, text_probe
from gradus.training import Settings, Trainer, build_network, make_trainer
from gradus.training.build import DEFAULT_LAYERS
from gradus.training.settings import SECOND_ORDER

__all__ = ["Job", "make_job"]

IMAGES: dict[str, Any] = {"layers": DEFAULT_LAYERS, "cost": "log-likelihood", "activation": "relu", "weights": None}
LEARNING_RATE = 0.05
TEXT: dict[str, Any] = {"layers": TEXT_LAYERS, "time": TIME}
OF_DATA = ("data_dir", "examples")
OF_EXAMPLES = ("class_weights", "augment")
OF_TRAINING = (
    "epochs", "batch_size", "learning_rate", "l2", "l1", "optimizer", "schedule", "clip_norm", "clip_value",
    "patience", "time_limit", "seed",
)  # fmt: skip


@dataclass(frozen=True)
class Job:
    """Everything that a run needs.

    settings: resolved, as settings.toml has them.
    use: the command that uses the model, with {run} for the folder.
    """

    name: str
    trainer: Trainer
    probe: Probe
    settings: dict[str, Any]
    model: Callable[[Network], Model]
    test: Callable[[Model], Evaluation]
    use: str


def make_job(data: str, data_dir: Path | None, settings: dict[str, Any]) -> Job:
    """The job for a data set or a text; settings that are None take their defaults.

    Raises:
        SettingError: also for a setting that does not apply.
        DataError.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    if data_dir is not None:
        given["data_dir"] = str(data_dir)
    return text_job(data, given) if is_text(data) else image_job(data, given)


def image_job(data: str, given: dict[str, Any]) -> Job:
    check_apply(given, {*IMAGES, *OF_TRAINING, *OF_DATA, *OF_EXAMPLES}, "images")
    dataset = load(data, Path(given["data_dir"]) if "data_dir" in given else None)
    if "examples" in given:
        dataset = dataset.with_examples(given["examples"])
    of_network = IMAGES | subset(given, (*IMAGES, "seed"))
    network = build_network(dataset, **of_network)
    settings = image_settings(given)
    of_examples = subset(given, OF_EXAMPLES)
    written = {"data": dataset.name, "network": str(network.chain)} | subset(given, OF_DATA) | of_examples
    return Job(
        dataset.name,
        make_trainer(network, dataset, settings, given.get("class_weights"), given.get("augment")),
        image_probe(dataset),
        written | of_network | written_settings(settings),
        partial(Model, preprocessing=dataset.preprocessing, classes=dataset.classes),
        lambda model: model.evaluate(dataset.test),
        "gradus predict {run} your-digit.png",
    )


def image_settings(given: dict[str, Any]) -> Settings:
    """The settings, with a default learning rate for optimizers that need one. Raises SettingError."""
    if given.get("optimizer") in SECOND_ORDER:
        if "batch_size" in given:
            raise SettingError(f"--batch-size does not go with {given['optimizer']}, which takes all examples at once")
        return Settings(**subset(given, OF_TRAINING))
    return Settings(**({"learning_rate": LEARNING_RATE} | subset(given, OF_TRAINING)))


def text_job(data: str, given: dict[str, Any]) -> Job:
    check_apply(given, {*TEXT, *OF_TRAINING}, "a text")
    text = load_text(data)
    of_network = TEXT | subset(given, (*TEXT, "seed"))
    network = text_network(text, **of_network)
    settings = text_settings(network, text, **subset(given, OF_TRAINING))
    return Job(
        text.name,
        SequenceTrainer(network, text, settings),
        text_probe(text, of_network["time"]),
        {"data": data, "network": str(network.chain)} | of_network | written_settings(settings),
        partial(Model, preprocessing=Preprocessing(), classes=text.vocabulary),
        lambda model: evaluate_text(model.network, text.test),
        "gradus sample {run}",
    )


def check_apply(given: dict[str, Any], applicable: set[str], what: str) -> None:
    """Raise SettingError for a setting that does not apply."""
    for name in given.keys() - applicable:
        raise SettingError(f"--{name.replace('_', '-')} does not apply to {what}; leave it out")


def written_settings(settings: Settings) -> dict[str, Any]:
    """The settings as settings.toml has them, without those that do not apply."""
    written = asdict(settings)
    if settings.second_order:
        del written["batch_size"]
    return written


def subset(given: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}
