"""How the learning rate changes while training goes on (theory D6).

A schedule says by what eta is multiplied at a step, from how much of the training is over: t = 0 before the
first step, 1 after the last.
"""

from collections.abc import Callable

import numpy as np

from gradus.errors import SettingError

__all__ = ["HALVE", "HALVINGS", "SCHEDULES", "learning_rates"]

HALVE = "halve-when-stalled"
HALVINGS = 7  # 1/128 of eta is the end of the training (Nielsen, chapter 3)


def constant(t: np.ndarray) -> np.ndarray:
    """eta, throughout; what HALVE begins with."""
    return np.ones_like(t)


def linear(t: np.ndarray) -> np.ndarray:
    """Down to 0 in a straight line."""
    return 1 - t


def step(t: np.ndarray) -> np.ndarray:
    """A tenth from the half of the training on, a hundredth in its last quarter (He et al. 2016)."""
    return np.where(t < 0.5, 1, np.where(t < 0.75, 0.1, 0.01))


def cosine(t: np.ndarray) -> np.ndarray:
    """Down to 0 along half a wave (Loshchilov & Hutter 2017)."""
    return (1 + np.cos(np.pi * t)) / 2


def warm_up(t: np.ndarray) -> np.ndarray:
    """Up from a hundredth in a straight line in the first twentieth, then constant (Goyal et al. 2017)."""
    return np.minimum(1, 0.01 + 0.99 * t / 0.05)


def one_cycle(t: np.ndarray) -> np.ndarray:
    """Up from 1/25 along a cosine in the first 30%, then down to 1/10,000 (Smith & Topin 2019)."""
    up, down = (1 - cosine(t / 0.3)), cosine((t - 0.3) / 0.7)
    return np.where(t < 0.3, 1 / 25 + (1 - 1 / 25) * up, 1e-4 + (1 - 1e-4) * down)


SCHEDULES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "constant": constant,
    "linear": linear,
    "step": step,
    "cosine": cosine,
    "warm-up": warm_up,
    "one-cycle": one_cycle,
    HALVE: constant,
}


def learning_rates(schedule: str, eta: float, epoch: int, epochs: int, steps: int) -> np.ndarray:
    """The learning rate of each step of an epoch, the first being 1: (steps,). Raises SettingError for the name."""
    if schedule not in SCHEDULES:
        raise SettingError(f"there is no schedule {schedule!r}; choose one of {', '.join(SCHEDULES)}")
    t = ((epoch - 1) * steps + np.arange(steps)) / (epochs * steps)
    return eta * SCHEDULES[schedule](t)
