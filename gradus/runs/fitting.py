"""Training from Python: as a generator of records, or in one call."""

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gradus.data import ClassWeights, Dataset, Text
from gradus.errors import SettingError
from gradus.images import Augmentation
from gradus.language import SequenceTrainer, text_settings
from gradus.models import Model
from gradus.network import Network
from gradus.runs.jobs import EXAMPLES, NETWORK, TRAINING, resolve
from gradus.runs.progress import with_progress_bar
from gradus.training import (
    Epoch,
    Progress,
    Settings,
    Trainer,
    load_checkpoint,
    make_trainer,
    train_epochs,
)

__all__ = ["Trained", "fit", "fit_steps", "train"]


def fit(network: Network, data: Dataset | Text, **settings: Any) -> Iterator[Epoch]:
    """Train the network, yielding a record after every epoch.

    Args:
        network, data, settings: as for `fit_steps`.

    Raises:
        SettingError, DataError, DivergedError: as `fit_steps` does.
    """
    return (record for record in fit_steps(network, data, **settings) if isinstance(record, Epoch))


def fit_steps(
    network: Network,
    data: Dataset | Text,
    *,
    class_weights: ClassWeights | None = None,
    augmentation: str | Augmentation | None = None,
    resume: Path | None = None,
    **settings: Any,
) -> Generator[Progress | Epoch]:
    """Train the network, yielding a `Progress` about once a second and an `Epoch` after every epoch.

    Args:
        network: the network to train; for a text, its inputs are as long as a chunk.
        data: examples for a classifier, or a text for a language model, whose costs are in nats per character.
        class_weights: "balanced", or one number per class; the costs in training are then weighted means.
        augmentation: transforms the training images anew in every epoch; a line such as "rotate10 shift2" (theory D3).
        resume: path of a checkpoint of the same training, which resumes bit for bit, as if never interrupted.
        settings: those of `Settings`, by name; for a text, TEXT_SETTINGS are the defaults.

    Raises:
        SettingError, DataError: at the call.
        DivergedError: when a cost is no longer finite.
    """
    trainer: Trainer
    if isinstance(data, Text):
        if class_weights is not None or augmentation is not None:
            raise SettingError("class weights and augmentation are for images; leave them out for a text")
        trainer = SequenceTrainer(network, data, text_settings(network, data, **settings))
    else:
        trainer = make_trainer(network, data, Settings(**settings), class_weights, augmentation)
    # train_epochs is the generator, not this function, so that the checks above run at the call.
    return train_epochs(trainer, load_checkpoint(resume, trainer) if resume else None)


class Trained(NamedTuple):
    """The trained model, and a record of every epoch."""

    model: Model
    history: list[Epoch]


def train(data: Dataset, layers: str | Sequence[int] | None = None, *, seed: int = 0, **settings: Any) -> Trained:
    """Build a network for the data and train it, showing progress.

    What is not given suits the kind and size of the data, as it does for `gradus train` (docs/defaults.md).

    Args:
        data: the data set.
        layers: as for `build_network`.
        seed: of the initial weights and of training.
        settings: cost, activation and weights, as for `build_network`; ensemble, how many networks are averaged;
            augmentation, class_weights and those of `Settings`, as for `fit_steps`.

    Returns:
        The model, which is that of the best epoch where training has patience, and a record of every epoch.

    Raises:
        SettingError: before the first step.
        TypeError: for a setting that there is not.
        DivergedError: when a cost is no longer finite.
    """
    if "augmentation" in settings:
        settings["augment"] = settings.pop("augmentation")
    if unknown := settings.keys() - {*NETWORK, *TRAINING, *EXAMPLES}:
        raise TypeError(f"there is no setting {min(unknown)!r}")
    given = settings | {"seed": seed} | ({} if layers is None else {"layers": layers})
    trainer = resolve(data, given).trainer
    records = list(with_progress_bar(train_epochs(trainer), trainer.settings.epochs))
    history = [record for record in records if isinstance(record, Epoch)]
    return Trained(Model.for_data(records[-1].best_network, data), history)
