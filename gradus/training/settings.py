"""The settings of a training, and the checks that they can be used, alone and together."""

from dataclasses import dataclass, fields
from typing import Any

import optax

from gradus.checks import check_number, check_whole, is_whole
from gradus.data import Dataset
from gradus.equations import CrossEntropy, LogLikelihood
from gradus.errors import SettingError
from gradus.images import Augmentation, parse_augmentation
from gradus.network import Network
from gradus.optimizers import (
    GRADIENT_DESCENT,
    HALVE,
    OPTIMIZERS,
    SCHEDULES,
    SECOND_ORDER,
    find_optimizer,
    scale_by_share,
)
from gradus.seeds import check_seed
from gradus.summary import shape_text

__all__ = ["Settings", "check_fit", "check_validation", "output_text", "resolve_augmentation"]

ADDED_SETTINGS = {"monitor": None, "label_smoothing": 0.0}  # at these, checkpoints from before they came still resume
HALVING_PATIENCE = 5  # epochs without improvement after which HALVE halves eta


@dataclass(frozen=True)
class Settings:
    """How a network is trained.

    Args:
        epochs: passes through the training data.
        batch_size: examples in a step.
        learning_rate: eta; None for an optax transformation, which has its own, and for second-order methods.
        l2, l1: lambda of the penalties lambda/(2n) sum w^2 and lambda/n sum |w| (theory D1). With "adamw", l2 lets
            weights decay by eta lambda/n beside Adam's step instead.
        optimizer: a name in OPTIMIZERS, an optax transformation, or a name in SECOND_ORDER: these take every step on
            all examples, so that an epoch is one step (theory D8).
        schedule: of the learning rate, a name in SCHEDULES.
        clip_norm, clip_value: the largest norm of the gradient, and the largest absolute value of its numbers.
        patience: stop after this many epochs without improvement on the validation data, and keep the best weights
            (theory D4); with "halve-when-stalled", halve eta instead, and stop at 1/128 of it.
        time_limit: seconds after which training stops, even within an epoch.
        monitor: what patience watches, "cost" or "accuracy"; None for the accuracy of a classifier, and the cost of any
            other network.
        label_smoothing: epsilon: the label's share of 1 that is spread over all classes in training (theory D9).
        seed: of the order of examples and the random numbers of layers; the initial weights are the network's.

    Raises:
        SettingError: for values that cannot be used, or not together.
    """

    epochs: int = 30
    batch_size: int = 10
    learning_rate: float | None = None
    l2: float = 0.0
    l1: float = 0.0
    optimizer: str | optax.GradientTransformation = GRADIENT_DESCENT
    schedule: str = "constant"
    clip_norm: float | None = None
    clip_value: float | None = None
    patience: int | None = None
    time_limit: float | None = None
    seed: int = 0
    monitor: str | None = None
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        check_whole("epochs", self.epochs)
        check_seed(self.seed)
        check_number("label smoothing", self.label_smoothing, 0, 1, includes="low")
        if self.monitor not in (None, "accuracy", "cost"):
            raise SettingError(f"monitor {self.monitor!r}: expected accuracy or cost")
        if self.patience is not None:
            check_whole("patience", self.patience)
        for name in ("l2", "l1"):
            check_number(name, getattr(self, name), 0, includes="low")
        for name in ("learning_rate", "clip_norm", "clip_value", "time_limit"):
            if getattr(self, name) is not None:
                check_number(name.replace("_", " "), getattr(self, name))
        SCHEDULES.find(self.schedule)
        if self.second_order:
            self.check_second_order()
        else:
            self.transformation()
            self.check_learning_rate()

    def check_second_order(self) -> None:
        for name in ("learning_rate", "l1", "clip_norm", "clip_value", "label_smoothing"):
            if getattr(self, name):
                raise SettingError(f"{name.replace('_', ' ')} does not go with {self.optimizer}; leave it out")
        if self.schedule != "constant":
            raise SettingError(
                f"schedule {self.schedule} does not go with {self.optimizer}, which has no learning rate"
            )

    def check_learning_rate(self) -> None:
        if isinstance(self.optimizer, str) != (self.learning_rate is not None):
            raise SettingError("give either a learning rate or an optax optimizer, which has its own")
        if not isinstance(self.optimizer, str) and self.schedule != "constant":
            raise SettingError(f"schedule {self.schedule}: an optax optimizer has its own; give optax's to it")

    def transformation(self) -> optax.GradientTransformationExtraArgs:
        """The optimizer, after gradient clipping."""
        if isinstance(self.optimizer, str):
            return find_optimizer(self.optimizer, self.clip_norm, self.clip_value)
        if self.clip_norm or self.clip_value:
            raise SettingError(
                "clip norm and clip value do not apply to an optax optimizer; chain optax's clipping to it"
            )
        return scale_by_share(self.optimizer)

    def description(self) -> dict[str, Any]:
        """The settings that the result depends on; an optax transformation only as "optax"."""
        settings = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "time_limit"}
        for name, default in ADDED_SETTINGS.items():
            if settings[name] == default:
                del settings[name]
        return settings if isinstance(self.optimizer, str) else settings | {"optimizer": "optax"}

    @property
    def second_order(self) -> bool:
        """True for a method of SECOND_ORDER, whose steps take all examples."""
        return isinstance(self.optimizer, str) and self.optimizer in SECOND_ORDER

    @property
    def decoupled_weight_decay(self) -> bool:
        """True if the optimizer lets weights decay itself, so that the L2 penalty is not in the gradient."""
        optimizer = OPTIMIZERS.get(self.optimizer) if isinstance(self.optimizer, str) else None
        return optimizer is not None and optimizer.decays_weights

    @property
    def halves(self) -> bool:
        """True if eta is halved when the validation stalls."""
        return self.schedule == HALVE

    @property
    def patience_in_epochs(self) -> int | None:
        """The epochs without improvement after which training stops or eta is halved; None for neither."""
        return self.patience or (HALVING_PATIENCE if self.halves else None)


