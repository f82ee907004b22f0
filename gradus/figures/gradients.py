"""What the figures of vanishing and exploding gradients share (theory G)."""

from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gradus.data import Dataset
from gradus.layers import Dense
from gradus.network import Chain, Network, is_weight
from gradus.training.inputs import one_hot, scaled

__all__ = ["first_over_last", "inputs_and_outputs", "norms_of_hidden_biases", "with_larger_weights"]


def inputs_and_outputs(data: Dataset) -> tuple[Array, Array]:
    """All training images, scaled, and the outputs they should give, (n, classes)."""
    return scaled(data.training.x, data.preprocessing), one_hot(jnp.asarray(data.training.y), len(data.classes))


def norms_of_hidden_biases(chain: Chain, gradients: tuple[Any, ...]) -> Array:
    """||dC/db^l|| = ||mean delta^l|| of every hidden fully connected layer, from the first on."""
    layers = [gradient for layer, gradient in zip(chain.layers, gradients, strict=True) if isinstance(layer, Dense)]
    return jnp.stack([jnp.linalg.norm(gradient.b) for gradient in layers[:-1]])


def with_larger_weights(network: Network, factor: float) -> Network:
    """The network with all its weights times the factor; biases stay."""
    larger = partial(jax.tree_util.tree_map_with_path, lambda path, p: factor * p if is_weight(path) else p)
    return replace(network, params=larger(network.params))


def first_over_last(norms: np.ndarray) -> float:
    """The first layer's norm over the last hidden layer's, the geometric mean of several runs (runs, layers)."""
    return float(np.exp(np.log(norms[:, 0] / norms[:, -1]).mean()))
