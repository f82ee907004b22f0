"""What units of the first, the second and the last layer of a deep network respond to most (theory A2)."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.nn import softmax
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.figures.experiments import SEEDS, map_threads, networks_by_epoch, percent_correct, seed_columns
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import label_axes, plot_runs, show_image, tile
from gradus.layers import Chain, Dense
from gradus.models import scale_inputs
from gradus.network import Network
from gradus.training import build_network

__all__ = ["ascend", "draw", "measure", "project", "share_of_one_digit"]

LAYERS = "dense30 dense30 dense10"
STAGES = ("before", "after")  # training
NAMES = ("first", "second", "last")  # layers
BEST = 100  # images that excite a unit most, among which the digits are counted
SHOWN, IMAGES = 4, 9  # units of each layer that are drawn, and images for each
STEPS, STEP = 300, 0.5  # of the gradient ascent; the length of a step
TEST = 100  # test images whose nearest training images are found


class Units(NamedTuple):
    """The units of a layer that are drawn.

    images: (shown, IMAGES, 28, 28), those that excite each most.  inputs: (shown, 28, 28), found by gradient ascent.
    """

    numbers: np.ndarray
    images: np.ndarray
    inputs: np.ndarray


class Found(NamedTuple):
    """The inputs found for all units of a layer (units, 28, 28, 1); z (units,) there and at the best training image."""

    inputs: np.ndarray
    z: np.ndarray
    z_of_image: np.ndarray


def measure(sources: Sources, epochs: int = 10, seeds: int = SEEDS) -> Measurement:
    """Train 784-30-30-10 (ReLU, softmax, eta = 0.05, lambda = 1) on MNIST, and ask every unit."""
    data = sources.mnist
    x, y = scale_inputs(data.training.x, data.preprocessing), data.training.y
    networks = [*map_threads(partial(before_and_after, data, epochs), range(seeds))]
    shares = {
        stage: np.array([mean_shares(pair[number], x, y) for pair in networks]) for number, stage in enumerate(STAGES)
    }  # (seeds, layers)
    network = networks[0][1]
    length = float(jnp.linalg.norm(x.reshape(len(x), -1), axis=1).mean())
    found = [find_inputs(*part, x, length) for part in parts(network)]
    numbers = {
        **{f"{name}_{stage}": shares[stage][:, number].mean() for stage in STAGES for number, name in enumerate(NAMES)},
        **{f"{name}_times": one.z.sum() / one.z_of_image.sum() for name, one in zip(NAMES, found, strict=True)},
        "accuracy": np.mean([percent_correct(after, data, "test") for _, after in networks]),
        "best": BEST, "epochs": epochs, "seeds": seeds, "sure": 100 * certainty(network, found[-1].inputs),
        "units": sum(len(one.z) for one in found), "beaten": int(sum((one.z > one.z_of_image).sum() for one in found)),
        "far": nearest(found[-1].inputs, x) / nearest(scale_inputs(data.test.x[:TEST], data.preprocessing), x),
        "apart": 100 * np.abs(found[0].z / z_by_formula(network, length) - 1).max(),
    }  # fmt: skip
    rises = bool((np.diff(shares["after"], axis=1) > 0).all())
    excites = min(numbers[f"{name}_times"] for name in NAMES) > 1
    shown = [strongest(*part, x, one.inputs) for part, one in zip(parts(network), found, strict=True)]
    table = {"layer": np.arange(1, len(NAMES) + 1)} | seed_columns(shares)
    sentences = ("shows", "rises" if rises else "rises_not", "ascent" if excites else "ascent_not")
    return Measurement(table, numbers, rises and excites and numbers["apart"] < 1, sentences, (shares, shown))


def before_and_after(data: Dataset, epochs: int, seed: int) -> tuple[Network, Network]:
    """The network with its initial weights, and trained."""
    start = build_network(data, LAYERS, seed=seed)
    *_, end = networks_by_epoch(start, data, epochs=epochs, learning_rate=0.05, l2=1.0, seed=seed)
    return start, end


def parts(network: Network) -> list[tuple[Chain, tuple[Any, ...]]]:
    """For every dense layer, the chain that ends with it, whose outputs are its z, and the parameters."""
    layers = network.chain.layers
    ends = [end for end, layer in enumerate(layers, 1) if isinstance(layer, Dense)]
    return [(Chain(layers[:end]), network.params[:end]) for end in ends]


def mean_shares(network: Network, x: Array, y: np.ndarray) -> list[float]:
    """For each layer, the share of one digit among a unit's best images in percent, as a mean over its units."""
    return [share_of_one_digit(y[best_images(*part, x)[:, :BEST]]) for part in parts(network)]


def best_images(chain: Chain, params: tuple[Any, ...], x: Array) -> np.ndarray:
    """(units, images): the numbers of the images, those with the largest z first."""
    z, _ = chain.forward(params, x)
    return np.asarray(jnp.argsort(-z, axis=0, stable=True)).T


