"""What `gradus train` can train: images to be classified, or a text to be continued."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gradus.data import Preprocessing, is_text, load, load_text
from gradus.errors import SettingError
from gradus.network import Network
from gradus.training import Evaluation, Model, build_network, evaluate_text
from gradus.training.build import DEFAULT_LAYERS
from gradus.training.epochs import Course
from gradus.training.fitting import course_of
from gradus.training.observation import Probe, image_probe, text_probe
from gradus.training.settings import SECOND_ORDER, Settings
from gradus.training.text import Chunks, text_settings
from gradus.training.text_network import TEXT_LAYERS, TIME, text_network

__all__ = ["Job", "job_for"]

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
    """One run. settings: resolved, as they are written down.  use: what to do with {run}, the folder, after it."""

    name: str
    course: Course
    probe: Probe
    settings: dict[str, Any]
    model: Callable[[Network], Model]
    test: Callable[[Model], Evaluation]
    use: str


def job_for(data: str, data_dir: Path | None, settings: dict[str, Any]) -> Job:
    """The job that DATA asks for; settings that are None take the value that suits it.

    Raises SettingError, also for a setting that does not apply, and DataError.
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
    of_network = IMAGES | chosen(given, (*IMAGES, "seed"))
    network = build_network(dataset, **of_network)
    settings = image_settings(given)
    of_examples = chosen(given, OF_EXAMPLES)
    written = {"data": dataset.name, "network": str(network.chain)} | chosen(given, OF_DATA) | of_examples
    return Job(
        dataset.name,
        course_of(network, dataset, settings, given.get("class_weights"), given.get("augment")),
        image_probe(dataset),
        written | of_network | written_settings(settings),
        partial(Model, preprocessing=dataset.preprocessing, classes=dataset.classes),
        lambda model: model.evaluate(dataset.test),
        "gradus predict {run} your-digit.png",
    )


def image_settings(given: dict[str, Any]) -> Settings:
    """The settings, with a learning rate for optimisers that need one. Raises SettingError."""
    if given.get("optimizer") in SECOND_ORDER:
        if "batch_size" in given:
            raise SettingError(f"--batch-size does not go with {given['optimizer']}, which takes all examples at once")
        return Settings(**chosen(given, OF_TRAINING))
    return Settings(**({"learning_rate": LEARNING_RATE} | chosen(given, OF_TRAINING)))


def text_job(data: str, given: dict[str, Any]) -> Job:
    check_apply(given, {*TEXT, *OF_TRAINING}, "a text")
    text = load_text(data)
    of_network = TEXT | chosen(given, (*TEXT, "seed"))
    network = text_network(text, **of_network)
    settings = text_settings(network, text, **chosen(given, OF_TRAINING))
    return Job(
        text.name,
        Chunks(network, text, settings),
        text_probe(text, of_network["time"]),
        {"data": data, "network": str(network.chain)} | of_network | written_settings(settings),
        partial(Model, preprocessing=Preprocessing(), classes=text.classes),
        lambda model: evaluate_text(model.network, text.test),
        "gradus sample {run}",
    )


def check_apply(given: dict[str, Any], applicable: set[str], what: str) -> None:
    """Raise SettingError for a setting that does not apply."""
    for name in given.keys() - applicable:
        raise SettingError(f"--{name.replace('_', '-')} does not apply to {what}; leave it out")


def written_settings(settings: Settings) -> dict[str, Any]:
    """The settings as settings.toml has them: those that matter."""
    written = asdict(settings)
    if settings.second_order:
        del written["batch_size"]
    return written


def chosen(given: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}
