"""How large z is before training: weights of N(0, 1) against N(0, 1/sqrt(n_in)) (theory D5)."""

from collections.abc import Mapping
from math import sqrt
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from matplotlib.figure import Figure

from gradus.equations.activations import derivative
from gradus.equations.weights import initial_biases
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, axes_of, label_axes
from gradus.layers import Dense
from gradus.runs.layer_statistics import FLAT, FLAT_ON_BOTH_SIDES

__all__ = ["draw", "measure"]

INPUTS, ON = 1000, 500
# What z's standard deviation is with 500 of 1,000 inputs at 1: the variances of the weights and of the bias add up.
THEORY = {"gaussian": sqrt(ON + 1), "scaled": sqrt(ON / INPUTS), "book": sqrt(ON / INPUTS + 1)}
BINS = np.linspace(-100, 100, 801)
WITHIN = 0.03  # part by which a standard deviation of 10,000 draws or more may miss the theory's


class Z(NamedTuple):
    """The z of units before training: of the 1,000 inputs, and of images."""

    halves: np.ndarray
    images: np.ndarray


def measure(sources: Sources, units: int = 20_000, images: int = 1_000) -> Measured:
    """One forward pass through a layer of many units, each a draw of its own; and of images through 100 units."""
    x = (jnp.arange(INPUTS) < ON).astype(float)[None]
    data = sources.mnist
    pixels = jnp.asarray(data.training.x[:images].reshape(images, -1) / data.preprocessing.divide_by, float)
    found = {name: Z(z_of(name, x, units), z_of(name, pixels, 100)) for name in THEORY}
    table: dict[str, Any] = {"z": (BINS[:-1] + BINS[1:]) / 2}
    numbers: dict[str, Any] = {}
    for name, z in found.items():
        for inputs, values in z._asdict().items():
            table[f"{name}_{inputs}"] = np.histogram(values, BINS)[0] / values.size / np.diff(BINS)
            numbers |= {f"{name}_{inputs}": values.std(), f"{name}_{inputs}_flat": 100 * flat(values)}
        numbers[f"{name}_theory"] = THEORY[name]
    as_computed = all(abs(numbers[f"{name}_halves"] / std - 1) < WITHIN for name, std in THEORY.items())
    steeper = all(numbers[f"gaussian_{inputs}_flat"] > numbers[f"scaled_{inputs}_flat"] for inputs in Z._fields)
    return Measured(table, numbers, bool(as_computed and steeper))


def z_of(name: str, x: Array, units: int) -> np.ndarray:
    """The z of so many units for inputs x; "book" is scaled weights with the book's biases of N(0, 1)."""
    weights = "scaled" if name == "book" else name
    layer, key = Dense(units, weights), jax.random.key(0)
    params, _, _ = layer.init(key, x.shape[1:])
    if name == "book":
        params = params._replace(b=initial_biases("gaussian", key, (units,)))
    return np.asarray(layer.forward(params, x)[0])


def flat(z: np.ndarray) -> float:
    """The share of sigmoids with f'(z) below a twentieth of its maximum: they hardly learn."""
    return float((derivative("sigmoid")(jnp.asarray(z)) < FLAT * FLAT_ON_BOTH_SIDES["sigmoid"]).mean())


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    figure, axes = axes_of(columns=2, height=3.8)
    z = np.asarray(measured.table["z"])
    for axis, inputs in zip(axes, Z._fields, strict=True):
        for name, look in zip(THEORY, LINE_STYLES, strict=False):
            std = measured.numbers[f"{name}_{inputs}"]
            label = f"{labels[name]}: {labels['spread']} {std:.2f}"
            axis.plot(z, measured.table[f"{name}_{inputs}"], label=label, drawstyle="steps-mid", **look)
            if inputs == "halves":
                density = np.exp(-((z / THEORY[name]) ** 2) / 2) / (THEORY[name] * sqrt(2 * np.pi))
                axis.plot(z, density, color="black", linewidth=0.7)
        axis.set_xlim(-30, 30)
        axis.set_ylim(0, axis.get_ylim()[1] * 1.35)  # room for the legend
        label_axes(axis, labels[inputs], "z", labels["density"])
    return figure