def check_fit(network: Network, data: Dataset, settings: Settings) -> None:
    """Raise SettingError unless the network, the data and the settings fit each other."""
    n = len(data.training.x)
    network.check_inputs(data.training.x)
    if network.shapes()[-1] != (data.outputs,):
        outputs = shape_text(network.shapes()[-1])
        raise SettingError(f"the network has {outputs} outputs, but the data has {output_text(data)}")
    if data.targets and isinstance(network.cost, CrossEntropy | LogLikelihood):
        raise SettingError("the cost is that of a classifier, but the data has numbers to predict; take Quadratic()")
    if data.targets and settings.label_smoothing:
        raise SettingError(f"label smoothing is for classes, but {data.name} has numbers to predict; leave it out")
    if not is_whole(settings.batch_size) or settings.batch_size > n:
        raise SettingError(f"batch size {settings.batch_size}: expected 1 to {n:,}, the number of training examples")
    check_validation(settings, len(data.validation.x))


def output_text(data: Dataset) -> str:
    """The number of classes or of targets, in words."""
    return f"{len(data.classes)} classes" if data.classes else f"{len(data.targets)} targets"


def check_validation(settings: Settings, examples: int) -> None:
    """Raise SettingError where the settings need validation data, but there is none."""
    if settings.patience_in_epochs and not examples:
        raise SettingError("patience and halving need validation data; there is none")


def resolve_augmentation(augmentation: str | Augmentation | None, data: Dataset) -> Augmentation | None:
    """The augmentation, parsed from its line where it is one. Raises SettingError unless it fits the images."""
    if isinstance(augmentation, str):
        augmentation = parse_augmentation(augmentation)
    if augmentation:
        augmentation.check_images(data.in_shape)
        low, high, full = data.training.x.min(), data.training.x.max(), data.preprocessing.divide_by
        if low < 0 or high > full:
            raise SettingError(
                f"augmentation needs images from 0 (black) to divide_by = {full:g}; these go from {low:g} to {high:g}"
            )
    return augmentation
