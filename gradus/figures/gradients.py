"""What the figures of vanishing and exploding gradients share (theory G)."""

from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gradus.data import Dataset
from gradus.layers import Chain, Dense, is_weight
from gradus.layers.dense import DenseParams
from gradus.models.inputs import one_hot, scale_inputs
from gradus.network import Network
from gradus.training import build_network

__all__ = [
    "book_network", "first_over_last", "inputs_and_outputs", "norms_of_hidden_biases", "of_hidden_biases",
    "with_larger_weights",
]  # fmt: skip


def inputs_and_outputs(data: Dataset) -> tuple[Array, Array]:
    """All training images, scaled, and the outputs they should give, (n, classes)."""
    return scale_inputs(data.training.x, data.preprocessing), one_hot(jnp.asarray(data.training.y), len(data.classes))


def of_hidden_biases(chain: Chain, gradients: tuple[Any, ...]) -> list[Array]:
    """dC/db^l = mean delta^l of every hidden fully connected layer, from the first on."""
    layers = [gradient for layer, gradient in zip(chain.layers, gradients, strict=True) if isinstance(layer, Dense)]
    return [gradient.b for gradient in layers[:-1]]


def norms_of_hidden_biases(chain: Chain, gradients: tuple[Any, ...]) -> Array:
    """||dC/db^l|| of every hidden fully connected layer, from the first on."""
    return jnp.stack([jnp.linalg.norm(gradient) for gradient in of_hidden_biases(chain, gradients)])


def book_network(data: Dataset, depth: int, seed: int, biases: float = 1.0) -> Network:
    """Nielsen's of chapter 5: hidden layers of 30 sigmoids, weights N(0, 1/sqrt(n_in)), biases N(0, biases)."""
    sizes = [784, *depth * [30], 10]
    network = build_network(data, sizes, cost="cross-entropy", activation="sigmoid", weights="gaussian", seed=seed)
    return replace(network, params=tuple(rescaled(p, biases) if p else p for p in network.params))


def rescaled(params: DenseParams, biases: float) -> DenseParams:
    """Of N(0, 1) make weights N(0, 1/sqrt(n_in)) and biases N(0, biases)."""
    return DenseParams(params.w / params.w.shape[1] ** 0.5, params.b * biases)


def with_larger_weights(network: Network, factor: float) -> Network:
    """The network with all its weights times the factor; biases stay."""
    larger = partial(jax.tree_util.tree_map_with_path, lambda path, p: factor * p if is_weight(path) else p)
    return replace(network, params=larger(network.params))


def first_over_last(norms: np.ndarray) -> float:
    """The first layer's norm over the last hidden layer's, the geometric mean of several runs (runs, layers)."""
    return float(np.exp(np.log(norms[:, 0] / norms[:, -1]).mean()))
