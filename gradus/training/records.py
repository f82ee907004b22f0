"""The records that training yields: its progress, and each finished epoch."""

from dataclasses import dataclass, fields
from typing import Any

from gradus.models import Evaluation
from gradus.network import Network

__all__ = ["Epoch", "LayerStatistics", "Progress"]


@dataclass(frozen=True, eq=False)
class Progress:
    """Training within an epoch, about once a second.

    Attributes:
        cost: the mean over the steps of the epoch so far.
        best_network: of the best epoch so far where training has patience, else `network`.
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
    """Statistics of one layer; None where a number does not apply, nan where it is undefined.

    name: such as layer1_conv.
    gradient_norm: ||dC/dw|| on the probe, without penalties.
    update_ratio: ||w - w_previous|| / ||w_previous||, the change within the epoch.
    z_mean, z_std: mean and standard deviation of z over all units and examples of the probe.
    saturated: the share of f'(z) below 1/20 of its maximum.
    dead: the share of units whose f'(z) is that small, like ReLU'(z) = 0, for every example of the probe.
    """

    name: str
    gradient_norm: float | None = None
    update_ratio: float | None = None
    z_mean: float | None = None
    z_std: float | None = None
    saturated: float | None = None
    dead: float | None = None

    def as_dict(self) -> dict[str, float]:
        """All numbers by name, such as layer1_conv_z_mean."""
        values = {field.name: getattr(self, field.name) for field in fields(self)[1:]}
        return {f"{self.name}_{key}": value for key, value in values.items() if value is not None}


@dataclass(frozen=True, eq=False)
class Epoch:
    """One finished epoch.

    Attributes:
        cost: the mean over its steps, each measured before its update.
        validation: on all validation examples.
        seconds: of its steps.
        learning_rate: eta of its last step, 0 where the optimizer has its own.
        best_network: of the best epoch so far where training has patience, else `network`.
        previous_network: at the start of the epoch.
        position: where training can resume (position.py).
        passes: through the data so far, where that is not the number of epochs.
        training: on a sample of the training examples, only in the epochs that `with_layer_statistics` measures.
        layers: statistics of the layers, only in those epochs.
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
