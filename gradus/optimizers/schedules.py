"""Schedules of the learning rate (theory D6).

A schedule gives the factor of eta from t, the share of the training that is done: 0 before the first step, 1 after the
last.
"""

from collections.abc import Callable

import numpy as np

from gradus.registry import Registry

__all__ = ["HALVE", "MAX_HALVINGS", "SCHEDULES", "learning_rates"]

HALVE = "halve-when-stalled"
MAX_HALVINGS = 7  # training ends at 1/128 of eta (Nielsen, chapter 3)


def constant(t: np.ndarray) -> np.ndarray:
    """eta throughout; HALVE is constant, too, until the validation stalls."""
    return np.ones_like(t)


def linear(t: np.ndarray) -> np.ndarray:
    """Linearly down to 0."""
    return 1 - t


def step(t: np.ndarray) -> np.ndarray:
    """A tenth after half of the training, a hundredth in its last quarter (He et al. 2016)."""
    return np.where(t < 0.5, 1, np.where(t < 0.75, 0.1, 0.01))


def cosine(t: np.ndarray) -> np.ndarray:
    """Down to 0 along half a cosine wave (Loshchilov & Hutter 2017)."""
    return (1 + np.cos(np.pi * t)) / 2


def warm_up(t: np.ndarray) -> np.ndarray:
    """Linearly up from a hundredth in the first twentieth, then constant (Goyal et al. 2017)."""
    return np.minimum(1, 0.01 + 0.99 * t / 0.05)


def one_cycle(t: np.ndarray) -> np.ndarray:
    """Up from 1/25 along a cosine in the first 30%, then down to 1/10,000 (Smith & Topin 2019)."""
    up, down = (1 - cosine(t / 0.3)), cosine((t - 0.3) / 0.7)
    return np.where(t < 0.3, 1 / 25 + (1 - 1 / 25) * up, 1e-4 + (1 - 1e-4) * down)


def coslog4(t: np.ndarray) -> np.ndarray:
    """Four waves from 0 to 1 and back, each twice as long as the one before (Holzmueller et al. 2024)."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.log2(1 + 15 * t))


SCHEDULES: Registry[Callable[[np.ndarray], np.ndarray]] = Registry(
    "schedule",
    {
        "constant": constant,
        "linear": linear,
        "step": step,
        "cosine": cosine,
        "warm-up": warm_up,
        "one-cycle": one_cycle,
        "coslog4": coslog4,
        HALVE: constant,
    },
)


def learning_rates(schedule: str, eta: float, epoch: int, epochs: int, steps: int) -> np.ndarray:
    """The learning rate of each step of an epoch, (steps,).

    Args:
        schedule: one of SCHEDULES.
        epoch: counted from 1, of `epochs`.

    Raises:
        SettingError: for any other schedule.
    """
    t = ((epoch - 1) * steps + np.arange(steps)) / (epochs * steps)
    return eta * SCHEDULES.find(schedule)(t)
