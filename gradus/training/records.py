"""What training yields: where it stands, and what an epoch came to."""

import math
from dataclasses import dataclass, fields
from typing import Any

from gradus.network import Network

__all__ = ["Epoch", "Evaluation", "LayerRecord", "Stretch", "TextEvaluation"]


@dataclass(frozen=True, eq=False)
class Stretch:
    """Where training stands inside an epoch. cost: the mean of the epoch's steps so far.

    kept: the network of the best epoch so far where training has patience, else `network`.
    position: where training can go on from (epochs.py).
    """

    epoch: int
    step: int
    steps: int
    cost: float
    network: Network
    kept: Network
    position: Any


@dataclass(frozen=True)
class Evaluation:
    """cost: the mean over the examples, without penalties.  accuracy: the share classified rightly."""

    cost: float
    accuracy: float

    @property
    def score(self) -> float:
        """What early stopping compares; more is better."""
        return self.accuracy

    def numbers(self) -> dict[str, float]:
        """All numbers by name."""
        return {"cost": self.cost, "accuracy": self.accuracy}

    def __str__(self) -> str:
        return f"{self.cost:.4f} {self.accuracy:7.2%}"

    def described(self) -> str:
        """All numbers with their names."""
        return f"cost {self.cost:.4f}  accuracy {self.accuracy:.2%}"


class TextEvaluation(Evaluation):
    """cost: nats per character, the mean of -ln p of what came.  accuracy: the share of characters guessed."""

    @property
    def score(self) -> float:
        return -self.cost

    @property
    def bits(self) -> float:
        """Bits per character: the size to which the model would compress the text."""
        return self.cost / math.log(2)

    @property
    def perplexity(self) -> float:
        """e^cost: among how many equally probable characters the model is as undecided."""
        return math.exp(self.cost) if self.cost < 700 else math.inf

    def numbers(self) -> dict[str, float]:
        return super().numbers() | {"bits": self.bits, "perplexity": self.perplexity}

    def __str__(self) -> str:
        return f"{self.cost:.4f} nats  {self.bits:.4f} bits  perplexity {self.perplexity:.2f}"

    def described(self) -> str:
        """All numbers with their names."""
        return f"{self}  accuracy {self.accuracy:.2%}"


@dataclass(frozen=True)
class LayerRecord:
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
    """One finished epoch. cost: the mean over its steps, each measured before the step it led to.

    learning_rate: eta of its last step, 0 where the optimiser has its own.
    kept: the network of the best epoch so far where training has patience, else this one's.
    before: the network at its beginning.  position: where training can go on from (epochs.py).
    passes: times through the data so far, where that is not the number of epochs.
    training: on a sample of the training examples, and layers: on the probe; both are there in the epochs that
    `observed` chooses.
    """

    epoch: int
    cost: float
    validation: Evaluation | None
    seconds: float
    network: Network
    learning_rate: float
    kept: Network
    before: Network
    position: Any
    passes: float | None = None
    training: Evaluation | None = None
    layers: tuple[LayerRecord, ...] = ()
