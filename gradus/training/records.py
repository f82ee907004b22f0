"""What training yields: where it stands, and what an epoch came to."""

from dataclasses import dataclass

from gradus.network import Network

__all__ = ["Epoch", "Evaluation", "Stretch"]


@dataclass(frozen=True, eq=False)
class Stretch:
    """Where training stands inside an epoch. cost: the mean of the epoch's steps so far."""

    epoch: int
    step: int
    steps: int
    cost: float
    network: Network


@dataclass(frozen=True)
class Evaluation:
    """cost: the mean over the examples, without penalties.  accuracy: the share classified rightly."""

    cost: float
    accuracy: float


@dataclass(frozen=True, eq=False)
class Epoch:
    """One finished epoch. cost: the mean over its steps, each measured before the step it led to."""

    epoch: int
    cost: float
    validation: Evaluation | None
    seconds: float
    network: Network
