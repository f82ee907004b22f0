"""The trainings that a command can start: on examples with classes or numbers, and of a language model."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from gradus.checks import check_whole
from gradus.data import Dataset, Preprocessing, Text
from gradus.ensembles import EnsembleTrainer, build_ensemble
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
from gradus.runs.probe import Probe, examples_probe, text_probe
from gradus.sources import DATA_OPTIONS, IMAGE_SETTINGS, NOUNS, default_settings, find_kind, load
from gradus.training import Settings, Trainer, build_network, make_trainer

__all__ = ["IMAGE_DEFAULTS", "TEXT_DEFAULTS", "Job", "make_job", "resolve"]

# The settings of `gradus train` by group. Each is an option of the same name.
NETWORK = ("layers", "cost", "activation", "weights")
TRAINING = (
    "epochs", "batch_size", "learning_rate", "l2", "l1", "optimizer", "schedule", "clip_norm", "clip_value",
    "patience", "monitor", "label_smoothing", "time_limit", "seed",
)  # fmt: skip
EXAMPLES = ("examples", "class_weights", "augment", "ensemble")
TEXT_NETWORK: dict[str, Any] = {"layers": DEFAULT_TEXT_LAYERS, "time": DEFAULT_TIME}
USAGES: dict[tuple[int, ...], str] = dict.fromkeys(
    ((8, 8, 1), (28, 28, 1)), "gradus predict {run} your-digit.png"
)  # pictures that are prepared

IMAGE_DEFAULTS = asdict(Settings(learning_rate=0.05)) | IMAGE_SETTINGS
TEXT_DEFAULTS = TEXT_NETWORK | asdict(Settings(batch_size=MAX_STREAMS, **TEXT_SETTINGS))


@dataclass(frozen=True)
class Job:
    """Everything that a run needs.

    Attributes:
        name: of the data, for the run's folder.
        data: the examples or the text.
        trainer: trains the network.
        probe: the examples that its layers are measured on.
        settings: resolved, as in settings.toml.
        make_model: the model of a trained network.
        test: evaluates a model on the test data, or on the validation data where there is no test.
        usage: the command that uses the model, with {run} for the folder.
        notes: what was found, how it was split, and what is done to it.
        tested: which of the two it is, "test" or "validation".
    """

    name: str
    data: Dataset | Text
    trainer: Trainer
    probe: Probe
    settings: dict[str, Any]
    make_model: Callable[[Network], Model]
    test: Callable[[Model], Evaluation]
    usage: str
    notes: tuple[str, ...] = ()
    tested: str = "test"


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
    options = {name: given.pop(name) for name in DATA_OPTIONS if name in given}
    loaded = load(data, **options)
    job = text_job(loaded, given) if isinstance(loaded, Text) else examples_job(loaded, given, find_kind(data))
    return replace(job, settings={"data": data} | options | job.settings)


def examples_job(dataset: Dataset, given: dict[str, Any], kind: str) -> Job:
    """The job for examples with classes, or with numbers to predict."""
    check_applicable(given, {*NETWORK, *TRAINING, *EXAMPLES}, NOUNS[kind])
    if "examples" in given:
        dataset = dataset.with_examples(given["examples"])
    resolved = resolve(dataset, given)
    trainer, settings = resolved.trainer, applicable_settings(resolved.trainer.settings)
    network = trainer.network
    tested = "test" if len(dataset.test.x) else "validation"
    return Job(
        dataset.name,
        dataset,
        trainer,
        examples_probe(dataset),
        {"network": str(network.chain)} | subset(resolved.by_name, EXAMPLES) | resolved.network | settings,
        partial(Model.for_data, data=dataset),
        lambda model: model.evaluate(getattr(dataset, tested)),
        usage(dataset),
        dataset.notes,
        tested,
    )


def usage(dataset: Dataset) -> str:
    """The command that uses a model of the data, with {run} for the run's folder."""
    if dataset.encoder is None:
        return USAGES.get(dataset.in_shape, "gradus.Model.load('{run}/model.safetensors').predict(x)")
    return "gradus predict {run} YOUR-" + dataset.encoder.to_dict()["kind"].upper()


class Resolved(NamedTuple):
    """A training whose settings are all decided.

    Attributes:
        trainer: of a network, or of an ensemble.
        by_name: the given settings, and those that the data call for.
        network: the settings of the network.
    """

    trainer: Trainer
    by_name: dict[str, Any]
    network: dict[str, Any]


def resolve(dataset: Dataset, given: dict[str, Any]) -> Resolved:
    """The training of examples with the given settings; the data decide on all others.

    Raises:
        SettingError: where a setting is invalid, or does not apply.
    """
    resolved = default_settings(dataset) | given
    network_settings = {name: resolved.get(name) for name in NETWORK} | subset(given, ("seed",))
    settings = training_settings(resolved, given)
    return Resolved(make_examples_trainer(dataset, network_settings, settings, resolved), resolved, network_settings)


def make_examples_trainer(
    dataset: Dataset, network_settings: dict[str, Any], settings: Settings, resolved: dict[str, Any]
) -> Trainer:
    """The trainer of a network, or of an ensemble."""
    rest = (settings, resolved.get("class_weights"), resolved.get("augment"))
    members = resolved.get("ensemble", 1)
    check_whole("ensemble", members)
    if members == 1:
        return make_trainer(build_network(dataset, **network_settings), dataset, *rest)
    return EnsembleTrainer(build_ensemble(dataset, members=members, **network_settings), dataset, *rest)


def training_settings(resolved: dict[str, Any], given: dict[str, Any]) -> Settings:
    """The settings of training; a second-order method takes those that are given, and no defaults.

    Raises:
        SettingError: where a setting is invalid, or does not apply to the optimizer.
    """
    if resolved.get("optimizer") in SECOND_ORDER:
        if "batch_size" in given:
            raise SettingError(f"--batch-size does not apply to {given['optimizer']}, which takes all examples at once")
        return Settings(**subset(given, TRAINING))
    return Settings(**subset(resolved, TRAINING))


def text_job(text: Text, given: dict[str, Any]) -> Job:
    """The job for a language model."""
    check_applicable(given, {*TEXT_NETWORK, *TRAINING}, "a text")
    network_settings = TEXT_NETWORK | subset(given, (*TEXT_NETWORK, "seed"))
    network = text_network(text, **network_settings)
    length = {} if "epochs" in given else default_settings(text)  # who gives the epochs wants all of them
    settings = text_settings(network, text, **(length | subset(given, TRAINING)))
    return Job(
        text.name,
        text,
        SequenceTrainer(network, text, settings),
        text_probe(text, network_settings["time"]),
        {"network": str(network.chain)} | network_settings | applicable_settings(settings),
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
