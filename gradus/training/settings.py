"""How a network is trained: everything a person may choose, and what cannot be used."""

import math
from dataclasses import dataclass, fields
from typing import Any

import optax

from gradus.data import Dataset
from gradus.errors import SettingError
from gradus.images.augmentation import Augmentation
from gradus.images.notation import parse_augmentation
from gradus.network import Network
from gradus.summary import shape_text
from gradus.training.optimizers import ADAMW, DESCENT, optimizer_named, scale_by_share
from gradus.training.schedules import HALVE, learning_rates

__all__ = [
    "NEWTON_CG",
    "SECOND_ORDER",
    "Settings",
    "check_fit",
    "check_positive",
    "check_validation",
    "checked_augmentation",
]

NEWTON_CG = "newton-cg"
SECOND_ORDER = (NEWTON_CG, "lbfgs")  # these take all examples at once (second_order.py)
PATIENCE = 5  # epochs without a better one, after which HALVE halves eta


@dataclass(frozen=True)
class Settings:
    """How long, in what steps, and down which way. Raises SettingError for what cannot be used.

    epochs: times through the training data.
    batch_size: examples in one step.
    learning_rate: eta; an optax transformation in place of an optimiser's name has its own.
    l2, l1: lambda; what is minimised is C0 + lambda/(2n) sum w^2 or + lambda/n sum |w| (theory D1). With "adamw"
    the weights decay by eta lambda/n beside Adam's step, which is not the same as adding the penalty.
    optimizer: a name in OPTIMIZERS; "newton-cg" or "lbfgs", which have no learning rate and take every step on all
    examples, so that an epoch is a step (theory D8); or an optax transformation.  schedule: a name in SCHEDULES.
    clip_norm, clip_value: gradients are cut to this length, or their numbers to this size.
    patience: training stops after so many epochs that are no better on the validation data than the best, whose
    weights are kept (theory D4); with "halve-when-stalled" eta is halved then, and 1/128 of it is the end.
    time_limit: seconds after which training stops, in the middle of an epoch if need be.
    seed: decides the order of the examples and what layers draw; the initial weights are the network's.
    """

    epochs: int = 30
    batch_size: int = 10
    learning_rate: float | None = None
    l2: float = 0.0
    l1: float = 0.0
    optimizer: str | optax.GradientTransformation = DESCENT
    schedule: str = "constant"
    clip_norm: float | None = None
    clip_value: float | None = None
    patience: int | None = None
    time_limit: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise SettingError(f"epochs {self.epochs}: expected 1 or more")
        if self.patience is not None and self.patience < 1:
            raise SettingError(f"patience {self.patience}: expected 1 epoch or more")
        for name in ("l2", "l1"):
            if not 0 <= getattr(self, name) < math.inf:
                raise SettingError(f"{name} {getattr(self, name)}: expected 0 or a number above it")
        for name in ("learning_rate", "clip_norm", "clip_value", "time_limit"):
            if getattr(self, name) is not None:
                check_positive(name.replace("_", " "), getattr(self, name))
        learning_rates(self.schedule, 1.0, 1, 1, 1)  # for its error, before anything is begun
        if self.second_order:
            self.check_second_order()
        else:
            self.transformation()
            self.check_learning_rate()

    def check_second_order(self) -> None:
        for name in ("learning_rate", "l1", "clip_norm", "clip_value"):
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
        """The optimiser with the clipping before it."""
        if isinstance(self.optimizer, str):
            return optimizer_named(self.optimizer, self.clip_norm, self.clip_value)
        if self.clip_norm or self.clip_value:
            raise SettingError("clip norm and clip value are for optimizers with a name; chain optax's to yours")
        return scale_by_share(self.optimizer)

    def described(self) -> dict[str, Any]:
        """What the result depends on; of an optax transformation, only that there is one."""
        settings = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "time_limit"}
        return settings if isinstance(self.optimizer, str) else settings | {"optimizer": "optax"}

    @property
    def second_order(self) -> bool:
        """Whether the steps are those of Newton-CG or L-BFGS, on all examples."""
        return self.optimizer in SECOND_ORDER

    @property
    def decoupled_weight_decay(self) -> bool:
        """Whether the optimiser itself lets weights decay, so that the L2 penalty is not in the gradient."""
        return self.optimizer == ADAMW

    @property
    def halves(self) -> bool:
        """Whether eta is halved where the validation stalls."""
        return self.schedule == HALVE

    @property
    def patience_in_epochs(self) -> int | None:
        """How many epochs may pass without a better one, if that matters at all."""
        return self.patience or (PATIENCE if self.halves else None)


def check_positive(name: str, value: float) -> None:
    """Raise SettingError unless the value is a number above 0."""
    if not 0 < value < math.inf:
        raise SettingError(f"{name} {value}: expected a number above 0, such as 0.1")


def check_fit(network: Network, data: Dataset, settings: Settings) -> None:
    """Raise SettingError where the network, the data and the settings do not belong together."""
    n = len(data.training.x)
    network.check_inputs(data.training.x)
    if network.shapes()[-1] != (len(data.classes),):
        outputs = shape_text(network.shapes()[-1])
        raise SettingError(f"the network has {outputs} outputs, but the data has {len(data.classes)} classes")
    if not 1 <= settings.batch_size <= n:
        raise SettingError(f"batch size {settings.batch_size}: expected 1 to {n:,}, the number of training examples")
    check_validation(settings, len(data.validation.x))


def check_validation(settings: Settings, examples: int) -> None:
    """Raise SettingError where the settings ask for validation data, and there is none."""
    if settings.patience_in_epochs and not examples:
        raise SettingError("patience and halving need validation data; there is none")


def checked_augmentation(augmentation: str | Augmentation | None, data: Dataset) -> Augmentation | None:
    """The augmentation that a line writes. Raises SettingError where it does not suit the data's images."""
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
