"""Three learning rates: one leaps over the valley, one falls and closes in, one creeps (theory D6)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import SEEDS, compared, over_seeds, penalised_cost
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK, LINE_STYLES, axes_of, band, label_axes
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["draw", "measure"]

ETAS = (2.5, 0.25, 0.025)
LAMBDA = 5.0
AGREES = 0.05  # the book's last cost may lie so far outside of our runs


def measure(sources: Sources, epochs: int = 30, seeds: int = SEEDS) -> Measured:
    """Train 784-30-10 with the cross-entropy and lambda = 5 at each eta, and follow the cost on all training images."""
    data, curves = sources.mnist, sources.curve("multiple_eta")
    table: dict[str, Any] = {"epoch": np.arange(1, epochs + 1)}
    runs = {eta: over_seeds(partial(costs, data, eta, epochs), seeds) for eta in ETAS}
    for eta, by_seed in runs.items():
        table |= {f"eta{eta}_seed{seed}": values for seed, values in enumerate(by_seed)}
    book = {} if curves is None else dict(zip(reversed(ETAS), (curve[2] for curve in curves), strict=True))
    last = {eta: by_seed[:, -1] for eta, by_seed in runs.items()}
    agrees = all(
        last[eta].min() - AGREES <= curve[epochs - 1] <= last[eta].max() + AGREES for eta, curve in book.items()
    )
    falls = {eta: -np.diff(by_seed.mean(axis=0)) for eta, by_seed in runs.items()}
    numbers = {
        "large": last[2.5].mean(),
        "middle": last[0.25].mean(),
        "small": last[0.025].mean(),
        "rises": int((np.diff(runs[2.5], axis=1) > 0).sum(axis=1).mean().round()),
        "steps": epochs - 1,
        "small_falls": falls[0.025][-1],
        "books": ", ".join(f"{book[eta][epochs - 1]:.3f}" for eta in ETAS) if book else "",
    }
    claim = last[2.5].min() > last[0.25].max() and falls[0.025][-1] > 0 and (np.diff(runs[2.5], axis=1) > 0).any()
    return Measured(table, numbers, bool(claim), ("shows", compared(curves, agrees)), drawn=(runs, book))


def costs(data: Dataset, eta: float, epochs: int, seed: int) -> list[float]:
    """The cost on all training images, with its penalty, after each epoch."""
    network = build_network(data, "dense30 dense10", cost="cross-entropy", activation="sigmoid", seed=seed)
    run = fit(network, data, epochs=epochs, learning_rate=eta, l2=LAMBDA, seed=seed)
    n = len(data.training.x)
    return [penalised_cost(epoch.network, data.training, data.preprocessing, LAMBDA, n) for epoch in run]


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    runs, book = measured.drawn
    epochs = measured.table["epoch"]
    figure, (axis,) = axes_of(width=6.4, height=4)
    for (eta, by_seed), look in zip(runs.items(), LINE_STYLES, strict=False):
        band(axis, epochs, by_seed, look, f"η = {eta}")
    for number, curve in enumerate(book.values()):
        axis.plot(epochs, curve[: len(epochs)], **BOOK, label=None if number else labels["book"])
    label_axes(axis, x=labels["epoch"], y=labels["cost"])
    return figure
