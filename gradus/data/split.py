"""The examples of a data set in three parts, each class alike in all of them."""

import numpy as np

__all__ = ["stratified"]

HELD_OUT = 0.15  # of the examples, for validation and as many for test
FEWEST = 3  # examples of a class that is in every part; one with fewer is learned from alone


def stratified(y: np.ndarray, seed: int) -> list[np.ndarray]:
    """The rows of the training, validation and test part, shuffled: 70%, 15% and 15% of every class in y (n,).

    scikit-learn's split refuses a class with a single example; this one leaves it, or two, to training, and a
    class with three or more is in every part.
    """
    order = np.random.default_rng(seed).permutation(len(y))
    _, classes, counts = np.unique(y[order], return_inverse=True, return_counts=True)
    by_class = np.split(np.argsort(classes, kind="stable"), np.cumsum(counts)[:-1])
    part = np.zeros(len(y), int)  # of every place in the order: training
    for places, held_out in zip(by_class, held_out_of(counts), strict=True):
        part[places[:held_out]], part[places[held_out : 2 * held_out]] = 1, 2
    return [order[part == number] for number in range(3)]


def held_out_of(counts: np.ndarray) -> np.ndarray:
    """How many examples of each class go to validation, and to test: 15%, rounded so that they sum to 15% of all."""
    shares = HELD_OUT * counts
    held_out = np.floor(shares).astype(int)
    missing = int(HELD_OUT * counts.sum()) - held_out.sum()
    held_out[np.argsort(held_out - shares, kind="stable")[:missing]] += 1  # where most was cut off
    return np.where(counts >= FEWEST, np.maximum(held_out, 1), 0)
