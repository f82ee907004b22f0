"""Weights that begin alike stay alike: the symmetry that never breaks (theory D5)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset, load
from gradus.figures.experiments import SEEDS, over_seeds
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LOOKS, axes_of, band, dressed
from gradus.layers import Dense
from gradus.network import Network
from gradus.training import build_network, fit

__all__ = ["draw", "measure"]

STARTS = ("zeros", "ones", "scaled")
HIDDEN, ETA = 30, 0.5


def measure(sources: Sources, epochs: int = 30, seeds: int = SEEDS) -> Measured:
    """Train 64-30-10 on the built-in digits from each start; the seeds also decide the order of the examples."""
    data = load("digits")
    runs = {start: over_seeds(partial(followed, data, start, epochs), seeds) for start in STARTS}
    table: dict[str, Any] = {"epoch": np.arange(epochs + 1)}
    for start, by_seed in runs.items():
        for seed, (apart, accuracy) in enumerate(by_seed.transpose(0, 2, 1)):
            table |= {f"{start}_apart_seed{seed}": apart, f"{start}_accuracy_seed{seed}": accuracy}
    apart = {start: by_seed[..., 0] for start, by_seed in runs.items()}
    last = {start: 100 * by_seed[:, -1, 1].mean() for start, by_seed in runs.items()}
    numbers = last | {
        "apart_zeros": apart["zeros"].max(), "apart_ones": apart["ones"].max(),
        "apart_scaled": apart["scaled"][:, -1].mean(), "epochs": epochs, "hidden": HIDDEN,
    }  # fmt: skip
    alike = apart["zeros"].max() == apart["ones"].max() == 0 < apart["scaled"].min()
    return Measured(table, numbers, bool(alike and last["scaled"] > max(last["zeros"], last["ones"])), drawn=runs)


def followed(data: Dataset, start: str, epochs: int, seed: int) -> list[tuple[float, float]]:
    """Before the first epoch and after each: how far the hidden neurons are apart, and the validation accuracy."""
    layers = f"dense{HIDDEN} dense{len(data.classes)}"
    network = build_network(data, layers, cost="cross-entropy", activation="sigmoid", weights=start, seed=seed)
    numbers = [(apart(network), np.nan)]
    for epoch in fit(network, data, epochs=epochs, learning_rate=ETA, seed=seed):
        assert epoch.validation
        numbers.append((apart(epoch.network), epoch.validation.accuracy))
    return numbers


def apart(network: Network) -> float:
    """The greatest difference between a weight or bias of two hidden neurons, into them or out of them."""
    hidden, after = (
        params for layer, params in zip(network.chain.layers, network.params, strict=True) if isinstance(layer, Dense)
    )
    neurons = jnp.concatenate([hidden.w, hidden.b[:, None], after.w.T], axis=1)  # (hidden, weights of one neuron)
    return float((neurons.max(axis=0) - neurons.min(axis=0)).max())


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    figure, (left, right) = axes_of(columns=2)
    epochs = measured.table["epoch"]
    for (start, runs), look in zip(measured.drawn.items(), LOOKS, strict=False):
        band(left, epochs, runs[..., 0], look, labels[start])
        band(right, epochs[1:], 100 * runs[:, 1:, 1], look, labels[start])
    dressed(left, labels["apart"], labels["epoch"])
    dressed(right, "", labels["epoch"], labels["validation_accuracy"])
    return figure
