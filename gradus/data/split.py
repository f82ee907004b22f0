"""Splitting examples so that every class has its share in each part."""

import math
from collections.abc import Sequence, Sized

import numpy as np

from gradus.seeds import seed_bits

__all__ = ["describe_split", "stratified_split", "training_validation_test"]

PARTS = ("training", "validation", "test")

HELD_OUT = 0.15  # of the examples for validation, and again for test
MIN_PER_CLASS = 3  # examples of a class that is in every part; a smaller class is used for training alone


def training_validation_test(y: np.ndarray, seed: int, test: bool = True) -> list[np.ndarray]:
    """Split classes of any size into 70% training, 15% validation and 15% test.

    Unlike `stratified_split`, it allows a class with one or two examples, and puts a class with three or more into
    every part.

    Args:
        y: (n,) class labels.
        seed: of the shuffling.
        test: False for no test part: 85% training, 15% validation.

    Returns:
        The row numbers of the three parts, shuffled.
    """
    order = np.random.default_rng(seed_bits(seed)).permutation(len(y))
    _, classes, counts = np.unique(y[order], return_inverse=True, return_counts=True)
    by_class = np.split(np.argsort(classes, kind="stable"), np.cumsum(counts)[:-1])
    part = np.zeros(len(y), int)  # of each row in `order`: 0 training, 1 validation, 2 test
    for rows, n in zip(by_class, held_out_counts(counts), strict=True):
        part[rows[:n]], part[rows[n : 2 * n]] = 1, 2 if test else 0
    return [order[part == number] for number in range(3)]


def describe_split(parts: Sequence[Sized], y: np.ndarray | None = None) -> str:
    """What `training_validation_test` has done, in words.

    Args:
        parts: the three.
        y: (n,) class labels; None where there are no classes.
    """
    text = "split at random: " + ", ".join(f"{len(part):,} for {name}" for part, name in zip(parts, PARTS, strict=True))
    if y is None:
        return text
    text += ", with every class's share in each"
    small = np.sum(np.unique(y, return_counts=True)[1] < MIN_PER_CLASS)
    if small:
        text += f" but of {small:,} {'class' if small == 1 else 'classes'} with fewer than {MIN_PER_CLASS} examples"
        text += ", which training alone has"
    return text


def held_out_counts(counts: np.ndarray) -> np.ndarray:
    """The number of each class's examples in validation, and in test: 15%, rounded so that they sum to 15% of all."""
    shares = HELD_OUT * counts
    held_out = np.floor(shares).astype(int)
    missing = int(HELD_OUT * counts.sum()) - held_out.sum()
    held_out[np.argsort(held_out - shares, kind="stable")[:missing]] += 1  # the largest remainders first
    return np.where(counts >= MIN_PER_CLASS, np.maximum(held_out, 1), 0)


def stratified_split(y: np.ndarray, held_out: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split off the same share of every class, row for row as scikit-learn does.

    The rows are those of `train_test_split(test_size=held_out, stratify=y, random_state=seed)`. They stay the same in
    every version of NumPy, which keeps RandomState's streams of random numbers as they are.

    Args:
        y: (n,) class labels, at least two of each class.
        held_out: share of the examples to hold out, between 0 and 1.
        seed: of the shuffling.

    Returns:
        The row numbers of the examples that remain and of those held out, each shuffled.
    """
    random = np.random.RandomState(seed)
    _, classes, counts = np.unique(y, return_inverse=True, return_counts=True)
    by_class = np.split(np.argsort(classes, kind="stable"), np.cumsum(counts)[:-1])
    n_held_out = math.ceil(held_out * len(y))
    n_kept = proportional_counts(counts, len(y) - n_held_out, random)
    n_tested = proportional_counts(counts - n_kept, n_held_out, random)
    kept, tested = [], []
    for rows, k, t in zip(by_class, n_kept, n_tested, strict=True):
        shuffled = rows[random.permutation(len(rows))]
        kept.append(shuffled[:k])
        tested.append(shuffled[k : k + t])
    return random.permutation(np.concatenate(kept)), random.permutation(np.concatenate(tested))


def proportional_counts(counts: np.ndarray, total: int, random: np.random.RandomState) -> np.ndarray:
    """Whole numbers in proportion to counts that sum to total: the largest remainders round up, ties by lot."""
    exact = counts / counts.sum() * total
    rounded = np.floor(exact)
    remainders, missing = exact - rounded, int(total - rounded.sum())
    for remainder in np.unique(remainders)[::-1]:
        if missing == 0:
            break
        ties = np.flatnonzero(remainders == remainder)
        winners = random.choice(ties, size=min(len(ties), missing), replace=False)
        rounded[winners] += 1
        missing -= len(winners)
    return rounded.astype(int)
