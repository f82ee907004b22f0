"""The kernels of a convolutional network's first layer before and after training, and its feature maps (theory E6)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jax import Array
from matplotlib.figure import Figure

from gradus.figures.experiments import networks_by_epoch, percent_correct
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import show_image, tile
from gradus.models import scale_inputs
from gradus.network import Network
from gradus.training import build_network

__all__ = ["draw", "measure", "neighbour_correlation"]

MAPS = 16
LAYERS = f"conv{MAPS}-7x7 maxpool2 dense100 dense10"
NOISE, STRUCTURE = 0.1, 0.2  # correlations of neighbours: those of noise stay below the first, others above the second


def measure(sources: Sources, epochs: int = 2, images: int | None = None) -> Measurement:
    """Train on MNIST, or on its first images, and compute the feature maps of the first validation image."""
    data = sources.mnist if images is None else sources.mnist.with_examples(images)
    start = build_network(data, LAYERS, weights="scaled")
    *_, end = networks_by_epoch(start, data, epochs=epochs, learning_rate=0.05, l2=5.0)
    before, after = first_kernels(start), first_kernels(end)
    x = scale_inputs(data.validation.x[:1], data.preprocessing)
    maps = feature_maps(end, x)
    numbers = {
        "before": neighbour_correlation(before),
        "after": neighbour_correlation(after),
        "pairs": 2 * MAPS * before.shape[1] * (before.shape[2] - 1),
        "accuracy": percent_correct(end, data, "validation"),
        "epochs": epochs,
        "silent": (maps == 0).mean() * 100,
        "maps": MAPS,
        "side": maps.shape[1],
    }
    rows, columns = (index.ravel() for index in np.indices(before.shape[1:]))
    table: dict[str, Any] = {"row": rows, "column": columns}
    for number in range(MAPS):
        table |= {f"kernel{number}_before": before[number].ravel(), f"kernel{number}_after": after[number].ravel()}
    claim = abs(numbers["before"]) < NOISE and numbers["after"] > STRUCTURE
    return Measurement(table, numbers, claim, plot_data=(np.asarray(x)[0, ..., 0], before, after, maps))


def first_kernels(network: Network) -> np.ndarray:
    """(maps, height, width): the weights of the first layer, which sees one channel."""
    return np.moveaxis(np.asarray(network.params[0].w)[:, :, 0], -1, 0)


def feature_maps(network: Network, x: Array) -> np.ndarray:
    """(maps, height, width): the activations of the first layer for one image (1, height, width, 1)."""
    for layer, params in zip(network.chain.layers[:2], network.params[:2], strict=True):
        x, _ = layer.forward(params, x)
    return np.moveaxis(np.asarray(x)[0], -1, 0)


def neighbour_correlation(kernels: np.ndarray) -> float:
    """The correlation of weights above or beside each other: 0 for noise, near 1 where kernels change slowly."""
    one = np.concatenate([kernels[:, 1:].ravel(), kernels[:, :, 1:].ravel()])
    other = np.concatenate([kernels[:, :-1].ravel(), kernels[:, :, :-1].ravel()])
    return float(np.corrcoef(one, other)[0, 1])


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    image, before, after, maps = measurement.plot_data
    figure = Figure(figsize=(9.6, 6.2), layout="constrained")
    axes = figure.subplot_mosaic([["input", name] for name in ("before", "after", "maps")], width_ratios=(1, 4))
    show_image(axes["input"], image, labels["input"])
    for name, weights in (("before", before), ("after", after)):
        most = np.abs(weights).max()
        show_image(axes[name], tile(weights, rows=2), labels[name], vmin=-most, vmax=most)
    show_image(axes["maps"], tile(maps, rows=2, gap=3), labels["maps"])
    for name in ("before", "after", "maps"):
        axes[name].spines[:].set_visible(False)
    axes["maps"].set_facecolor("0.88")  # between maps, which are white where they are 0
    return figure
