"""The distribution of z before training: weights of N(0, 1) against N(0, 1/sqrt(n_in)) (theory D5)."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from matplotlib.figure import Figure

from gradus.equations import ACTIVATIONS, initial_biases
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, label_axes, subplots
from gradus.layers import Dense
from gradus.runs import FLAT

__all__ = ["draw", "measure"]

INPUTS, ON = 1000, 500
# The standard deviation of z with 500 of 1,000 inputs at 1: the variances of the weights and of the bias add up.
THEORY = {"gaussian": sqrt(ON + 1), "scaled": sqrt(ON / INPUTS), "book": sqrt(ON / INPUTS + 1)}
KINDS = ("halves", "images")  # of inputs: half of them 1, and images
BINS = np.linspace(-100, 100, 801)
TOLERANCE = 0.03  # relative, of a standard deviation of at least 10,000 draws


def measure(sources: Sources, units: int = 20_000, images: int = 1_000) -> Measurement:
    """Pass one input through a layer of many units, each a draw of its own, and images through 100 units."""
    data = sources.mnist
    pixels = jnp.asarray(data.training.x[:images].reshape(images, -1) / data.preprocessing.divide_by, float)
    inputs = {"halves": ((jnp.arange(INPUTS) < ON).astype(float)[None], units), "images": (pixels, 100)}
    table: dict[str, Any] = {"z": (BINS[:-1] + BINS[1:]) / 2}
    numbers: dict[str, Any] = {}
    for name, theory in THEORY.items():
        for kind, (x, width) in inputs.items():
            z = weighted_inputs(name, x, width)
            table[f"{name}_{kind}"] = np.histogram(z, BINS)[0] / z.size / np.diff(BINS)
            numbers |= {f"{name}_{kind}": z.std(), f"{name}_{kind}_flat": 100 * flat_share(z)}
        numbers[f"{name}_theory"] = theory
    is_as_computed = all(abs(numbers[f"{name}_halves"] / std - 1) < TOLERANCE for name, std in THEORY.items())
    is_flatter = all(numbers[f"gaussian_{kind}_flat"] > numbers[f"scaled_{kind}_flat"] for kind in KINDS)
    return Measurement(table, numbers, is_as_computed and is_flatter)


def weighted_inputs(name: str, x: Array, units: int) -> np.ndarray:
    """The z of units for inputs x; "book" means scaled weights with the book's biases of N(0, 1)."""
    layer, key = Dense(units, "scaled" if name == "book" else name), jax.random.key(0)
    params, _, _ = layer.init(key, x.shape[1:])
    if name == "book":
        params = params._replace(b=initial_biases("gaussian", key, (units,)))
    return np.asarray(layer.forward(params, x)[0])


def flat_share(z: np.ndarray) -> float:
    """The share of sigmoids with f'(z) below a twentieth of its maximum: they hardly learn."""
    sigmoid = ACTIVATIONS["sigmoid"]
    return float((sigmoid.f_prime(jnp.asarray(z)) < FLAT * sigmoid.largest_slope).mean())


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    table, numbers = measurement.table, measurement.numbers
    figure, axes = subplots(columns=2, height=3.8)
    z = np.asarray(table["z"])
    for axis, kind in zip(axes, KINDS, strict=True):
        for name, style in zip(THEORY, LINE_STYLES, strict=False):
            label = f"{labels[name]}: {labels['spread']} {numbers[f'{name}_{kind}']:.2f}"
            axis.plot(z, table[f"{name}_{kind}"], label=label, drawstyle="steps-mid", **style)
            if kind == "halves":
                density = np.exp(-((z / THEORY[name]) ** 2) / 2) / (THEORY[name] * sqrt(2 * np.pi))
                axis.plot(z, density, color="black", linewidth=0.7)
        axis.set_xlim(-30, 30)
        axis.set_ylim(0, axis.get_ylim()[1] * 1.35)  # room for the legend
        label_axes(axis, labels[kind], "z", labels["density"])
    return figure
