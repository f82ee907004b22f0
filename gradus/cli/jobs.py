"""What `gradus train` can train: images to be classified, or a text to be continued."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gradus.data import Preprocessing, is_text, load, load_text
from gradus.errors import SettingError
from gradus.network import Network
from gradus.training import (
    Epoch,
    Evaluation,
    Model,
    Stretch,
    build_network,
    evaluate_text,
    fit_in_stretches,
    image_probe,
    observed,
    text_probe,
)
from gradus.training.build import DEFAULT_LAYERS
from gradus.training.text import EPOCHS, LEARNING_RATE, fit_text_in_stretches, suitable_batch_size
from gradus.training.text_network import TEXT_LAYERS, TIME, text_network

__all__ = ["Job", "job_for"]

IMAGES: dict[str, Any] = {
    "layers": DEFAULT_LAYERS,
    "cost": "log-likelihood",
    "activation": "relu",
    "weights": None,
    "epochs": 30,
    "batch_size": 10,
    "learning_rate": 0.05,
    "l2": 0.0,
}
TEXT: dict[str, Any] = {
    "layers": TEXT_LAYERS,
    "time": TIME,
    "epochs": EPOCHS,
    "batch_size": None,
    "learning_rate": LEARNING_RATE,
}
OF_NETWORK = ("layers", "cost", "activation", "weights", "seed")
OF_TRAINING = ("epochs", "batch_size", "learning_rate", "l2", "seed")
OF_TEXT_NETWORK = ("layers", "time", "seed")
OF_TEXT_TRAINING = ("epochs", "batch_size", "learning_rate", "seed")


@dataclass(frozen=True)
class Job:
    """One run. settings: resolved, as they are written down.  use: what to do with {run}, the folder, after it."""

    name: str
    network: Network
    records: Generator[Stretch | Epoch]
    settings: dict[str, Any]
    model: Callable[[Network], Model]
    test: Callable[[Model], Evaluation]
    use: str


def job_for(data: str, data_dir: Path | None, settings: dict[str, Any]) -> Job:
    """The job that DATA asks for; settings that are None take the value that suits it.

    Raises SettingError, also for a setting that does not apply, and DataError.
    """
    return text_job(data, data_dir, settings) if is_text(data) else image_job(data, data_dir, settings)


def image_job(data: str, data_dir: Path | None, settings: dict[str, Any]) -> Job:
    settings = resolved(settings, IMAGES, "images")
    dataset = load(data, data_dir)
    network = build_network(dataset, **{key: settings[key] for key in OF_NETWORK})
    records = fit_in_stretches(network, dataset, **{key: settings[key] for key in OF_TRAINING})
    return Job(
        dataset.name,
        network,
        observed(records, network, image_probe(dataset)),
        {"data": dataset.name, "network": str(network.chain), **settings},
        partial(Model, preprocessing=dataset.preprocessing, classes=dataset.classes),
        lambda model: model.evaluate(dataset.test),
        "gradus predict {run} your-digit.png",
    )


def text_job(data: str, data_dir: Path | None, settings: dict[str, Any]) -> Job:
    settings = resolved({"data_dir": data_dir, **settings}, TEXT, "a text")
    text = load_text(data)
    network = text_network(text, **{key: settings[key] for key in OF_TEXT_NETWORK})
    if settings["batch_size"] is None:
        settings["batch_size"] = suitable_batch_size(text, settings["time"])
    records = fit_text_in_stretches(network, text, **{key: settings[key] for key in OF_TEXT_TRAINING})
    return Job(
        text.name,
        network,
        observed(records, network, text_probe(text, settings["time"])),
        {"data": data, "network": str(network.chain), **settings},
        partial(Model, preprocessing=Preprocessing(), classes=text.classes),
        lambda model: evaluate_text(model.network, text.test),
        "gradus sample {run}",
    )


def resolved(settings: dict[str, Any], defaults: dict[str, Any], what: str) -> dict[str, Any]:
    """The settings that apply, with defaults for those that are None. Raises SettingError for any other."""
    for name, value in settings.items():
        if value is not None and name not in {*defaults, "seed"}:
            raise SettingError(f"--{name.replace('_', '-')} does not apply to {what}; leave it out")
    given = {name: value for name, value in settings.items() if value is not None}
    return defaults | given
