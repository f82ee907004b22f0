"""Small data and networks that several tests train on."""

import jax
import numpy as np

from gradus.data import Dataset, Examples, Preprocessing, Text
from gradus.equations import CrossEntropy
from gradus.network import Network, backprop
from gradus.notation import mlp

__all__ = ["FOX", "blobs", "compiled_backprop", "last", "leaves", "small_network"]

FOX = Text.from_string("the quick brown fox jumps over a lazy dog\n" * 30, "fox")

compiled_backprop = jax.jit(backprop, static_argnums=(0, 1))


def blobs(n: int = 103, seed: int = 1) -> Dataset:
    """Three clouds of points in the plane, one a class; a prime number of them, so that no batch size divides it."""
    random = np.random.default_rng(seed)
    y = random.integers(0, 3, n)
    x = (np.array([[0, 0], [40, 0], [0, 40]])[y] + random.normal(0, 5, (n, 2))).astype(np.float32)
    training, validation = Examples(x, y), Examples(x[:20], y[:20])
    return Dataset("blobs", training, validation, validation, ("a", "b", "c"), Preprocessing(10.0))


def small_network(data: Dataset, seed: int = 0) -> Network:
    return Network.create(mlp([2, 5, 3]), CrossEntropy(), data.in_shape, seed)


def last(records):
    *_, record = records
    return record


def leaves(network: Network) -> list[np.ndarray]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(network.params)]
