"""Settings with which training cannot begin."""

import math

import optax

from gradus.data import Dataset
from gradus.data.augmentation import Augmentation
from gradus.data.augmentation_notation import parse_augmentation
from gradus.errors import SettingError
from gradus.network import Network, shape_text

__all__ = ["check_learning_rate", "check_settings", "checked_augmentation"]


def check_settings(
    network: Network,
    data: Dataset,
    epochs: int,
    batch_size: int,
    learning_rate: float | None,
    l2: float,
    optimizer: optax.GradientTransformation | None,
) -> None:
    """Raise SettingError for settings with which training cannot begin."""
    n = len(data.training.x)
    network.check_inputs(data.training.x)
    if network.shapes()[-1] != (len(data.classes),):
        outputs = shape_text(network.shapes()[-1])
        raise SettingError(f"the network has {outputs} outputs, but the data has {len(data.classes)} classes")
    if epochs < 1:
        raise SettingError(f"epochs {epochs}: expected 1 or more")
    if not 1 <= batch_size <= n:
        raise SettingError(f"batch size {batch_size}: expected 1 to {n:,}, the number of training examples")
    if (learning_rate is None) == (optimizer is None):
        raise SettingError("give either a learning rate or an optax optimizer, which has its own")
    if learning_rate is not None:
        check_learning_rate(learning_rate)
    if not 0 <= l2 < math.inf:
        raise SettingError(f"l2 {l2}: expected 0 or a number above it")


def check_learning_rate(learning_rate: float) -> None:
    """Raise SettingError unless eta is a positive number."""
    if not 0 < learning_rate < math.inf:
        raise SettingError(f"learning rate {learning_rate}: expected a number above 0, such as 0.1")


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
