"""Skewed numbers to predict, of which the logarithm is learned."""

import numpy as np

__all__ = ["find_shifts"]


def find_shifts(y: np.ndarray) -> list[float | None]:
    """For each target of y (n, targets), what is added before the logarithm is taken; None for no logarithm."""
    return [None] * y.shape[1]
