"""Weights of the training examples: C = 1/n sum_i s_i C_i.

s_i is proportional to the weight of example i times the weight of its class. Its mean over the training examples is 1,
so that a learning rate means the same with and without weights.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from gradus.data.dataset import Dataset
from gradus.errors import SettingError

__all__ = ["ClassWeights", "example_weights"]

ClassWeights = str | Mapping[str, float] | Sequence[float] | np.ndarray
BALANCED = "balanced"


def example_weights(data: Dataset, class_weights: ClassWeights | None = None) -> np.ndarray | None:
    """s, (n,), of the training examples; None where all are 1.

    Args:
        class_weights: "balanced" gives every class the same total weight, n / (classes n_k) for each of the n_k
            examples of class k (King & Zeng 2001; scikit-learn's term). Or a number for each class, in their order or
            by name; classes that are not named have 1.

    Raises:
        SettingError: for anything else.
    """
    if class_weights is None and data.sample_weights is None:
        return None
    s = np.ones(len(data.training.y)) if data.sample_weights is None else data.sample_weights
    if class_weights is not None:
        s = s * weights_of_classes(data, class_weights)[data.training.y]
    if not s.any():
        raise SettingError("class weights: every training example has weight 0; give some class more")
    return s / s.mean()


def weights_of_classes(data: Dataset, given: ClassWeights) -> np.ndarray:
    """The weight of each class, (classes,), up to a common factor."""
    if data.targets:
        raise SettingError(f"class weights are for classes, but {data.name} has numbers to predict; leave them out")
    if isinstance(given, str) and given == BALANCED:
        return 1 / np.maximum(np.bincount(data.training.y.astype(int), minlength=len(data.classes)), 1)
    if isinstance(given, Mapping):
        unknown = next((name for name in given if name not in data.classes), None)
        if unknown is not None:
            names = ", ".join(map(repr, data.classes))
            raise SettingError(f"class weights: there is no class {unknown!r}; the classes are {names}")
        given = [given.get(name, 1.0) for name in data.classes]
    if isinstance(given, str) or not isinstance(given, Sequence | np.ndarray):
        raise SettingError(f'class weights {given!r}: expected "{BALANCED}", or a number for each class')
    if len(given) != len(data.classes):
        raise SettingError(f"class weights: {len(given)} numbers, but the data has {len(data.classes)} classes")
    for name, weight in zip(data.classes, given, strict=True):
        if not isinstance(weight, int | float | np.number) or not 0 <= weight < float("inf"):
            raise SettingError(f"class weights: {weight} for class {name!r}; expected 0 or a number above it")
    return np.asarray(given, float)
