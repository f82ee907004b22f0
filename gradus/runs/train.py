"""Training in one call."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from gradus.data import Dataset
from gradus.models import Model
from gradus.runs.fit import fit_steps
from gradus.runs.progress import with_progress_bar
from gradus.training import DEFAULT_LAYERS, Epoch, build_network

__all__ = ["Trained", "train"]


class Trained(NamedTuple):
    """The trained model, and a record of every epoch."""

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

    Args:
        data: the data set.
        layers, cost, activation, weights: as for `build_network`.
        epochs, learning_rate, seed, settings: as for `fit_steps`.

    Returns:
        The model, which is that of the best epoch where training has patience, and a record of every epoch.

    Raises:
        SettingError: before the first step.
        DivergedError: when a cost is no longer finite.
    """
    network = build_network(data, layers, cost=cost, activation=activation, weights=weights, seed=seed)
    steps = fit_steps(network, data, epochs=epochs, learning_rate=learning_rate, seed=seed, **settings)
    records = list(with_progress_bar(steps, epochs))
    history = [record for record in records if isinstance(record, Epoch)]
    return Trained(Model(records[-1].best_network, data.preprocessing, data.classes), history)