def share_of_one_digit(y: np.ndarray) -> float:
    """How often the most frequent digit occurs among the labels (units, images) in percent, as a mean over units."""
    return 100 * float(np.mean([np.bincount(labels).max() / len(labels) for labels in y]))


def find_inputs(chain: Chain, params: tuple[Any, ...], x: Array, length: float) -> Found:
    """Ascend on every unit's z from the mean image, and compare with its best image.

    Args:
        x: (n, 28, 28, 1) the training images.
        length: of the inputs, as vectors.
    """
    z, _ = chain.forward(params, x)
    start = project(jnp.repeat(x.mean(axis=0, keepdims=True), z.shape[1], axis=0), length)
    inputs, reached = ascend(chain, params, start, length)
    return Found(np.asarray(inputs), np.asarray(reached), np.asarray(z.max(axis=0)))


@partial(jax.jit, static_argnums=0)
def ascend(chain: Chain, params: tuple[Any, ...], start: Array, length: float) -> tuple[Array, Array]:
    """Gradient ascent on z_j from row j of the inputs: x <- x + step dz_j/dx, then back to images of that length.

    Args:
        chain: its outputs are z, (m, units).
        start: (units, height, width, 1).

    Returns:
        The inputs found, and z_j of each.
    """
    ones = jnp.eye(len(start), dtype=start.dtype)  # the error: 1 at unit j, 0 at all others

    def climb(_: Array, x: Array) -> Array:
        cache = chain.forward(params, x)[1]
        dx = chain.backward(params, cache, ones)[0]
        return project(x + STEP * dx / jnp.maximum(norms(dx), 1e-12), length)

    x = jax.lax.fori_loop(0, STEPS, climb, start)
    return x, jnp.diagonal(chain.forward(params, x)[0])


def project(x: Array, length: float) -> Array:
    """The nearest inputs with pixels from 0 to 1 that are no longer than `length`: clip(s x, 0, 1) with the right s."""

    def halve(_: Array, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = (low + high) / 2
        is_long = norms(jnp.clip(middle * x, 0, 1)) > length
        return jnp.where(is_long, low, middle), jnp.where(is_long, middle, high)

    low, _ = jax.lax.fori_loop(0, 40, halve, (jnp.zeros_like(norms(x)), jnp.ones_like(norms(x))))
    return jnp.clip(low * x, 0, 1)


def norms(x: Array) -> Array:
    """(m, 1, 1, 1): the length of each input (m, height, width, 1)."""
    return jnp.sqrt((x**2).sum(axis=(1, 2, 3), keepdims=True))


def z_by_formula(network: Network, length: float) -> np.ndarray:
    """The largest z of each unit of the first layer, without iteration: its own weights are its best input."""
    (chain, params), *_ = parts(network)
    weights = params[-1].w.reshape(-1, *network.in_shape)
    return np.diagonal(np.asarray(chain.forward(params, project(1e4 * weights / norms(weights), length))[0]))


def certainty(network: Network, inputs: np.ndarray) -> float:
    """The smallest probability that the network gives to digit j at input number j."""
    (chain, params) = parts(network)[-1]
    return float(jnp.diagonal(softmax(chain.forward(params, jnp.asarray(inputs))[0])).min())


def nearest(inputs: np.ndarray | Array, x: Array) -> float:
    """The distance from an input to the nearest training image, as a mean over inputs."""
    flat = x.reshape(len(x), -1)
    return float(np.mean([jnp.linalg.norm(flat - one.ravel(), axis=1).min() for one in inputs]))


def strongest(chain: Chain, params: tuple[Any, ...], x: Array, inputs: np.ndarray) -> Units:
    """The first units of a layer that any image excites, with the images that excite them most."""
    best = best_images(chain, params, x)
    z, _ = chain.forward(params, x)
    numbers = np.flatnonzero(np.asarray(z).max(axis=0) > 0)[:SHOWN]
    return Units(numbers, np.asarray(x)[best[numbers, :IMAGES], ..., 0], inputs[numbers, ..., 0])


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    shares, shown = measurement.plot_data
    figure = Figure(figsize=(10, 7.6), layout="constrained")
    grid = figure.add_gridspec(len(shown) + 1, 2 * SHOWN, height_ratios=(*[1] * len(shown), 1.8))
    for row, (name, units) in enumerate(zip(NAMES, shown, strict=True)):
        for column, (number, images, found) in enumerate(zip(*units, strict=True)):
            existing = figure.add_subplot(grid[row, 2 * column])
            title = labels["output" if name == NAMES[-1] else "unit"].format(number=number)
            show_image(existing, tile(images, rows=3), title)
            show_image(figure.add_subplot(grid[row, 2 * column + 1]), found, labels["found"], vmin=0, vmax=1)
            if column == 0:
                existing.set_ylabel(labels[name])
    axis = figure.add_subplot(grid[-1, :])
    plot_runs(axis, measurement.table["layer"], {labels[stage]: shares[stage] for stage in STAGES[::-1]}, marker="os")
    axis.set_xticks(measurement.table["layer"], [labels[name] for name in NAMES])
    label_axes(axis, labels["shares"].format(best=BEST))
    return figure
