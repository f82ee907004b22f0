"""What training yields: where it stands, and the outcome of each epoch."""

from dataclasses import dataclass, fields
from typing import Any

from gradus.models import Evaluation
from gradus.network import Network

__all__ = ["Epoch", "LayerStatistics", "Progress"]


@dataclass(frozen=True, eq=False)
class Progress:
    """Where training stands inside an epoch, reported a few times a second.

    cost: the mean over the epoch's steps so far.
    best_network: the network of the best epoch so far where training has patience, else `network`.
    position: where training can resume (position.py).
    """

    epoch: int
    step: int
    steps: int
    cost: float
    network: Network
    best_network: Network
    position: Any


@dataclass(frozen=True)
class LayerStatistics:
    """What goes on inside one layer; None where a number does not apply to it, nan where it is not defined.

    name: such as layer1_conv.
    gradient_norm: ||dC/dw|| on the probe, without penalties.
    update_ratio: ||w - w_before|| / ||w_before||, the step from the end of an epoch to the end of the next.
    z_mean, z_std: mean and standard deviation of z over all units and examples of the probe.
    saturated: the share of f'(z) below 1/20 of its maximum.
    dead: the share of units for which f'(z) is so small, as ReLU'(z) = 0, for every example of the probe.
    """

    name: str
    gradient_norm: float | None = None
    update_ratio: float | None = None
    z_mean: float | None = None
    z_std: float | None = None
    saturated: float | None = None
    dead: float | None = None

    def numbers(self) -> dict[str, float]:
        """All numbers by name, such as layer1_conv_z_mean."""
        values = {field.name: getattr(self, field.name) for field in fields(self)[1:]}
        return {f"{self.name}_{key}": value for key, value in values.items() if value is not None}


@dataclass(frozen=True, eq=False)
class Epoch:
    """One finished epoch.

    cost: the mean over its steps, each measured before the step it led to.
    learning_rate: eta of its last step, 0 where the optimiser has its own.
    best_network: the network of the best epoch so far where training has patience, else this one's.
    previous_network: the network at the epoch's start.
    position: where training can resume (position.py).
    passes: times through the data so far, where that is not the number of epochs.
    training: on a sample of the training examples, and layers: on the probe; both only in the epochs that
        `with_layer_statistics` measures.
    """

    epoch: int
    cost: float
    validation: Evaluation | None
    seconds: float
    network: Network
    learning_rate: float
    best_network: Network
    previous_network: Network
    position: Any
    passes: float | None = None
    training: Evaluation | None = None
    layers: tuple[LayerStatistics, ...] = ()
