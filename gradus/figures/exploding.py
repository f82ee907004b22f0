"""Large weights: gradients that grow from layer to layer towards the input (theory G2)."""

from collections.abc import Mapping
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from jax import Array
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import list_numbers, run_settings
from gradus.figures.gradients import hidden_bias_norms, inputs_and_targets, scale_weights
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK_STYLE, MARKERS, label_axes, plot_runs, subplots
from gradus.layers import Dense
from gradus.network import Network, backprop
from gradus.training import build_network

__all__ = ["draw", "growth", "measure"]

FACTORS = (1, 2, 4, 8, 16, 32, 64, 100)  # on weights from N(0, 1/sqrt(n_in))
QUOTED = (1, 4, 16, 100)
COLUMNS = ("factor", "centred", "seed", "layer", "norm")
TOLERANCE = 0.1  # relative, of a growth


def measure(sources: Sources, layers: int = 10, seeds: int = 5) -> Measurement:
    """Compute ||dC/db|| by layer for one image, with biases that make every z = 0, and with biases 0."""
    data = sources.mnist.with_examples(seeds)
    norms = run_settings(partial(norms_by_layer, data, layers), product(FACTORS, (True, False)), seeds)
    growths = {
        is_centred: np.transpose([growth(norms[factor, is_centred]) for factor in FACTORS])
        for is_centred in (True, False)
    }
    mean = {setting: growth(by_seed).mean() for setting, by_seed in norms.items()}
    error = max(abs(mean[factor, True] / (factor / 4) - 1) for factor in FACTORS)
    numbers: dict[str, Any] = {
        "layers": layers,
        "first": norms[100, True][:, 0].mean(),
        "last": norms[100, True][:, -1].mean(),
        "growths": list_numbers((mean[factor, True] for factor in QUOTED), ".2g"),
        "saturated": list_numbers((mean[factor, False] for factor in QUOTED), ".2g"),
        "off": error * 100,
    }
    rows = [
        (*setting, seed, layer, norm)
        for setting, by_seed in norms.items()
        for (seed, layer), norm in np.ndenumerate(by_seed)
    ]
    table = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    claim = error < TOLERANCE and (growths[False][:, -1] < growths[True][:, -1] / 4).all()
    return Measurement(table, numbers, claim, plot_data=(norms, growths))


def norms_by_layer(data: Dataset, layers: int, setting: tuple[float, bool], seed: int) -> np.ndarray:
    """(layers,): the norms in a network of hidden layers of 30 sigmoids, for the image with the seed's number."""
    factor, is_centred = setting
    sizes = [784, *layers * [30], 10]
    network = build_network(data, sizes, cost="cross-entropy", activation="sigmoid", weights="scaled", seed=seed)
    network = scale_weights(network, factor)
    x, y = (part[seed : seed + 1] for part in inputs_and_targets(data))
    params = centre(network, x) if is_centred else network.params
    gradients = backprop(network.chain, network.cost, params, x, y).gradients
    return np.asarray(hidden_bias_norms(network.chain, gradients), float)


def centre(network: Network, x: Array) -> tuple[Any, ...]:
    """The parameters with biases b = -w a, so that z = 0 and sigma'(z) = 1/4 everywhere for the one input x."""
    params, a = [], x
    for layer, p in zip(network.chain.layers, network.params, strict=True):
        if isinstance(layer, Dense):
            p = p._replace(b=-(p.w @ a[0]))
        a, _ = layer.forward(p, a)
        params.append(p)
    return tuple(params)


def growth(norms: np.ndarray) -> np.ndarray:
    """(runs,): the growth of norms (runs, layers) per layer towards the input: e to the slope of their logarithm."""
    towards_the_input = -np.arange(norms.shape[1])
    return np.exp(np.polyfit(towards_the_input, np.log(norms).T, 1)[0])


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    norms, growths = measurement.plot_data
    figure, (by_layer, by_factor) = subplots(columns=2, height=3.8)
    layers = np.arange(1, norms[FACTORS[0], True].shape[1] + 1)
    plot_runs(by_layer, layers, {labels["factor"].format(factor=k): norms[k, True] for k in QUOTED}, marker=MARKERS)
    named = {labels["centred"]: growths[True], labels["unbiased"]: growths[False]}
    plot_runs(by_factor, FACTORS, named, marker=MARKERS)
    by_factor.plot(FACTORS, np.array(FACTORS) / 4, **BOOK_STYLE, label=labels["predicted"])
    by_factor.axhline(1, color="gray", linewidth=0.8)
    by_factor.set_xscale("log")
    for axis in (by_layer, by_factor):
        axis.set_yscale("log")
    label_axes(by_layer, labels["by_layer"], labels["layer"], "‖∂C/∂b‖")
    label_axes(by_factor, labels["by_factor"], labels["weights"], labels["growth"])
    return figure
