"""The first layer of a convolutional network: its kernels before and after training, and what they see (theory E6)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import image
from gradus.models import evaluate
from gradus.models.inputs import scale_inputs
from gradus.network import Network
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["draw", "measure", "neighbours"]

MAPS = 16
LAYERS = f"conv{MAPS}-7x7 maxpool2 dense100 dense10"
NOISE, STRUCTURE = 0.1, 0.2  # correlations of neighbours: noise stays below the one, kernels should pass the other


def measure(sources: Sources, epochs: int = 2, images: int | None = None) -> Measured:
    """Train on MNIST, on the first so many of its images or all, and lay the kernels on the first one held out."""
    data = sources.mnist if images is None else sources.mnist.with_examples(images)
    network = build_network(data, LAYERS, weights="scaled")
    *_, epoch = fit(network, data, epochs=epochs, learning_rate=0.05, l2=5.0)
    before, after = kernels(network), kernels(epoch.network)
    seen = scale_inputs(data.validation.x[:1], data.preprocessing)
    maps = np.moveaxis(feature_maps(epoch.network, seen), -1, 0)
    start, end = neighbours(before), neighbours(after)
    numbers = {
        "before": start,
        "after": end,
        "pairs": 2 * MAPS * before.shape[1] * (before.shape[2] - 1),
        "accuracy": evaluate(epoch.network, data.validation, data.preprocessing).accuracy * 100,
        "epochs": epochs,
        "silent": (maps == 0).mean() * 100,
        "maps": MAPS,
        "side": maps.shape[1],
    }
    rows, columns = (place.ravel() for place in np.indices(before.shape[1:]))
    table: dict[str, Any] = {"row": rows, "column": columns}
    for number in range(MAPS):
        table[f"kernel{number}_before"] = before[number].ravel()
        table[f"kernel{number}_after"] = after[number].ravel()
    claim = abs(start) < NOISE and end > STRUCTURE
    return Measured(table, numbers, bool(claim), drawn=(np.asarray(seen)[0, ..., 0], before, after, maps))


def kernels(network: Network) -> np.ndarray:
    """(maps, height, width): the weights of the first layer, which sees one channel."""
    return np.moveaxis(np.asarray(network.params[0].w)[:, :, 0], -1, 0)


def feature_maps(network: Network, x: Any) -> np.ndarray:
    """(height, width, maps): what the first layer and its activation make of one image, (1, height, width, 1)."""
    for layer, p in zip(network.chain.layers[:2], network.params[:2], strict=True):
        x, _ = layer.forward(p, x)
    return np.asarray(x)[0]


def neighbours(kernels: np.ndarray) -> float:
    """The correlation of weights that lie above or beside each other: 0 of noise, 1 where a kernel changes slowly."""
    one = np.concatenate([kernels[:, 1:].ravel(), kernels[:, :, 1:].ravel()])
    other = np.concatenate([kernels[:, :-1].ravel(), kernels[:, :, :-1].ravel()])
    return float(np.corrcoef(one, other)[0, 1])


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    seen, before, after, maps = measured.drawn
    figure = Figure(figsize=(9.6, 6.2), layout="constrained")
    axes = figure.subplot_mosaic([["input", name] for name in ("before", "after", "maps")], width_ratios=(1, 4))
    image(axes["input"], seen, labels["input"])
    for name, weights in (("before", before), ("after", after)):
        size = np.abs(weights).max()
        image(axes[name], tiles(weights), labels[name], vmin=-size, vmax=size)
    image(axes["maps"], tiles(maps), labels["maps"])
    for name in ("before", "after", "maps"):
        axes[name].spines[:].set_visible(False)
    axes["maps"].set_facecolor("0.88")  # between maps, which are white where they are 0
    return figure


def tiles(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, height, width) as one, in two rows, with gaps between them."""
    n, height, width = pictures.shape
    gap = 1 + height // 8
    framed = np.pad(pictures, ((0, 0), (0, gap), (0, gap)), constant_values=np.nan)
    rows = framed.reshape(2, n // 2, height + gap, width + gap)
    return np.concatenate([np.concatenate(list(row), axis=1) for row in rows])[:-gap, :-gap]
