"""The two kinds of training that a command can start: a classifier of images, and a language model."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gradus.data import Preprocessing, is_text, load, load_text
from gradus.errors import SettingError
from gradus.language import (
    DEFAULT_TEXT_LAYERS,
    DEFAULT_TIME,
    MAX_STREAMS,
    TEXT_SETTINGS,
    SequenceTrainer,
    evaluate_text,
    text_network,
    text_settings,
)
from gradus.models import Evaluation, Model
from gradus.network import Network
from gradus.optimizers import SECOND_ORDER
from gradus.runs.probe import Probe, image_probe, text_probe
from gradus.training import DEFAULT_LAYERS, Settings, Trainer, build_network, make_trainer

__all__ = ["IMAGE_DEFAULTS", "TEXT_DEFAULTS", "Job", "make_job"]

# The settings of `gradus train` by group. Each is an option of the same name.
IMAGE_NETWORK: dict[str, Any] = {
    "layers": DEFAULT_LAYERS, "cost": "log-likelihood", "activation": "relu", "weights": None,
}  # fmt: skip
TEXT_NETWORK: dict[str, Any] = {"layers": DEFAULT_TEXT_LAYERS, "time": DEFAULT_TIME}
TRAINING = (
    "epochs", "batch_size", "learning_rate", "l2", "l1", "optimizer", "schedule", "clip_norm", "clip_value",
    "patience", "monitor", "time_limit", "seed",
)  # fmt: skip
DATA = ("data_dir", "examples")
EXAMPLES = ("class_weights", "augment")
LEARNING_RATE = 0.05

IMAGE_DEFAULTS = IMAGE_NETWORK | asdict(Settings(learning_rate=LEARNING_RATE))
TEXT_DEFAULTS = TEXT_NETWORK | asdict(Settings(batch_size=MAX_STREAMS, **TEXT_SETTINGS))


@dataclass(frozen=True)
class Job:
    """Everything that a run needs.

    Attributes:
        name: of the data, for the run's folder.
        trainer: trains the network.
        probe: the examples that its layers are measured on.
        settings: resolved, as in settings.toml.
        make_model: the model of a trained network.
        test: evaluates a model on the test data.
        usage: the command that uses the model, with {run} for the folder.
    """

    name: str
    trainer: Trainer
    probe: Probe
    settings: dict[str, Any]
    make_model: Callable[[Network], Model]
    test: Callable[[Model], Evaluation]
    usage: str


def make_job(data: str, data_dir: Path | None, settings: dict[str, Any]) -> Job:
    """The job for a data set or a text.

    Args:
        data: the name of a data set, "text", or a text file.
        data_dir: a folder with the data set's files.
        settings: by name; those that are None take their defaults.

    Raises:
        SettingError: where a setting is invalid, or does not apply to the data.
        DataError: where the data is missing or damaged.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    if data_dir is not None:
        given["data_dir"] = str(data_dir)
    return text_job(data, given) if is_text(data) else image_job(data, given)


def image_job(data: str, given: dict[str, Any]) -> Job:
    """The job for a data set of images."""
    check_applicable(given, {*IMAGE_NETWORK, *TRAINING, *DATA, *EXAMPLES}, "images")
    dataset = load(data, Path(given["data_dir"]) if "data_dir" in given else None)
    if "examples" in given:
        dataset = dataset.with_examples(given["examples"])
    network_settings = IMAGE_NETWORK | subset(given, (*IMAGE_NETWORK, "seed"))
    network = build_network(dataset, **network_settings)
    settings = image_settings(given)
    data_settings = {"data": dataset.name, "network": str(network.chain)} | subset(given, (*DATA, *EXAMPLES))
    return Job(
        dataset.name,
        make_trainer(network, dataset, settings, given.get("class_weights"), given.get("augment")),
        image_probe(dataset),
        data_settings | network_settings | applicable_settings(settings),
        partial(Model.for_data, data=dataset),
        lambda model: model.evaluate(dataset.test),
        "gradus predict {run} your-digit.png",
    )


def image_settings(given: dict[str, Any]) -> Settings:
    """The settings, with a default learning rate for optimizers that need one.

    Raises:
        SettingError: where a setting is invalid, or does not apply to the optimizer.
    """
    if given.get("optimizer") in SECOND_ORDER:
        if "batch_size" in given:
            raise SettingError(f"--batch-size does not apply to {given['optimizer']}, which takes all examples at once")
        return Settings(**subset(given, TRAINING))
    return Settings(**({"learning_rate": LEARNING_RATE} | subset(given, TRAINING)))


def text_job(data: str, given: dict[str, Any]) -> Job:
    """The job for a text."""
    check_applicable(given, {*TEXT_NETWORK, *TRAINING}, "a text")
    text = load_text(data)
    network_settings = TEXT_NETWORK | subset(given, (*TEXT_NETWORK, "seed"))
    network = text_network(text, **network_settings)
    settings = text_settings(network, text, **subset(given, TRAINING))
    return Job(
        text.name,
        SequenceTrainer(network, text, settings),
        text_probe(text, network_settings["time"]),
        {"data": data, "network": str(network.chain)} | network_settings | applicable_settings(settings),
        partial(Model, preprocessing=Preprocessing(), classes=text.vocabulary),
        lambda model: evaluate_text(model.network, text.test),
        "gradus sample {run}",
    )


def check_applicable(given: dict[str, Any], applicable: set[str], data: str) -> None:
    """Raise SettingError for a setting that does not apply to the data."""
    for name in sorted(given.keys() - applicable):
        raise SettingError(f"--{name.replace('_', '-')} does not apply to {data}; leave it out")


def applicable_settings(settings: Settings) -> dict[str, Any]:
    """The settings for settings.toml, without those that the optimizer does not use."""
    by_name = asdict(settings)
    if settings.second_order:
        del by_name["batch_size"]
    return by_name


def subset(given: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The settings of those names that are given."""
    return {name: given[name] for name in names if name in given}
