"""Small data and networks that several tests train on."""

import gzip
import struct
from pathlib import Path

import jax
import numpy as np

from gradus.data import Dataset, Examples, Preprocessing, Text, mnist
from gradus.equations import CrossEntropy
from gradus.network import Network, backprop
from gradus.notation import mlp

__all__ = ["FOX", "blobs", "compiled_backprop", "idx", "last", "leaves", "small_network", "write_mnist"]

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


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_mnist(folder: Path, compress: bool = True, n: int = 10_050) -> None:
    """A small MNIST: black images, labels 0 to 9."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in mnist.FILES:
        count = n if name.startswith("train") else 20
        array = np.zeros((count, 28, 28), np.uint8) if "images" in name else (np.arange(count) % 10).astype(np.uint8)
        content = idx(array)
        (folder / (name if compress else name.removesuffix(".gz"))).write_bytes(
            gzip.compress(content, 1, mtime=0) if compress else content
        )
