"""Networks and gradients of layers, for the figures of vanishing and exploding gradients (theory G)."""

from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from gradus.data import Dataset
from gradus.layers import Chain, Dense, DenseParams, map_weights
from gradus.models import one_hot, scale_inputs
from gradus.network import Network
from gradus.training import build_network

__all__ = [
    "deep_sigmoid_network", "first_over_last", "hidden_bias_gradients", "hidden_bias_norms", "inputs_and_targets",
    "scale_weights",
]  # fmt: skip


def inputs_and_targets(data: Dataset) -> tuple[Array, Array]:
    """All training images, scaled, and their targets (n, classes)."""
    return scale_inputs(data.training.x, data.preprocessing), one_hot(jnp.asarray(data.training.y), len(data.classes))


def hidden_bias_gradients(chain: Chain, gradients: tuple[Any, ...]) -> list[Array]:
    """dC/db^l = mean delta^l of every hidden dense layer, from the first on."""
    layers = [gradient for layer, gradient in zip(chain.layers, gradients, strict=True) if isinstance(layer, Dense)]
    return [gradient.b for gradient in layers[:-1]]


def hidden_bias_norms(chain: Chain, gradients: tuple[Any, ...]) -> Array:
    """||dC/db^l|| of every hidden dense layer, from the first on."""
    return jnp.stack([jnp.linalg.norm(gradient) for gradient in hidden_bias_gradients(chain, gradients)])


def deep_sigmoid_network(data: Dataset, depth: int, seed: int, biases: float = 1.0) -> Network:
    """The network of the book's chapter 5: hidden layers of 30 sigmoids, weights N(0, 1/sqrt(n_in)).

    Args:
        depth: the number of hidden layers.
        biases: the standard deviation of the initial biases.
    """
    sizes = [784, *depth * [30], 10]
    network = build_network(data, sizes, cost="cross-entropy", activation="sigmoid", weights="gaussian", seed=seed)
    params = tuple(
        DenseParams(p.w / p.w.shape[1] ** 0.5, p.b * biases) if isinstance(p, DenseParams) else p
        for p in network.params
    )
    return replace(network, params=params)


def scale_weights(network: Network, factor: float) -> Network:
    """The network with all weights multiplied by the factor, and the same biases."""
    return replace(network, params=map_weights(lambda w, _: factor * w, network.params, network.params))


def first_over_last(norms: np.ndarray) -> float:
    """The first layer's norm over the last one's: the geometric mean over runs (runs, layers)."""
    return float(np.exp(np.log(norms[:, 0] / norms[:, -1]).mean()))
