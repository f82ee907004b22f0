"""Training in one call."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from gradus.data import Dataset
from gradus.training.build import DEFAULT_LAYERS, build_network
from gradus.training.fitting import fit_in_stretches
from gradus.training.model import Model
from gradus.training.progress import shown
from gradus.training.records import Epoch

__all__ = ["Trained", "train"]


class Trained(NamedTuple):
    """What training came to: the model, and a record of every epoch."""

    model: Model
    history: list[Epoch]


def train(
    data: Dataset,
    layers: str | Sequence[int] = DEFAULT_LAYERS,
    *,
    cost: str = "log-likelihood",
    activation: str = "relu",
    weights: str | None = None,
    epochs: int = 30,
    learning_rate: float = 0.05,
    seed: int = 0,
    **settings: Any,
) -> Trained:
    """Build a network for the data and train it, showing progress.

    layers, cost, activation, weights: as in `build_network`.  The rest: as in `fit_in_stretches`.
    Raises SettingError, and DivergedError.
    """
    network = build_network(data, layers, cost=cost, activation=activation, weights=weights, seed=seed)
    records = fit_in_stretches(network, data, epochs=epochs, learning_rate=learning_rate, seed=seed, **settings)
    seen = list(shown(records, epochs))
    history = [record for record in seen if isinstance(record, Epoch)]
    return Trained(Model(seen[-1].kept, data.preprocessing, data.classes), history)
