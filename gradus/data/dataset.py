"""Examples to learn from: inputs and labels, split into training, validation and test."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from gradus.checks import check_number, is_whole
from gradus.data.examples import Examples, check_examples, check_weights
from gradus.data.targets import TargetScaling
from gradus.errors import DataError, SettingError
from gradus.registry import Registry

__all__ = ["DATASETS", "Dataset", "Encoder", "Preprocessing", "load"]


DIVISORS = (1e-30, 1e30)  # the least and the greatest: float32, which the network computes in, has few more


@dataclass(frozen=True)
class Preprocessing:
    """What the network sees of a raw input x: x / divide_by, in floating point.

    Args:
        divide_by: a number above 0 that float32 can hold, such as 255 for images of bytes.

    Raises:
        SettingError: for any other value.
    """

    divide_by: float = 1.0

    def __post_init__(self) -> None:
        if isinstance(self.divide_by, np.generic):  # such as x.max(); a model file takes Python's numbers only
            object.__setattr__(self, "divide_by", self.divide_by.item())
        check_number("divide_by", self.divide_by, *DIVISORS, includes="low high")


class Encoder(Protocol):
    """Turns what a person has (pictures, rows, passages) into inputs x; what it was fitted to is plain data."""

    @property
    def in_shape(self) -> tuple[int, ...]:
        """The shape of one input, without the batch axis."""

    def encode(self, raw: Any) -> np.ndarray:
        """x (n, *in_shape) of n pictures, rows or passages."""

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for a model file; its "kind" names the encoder."""


@dataclass(frozen=True)
class Dataset:
    """Training, validation and test examples, with the names of their classes or of the numbers to predict.

    The network learns from `training`, settings are chosen on `validation`, and `test` is used once, at the end.

    Args:
        name: for messages and folders.
        training: at least one example.
        validation, test: may be empty.
        classes: names of the classes, by label; none where numbers are predicted.
        preprocessing: how raw inputs are scaled.
        sample_weights: (n,) weights of the training examples; None if all count alike, as they always do in an
            evaluation.
        targets: names of the numbers to predict; none for classes.
        target_scaling: of these numbers; by default fitted to the training examples.
        encoder: made the inputs, and makes those of new pictures, rows or passages; None for arrays.
        notes: what was found, how it was split, and what is done to it, a line each.
        captions: what each test example is, in words, or each validation example where there is no test: a file, a
            row or a passage.

    Raises:
        DataError: if the arrays cannot be used.
    """

    name: str
    training: Examples
    validation: Examples
    test: Examples
    classes: tuple[str, ...]
    preprocessing: Preprocessing = Preprocessing()
    sample_weights: np.ndarray | None = None
    targets: tuple[str, ...] = ()
    target_scaling: TargetScaling | None = None
    encoder: Encoder | None = None
    notes: tuple[str, ...] = ()
    captions: Sequence[str] = ()

    def __post_init__(self) -> None:
        check_names(self.name, self.classes, self.targets)
        for part in ("training", "validation", "test"):
            check_examples(getattr(self, part), part, len(self.classes), len(self.targets), part != "training")
        if self.sample_weights is not None:
            check_weights(self.sample_weights, "training", len(self.training.x))
        if self.targets and self.target_scaling is None:
            object.__setattr__(self, "target_scaling", TargetScaling.fit(self.training.y))

    @property
    def outputs(self) -> int:
        """The outputs of a network for the data: one for each class, or for each number to predict."""
        return len(self.classes) or len(self.targets)

    def scaled_targets(self, y: np.ndarray) -> np.ndarray:
        """What a network learns of y: labels as they are, numbers standardised."""
        return self.target_scaling.standardize(y) if self.target_scaling else y

    @property
    def in_shape(self) -> tuple[int, ...]:
        """The shape of one input, without the batch axis."""
        return self.training.x.shape[1:]

    def with_examples(self, n: int) -> "Dataset":
        """The same data set with its first n training examples only.

        Raises:
            SettingError: if n is not from 1 to the number of training examples.
        """
        x, y = self.training
        if not is_whole(n, most=len(x)):
            raise SettingError(f"examples {n!r}: expected 1 to {len(x):,}, the number of training examples")
        weights = None if self.sample_weights is None else self.sample_weights[:n]
        return replace(self, training=Examples(x[:n], y[:n]), sample_weights=weights)


DATASETS: Registry[Callable[[Path | None], Dataset]] = Registry("data set")


def load(name: str, data_dir: str | Path | None = None) -> Dataset:
    """Load a data set by name.

    Args:
        name: a name in DATASETS: "digits" comes with scikit-learn, "mnist" is downloaded once.
        data_dir: a folder with the data set's files, in place of a download.

    Raises:
        SettingError: for a name that is not in DATASETS.
        DataError: if files are missing or damaged.
    """
    try:
        loader = DATASETS.find(name)
    except SettingError as error:
        raise SettingError(f"{error}; for a text, give FILE.txt or the word text") from None
    return loader(Path(data_dir) if data_dir is not None else None)


def check_names(name: str, classes: Sequence[str], targets: Sequence[str]) -> None:
    """Raise DataError unless there are either classes or targets, each with a name of its own."""
    if bool(classes) == bool(targets):
        raise DataError(f"{name} data: expected the names of either classes or targets, not of both or neither")
    for noun, names in (("classes", classes), ("targets", targets)):
        if duplicates := sorted({name for name in names if names.count(name) > 1}):
            raise DataError(f"{name} data: two {noun} are named {duplicates[0]!r}; give each a name of its own")
