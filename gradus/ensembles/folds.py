"""Folds: parts of the examples, each of which one member of an ensemble does not learn from (cross-validation)."""

from dataclasses import dataclass

import numpy as np

from gradus.data import Dataset, Examples
from gradus.errors import SettingError
from gradus.seeds import seed_bits

__all__ = ["Folds", "all_examples", "make_folds"]


@dataclass(frozen=True, eq=False)
class Folds:
    """Which examples a member learns from, and which it is validated on.

    Args:
        fold: (n,) of each example, the number of the member that does not learn from it.
        members: how many folds there are.
    """

    fold: np.ndarray
    members: int

    @property
    def held_out(self) -> np.ndarray:
        """(members, size) the examples that each member is validated on; -1 fills the smaller folds up."""
        size = int(np.bincount(self.fold).max())
        rows = np.full((self.members, size), -1, np.int32)
        for k in range(self.members):
            members_rows = np.flatnonzero(self.fold == k)
            rows[k, : len(members_rows)] = members_rows
        return rows

    @property
    def epoch_size(self) -> int:
        """The examples of a member's epoch, the same for all: those outside the largest fold."""
        return len(self.fold) - int(np.bincount(self.fold).max())

    def order(self, seed: int, epoch: int) -> np.ndarray:
        """(members, epoch_size) the order of each member's examples, from the seed and the epoch alone."""
        orders = [
            np.random.default_rng([seed_bits(seed), epoch, k]).permutation(np.flatnonzero(self.fold != k))
            for k in range(self.members)
        ]
        return np.stack([order[: self.epoch_size] for order in orders]).astype(np.int32)


def make_folds(y: np.ndarray, members: int, seed: int) -> Folds:
    """Folds of equal size, up to one, with every class's share in each.

    Args:
        y: (n,) labels, or (n, targets) numbers.
        members: the number of folds.
        seed: of the shuffling.

    Raises:
        SettingError: for fewer than two folds, or more than there are examples.
    """
    n = len(y)
    if not 2 <= members <= n:
        raise SettingError(f"ensemble {members}: expected 2 to {n:,}, the number of training and validation examples")
    order = np.random.default_rng(seed_bits(seed)).permutation(n)
    if y.ndim == 1:
        order = order[np.argsort(y[order], kind="stable")]
    fold = np.empty(n, int)
    fold[order] = np.arange(n) % members
    return Folds(fold, members)


def all_examples(data: Dataset) -> Examples:
    """The training and validation examples together, which folds are made of.

    Raises:
        SettingError: where only the training examples have weights.
    """
    if data.sample_weights is not None and len(data.validation.x):
        raise SettingError("ensembles use the validation examples, too, which have no sample weights; leave them out")
    return Examples(*map(np.concatenate, zip(data.training, data.validation, strict=True)))
