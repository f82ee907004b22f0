"""Large weights: gradients that grow from layer to layer towards the input (theory G2)."""

from collections.abc import Mapping
from functools import partial

import numpy as np
from jax import Array
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import over_seeds
from gradus.figures.gradients import inputs_and_outputs, norms_of_hidden_biases, with_larger_weights
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK, LINE_STYLES, axes_of, band, label_axes
from gradus.layers import Dense
from gradus.network import Network, backprop
from gradus.training import build_network

__all__ = ["draw", "measure"]

FACTORS = (1, 2, 4, 8, 16, 32, 64, 100)  # on weights from N(0, 1/sqrt(n_in))
DRAWN = (1, 4, 16, 100)
MARKERS = "osD^"
NEAR = 0.1  # a measured growth may be off by this part of the predicted one


def measure(sources: Sources, layers: int = 10, seeds: int = 5) -> Measured:
    """||dC/db|| by layer for one image, with biases that make every z = 0, and with biases 0."""
    data = sources.mnist.with_examples(seeds)
    norms = {
        (factor, centred): over_seeds(partial(norms_by_layer, data, layers, factor, centred), seeds)
        for factor in FACTORS
        for centred in (True, False)
    }
    growths = {centred: np.array([growth(norms[factor, centred]) for factor in FACTORS]).T for centred in (True, False)}
    off = growths[True].mean(axis=0) / (np.array(FACTORS) / 4) - 1
    columns = ("factor", "centred", "seed", "layer", "norm")
    rows = [
        (*of, seed, layer, norm) for of, by_seed in norms.items() for (seed, layer), norm in np.ndenumerate(by_seed)
    ]
    numbers = {
        "layers": layers,
        "first": norms[100, True][:, 0].mean(),
        "last": norms[100, True][:, -1].mean(),
        "growths": ", ".join(f"{growths[True][:, FACTORS.index(factor)].mean():.2g}" for factor in DRAWN),
        "saturated": ", ".join(f"{growths[False][:, FACTORS.index(factor)].mean():.2g}" for factor in DRAWN),
        "off": abs(off).max() * 100,
    }
    claim = abs(off).max() < NEAR and (growths[False][:, -1] < growths[True][:, -1] / 4).all()
    table = dict(zip(columns, zip(*rows, strict=True), strict=True))
    return Measured(table, numbers, bool(claim), drawn=(norms, growths))


def norms_by_layer(data: Dataset, layers: int, factor: float, centred: bool, seed: int) -> list[float]:
    """The norms in a network of hidden layers of 30 sigmoids, for the image of that number."""
    sizes = [784, *layers * [30], 10]
    network = build_network(data, sizes, cost="cross-entropy", activation="sigmoid", weights="scaled", seed=seed)
    network = with_larger_weights(network, factor)
    x, y = (part[seed : seed + 1] for part in inputs_and_outputs(data))
    params = centred_on(network, x) if centred else network.params
    _, gradients, *_ = backprop(network.chain, network.cost, params, x, y)
    return norms_of_hidden_biases(network.chain, gradients).tolist()


def centred_on(network: Network, x: Array) -> tuple:
    """The parameters with the biases b = -w a, so that z = 0 for this one input and sigma'(z) = 1/4 everywhere."""
    params, a = [], x
    for layer, p in zip(network.chain.layers, network.params, strict=True):
        if isinstance(layer, Dense):
            p = p._replace(b=-(p.w @ a[0]))
        a, _ = layer.forward(p, a)
        params.append(p)
    return tuple(params)


def growth(norms: np.ndarray) -> np.ndarray:
    """By what factor the norms (runs, layers) grow from a layer to the one before it: e to the slope of their ln."""
    towards_the_input = -np.arange(norms.shape[1])
    return np.exp(np.polyfit(towards_the_input, np.log(norms).T, 1)[0])


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    norms, growths = measured.drawn
    figure, (by_layer, by_factor) = axes_of(columns=2, height=3.8)
    for factor, look, marker in zip(DRAWN, LINE_STYLES, MARKERS, strict=False):
        by_seed = norms[factor, True]
        layers = np.arange(1, by_seed.shape[1] + 1)
        band(by_layer, layers, by_seed, look | {"marker": marker}, labels["factor"].format(factor=factor))
    for centred, look, marker in zip((True, False), LINE_STYLES, MARKERS, strict=False):
        label = labels["centred" if centred else "unbiased"]
        band(by_factor, FACTORS, growths[centred], look | {"marker": marker}, label)
    by_factor.plot(FACTORS, np.array(FACTORS) / 4, **BOOK, label=labels["predicted"])
    by_factor.axhline(1, color="gray", linewidth=0.8)
    by_factor.set_xscale("log")
    for axis in (by_layer, by_factor):
        axis.set_yscale("log")
    label_axes(by_layer, labels["by_layer"], labels["layer"], "‖∂C/∂b‖")
    label_axes(by_factor, labels["by_factor"], labels["weights"], labels["growth"])
    return figure
