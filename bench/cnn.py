"""A convolutional network: conv20-5x5, maxpool2, conv40-5x5, maxpool2, dense100, dense10 with ReLU, on MNIST.

Softmax outputs, log-likelihood cost, plain descent. Every contender is made with (data_dir, images, batch
size), keeps the images in memory as it likes them best, and visits them in a new random order every epoch.
Each begins with its library's own initial weights.
"""

import os
from typing import Any

import numpy as np

from bench.data import as_floats, mnist
from bench.timing import Contender, Task

__all__ = ["tasks"]

LAYERS = "conv20-5x5 maxpool2 conv40-5x5 maxpool2 dense100 dense10"
STEPS = {10: 250, 128: 25}  # of an epoch, by batch size
ETA = 0.05
# For one image: the products of each layer, places x weights, once forward and once for the gradient of the weights ...
PRODUCTS = [24 * 24 * 5 * 5 * 20, 8 * 8 * 5 * 5 * 20 * 40, 640 * 100, 100 * 10]
# ... and once more for the error of what is not the input.
MULTIPLY_ADDS = 3 * sum(PRODUCTS) - PRODUCTS[0]


def tasks(data_dir: str | None, steps: int | None) -> list[Task]:
    """The network with small and with large mini-batches, in epochs of so many steps."""
    found = []
    for batch, usual in STEPS.items():
        n = steps or usual
        title = f"{LAYERS}, batch {batch}, {n * batch:,} MNIST images an epoch"
        arguments = (data_dir, n * batch, batch)
        found.append(
            Task(f"cnn, batch {batch}", title, CONTENDERS, arguments, n, batch * MULTIPLY_ADDS, "accuracy {:.2%}")
        )
    return found


class Gradus:
    """The public fit path, as a user's loop over its records runs it."""

    def __init__(self, data_dir: str | None, images: int, batch: int) -> None:
        from gradus.runs import fit_steps
        from gradus.training import build_network

        self.data = mnist(data_dir, images)
        network = build_network(self.data, LAYERS)
        self.records = fit_steps(network, self.data, epochs=10**6, batch_size=batch, learning_rate=ETA)

    def epoch(self) -> None:
        from gradus.training import Epoch

        record = next(record for record in self.records if isinstance(record, Epoch))
        self.network = record.network

    def score(self) -> float:
        from gradus.models import evaluate

        return evaluate(self.network, self.data.test, self.data.preprocessing).accuracy


class Peer:
    """What peers share: images as float32 between 0 and 1, (n, 28, 28, 1), and the accuracy."""

    def __init__(self, data_dir: str | None, images: int, batch: int) -> None:
        data = mnist(data_dir, images)
        self.batch, self.random = batch, np.random.default_rng(0)
        self.x, self.y = as_floats(data.training, data), data.training.y.astype(np.int64)
        self.test_x, self.test_y = as_floats(data.test, data), data.test.y

    def score(self) -> float:
        parts = np.split(self.test_x, range(1000, len(self.test_x), 1000))
        return float((np.concatenate([self.outputs(part) for part in parts]).argmax(axis=1) == self.test_y).mean())

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """The network's outputs (n, 10), before or after softmax, for images (n, 28, 28, 1)."""
        raise NotImplementedError


class PyTorchEager(Peer):
    """A plain loop in eager mode over tensors in memory, without a DataLoader, in PyTorch's own layout."""

    layout = "contiguous_format"

    def __init__(self, data_dir: str | None, images: int, batch: int) -> None:
        import torch
        from torch import nn

        super().__init__(data_dir, images, batch)
        torch.manual_seed(0)
        self.torch, self.memory_format = torch, getattr(torch, self.layout)
        self.x, self.y = self.tensor(self.x), torch.from_numpy(self.y)
        self.model = nn.Sequential(
            nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(20, 40, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(640, 100), nn.ReLU(), nn.Linear(100, 10),
        ).to(memory_format=self.memory_format)  # fmt: skip
        self.cost = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=ETA)

    def tensor(self, x: np.ndarray) -> Any:
        """Images as PyTorch has them, (n, 1, 28, 28)."""
        return self.torch.from_numpy(np.moveaxis(x, -1, 1)).contiguous(memory_format=self.memory_format)

    def epoch(self) -> None:
        order = self.torch.randperm(len(self.x))
        for x, y in zip(self.x[order].split(self.batch), self.y[order].split(self.batch), strict=True):
            self.optimizer.zero_grad()
            self.cost(self.model(x), y).backward()
            self.optimizer.step()

    def outputs(self, x: np.ndarray) -> np.ndarray:
        with self.torch.inference_mode():
            return self.model(self.tensor(x)).numpy()


class PyTorchChannelsLast(PyTorchEager):
    """The same with the channels last in memory, as PyTorch's guide to speed advises."""

    layout = "channels_last"


class KerasOnJax(Peer):
    """model.fit on Keras's JAX backend, as it comes."""

    def __init__(self, data_dir: str | None, images: int, batch: int) -> None:
        os.environ["KERAS_BACKEND"] = "jax"
        import keras
        from keras import layers

        super().__init__(data_dir, images, batch)
        keras.utils.set_random_seed(0)
        self.model = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                layers.Conv2D(20, 5, activation="relu"), layers.MaxPooling2D(2),
                layers.Conv2D(40, 5, activation="relu"), layers.MaxPooling2D(2),
                layers.Flatten(), layers.Dense(100, "relu"), layers.Dense(10, "softmax"),
            ]
        )  # fmt: skip
        self.model.compile(keras.optimizers.SGD(ETA), "sparse_categorical_crossentropy")

    def epoch(self) -> None:
        self.model.fit(self.x, self.y, batch_size=self.batch, epochs=1, verbose=0)

    def outputs(self, x: np.ndarray) -> np.ndarray:
        return self.model.predict(x, batch_size=1000, verbose=0)


class FlaxNNX(Peer):
    """A step compiled by nnx.jit, as Flax's own tutorial on MNIST writes it."""

    def __init__(self, data_dir: str | None, images: int, batch: int) -> None:
        import optax
        from flax import nnx

        super().__init__(data_dir, images, batch)
        rngs, conv = nnx.Rngs(0), {"kernel_size": (5, 5), "padding": "VALID"}

        def pool(a: Any) -> Any:
            return nnx.max_pool(nnx.relu(a), window_shape=(2, 2), strides=(2, 2))

        self.model = nnx.Sequential(
            nnx.Conv(1, 20, rngs=rngs, **conv), pool, nnx.Conv(20, 40, rngs=rngs, **conv), pool,
            lambda a: a.reshape(len(a), -1), nnx.Linear(640, 100, rngs=rngs), nnx.relu, nnx.Linear(100, 10, rngs=rngs),
        )  # fmt: skip
        self.optimizer = nnx.Optimizer(self.model, optax.sgd(ETA), wrt=nnx.Param)

        @nnx.jit
        def step(model: Any, optimizer: Any, x: Any, y: Any) -> None:
            def cost(model: Any) -> Any:
                return optax.softmax_cross_entropy_with_integer_labels(model(x), y).mean()

            optimizer.update(model, nnx.grad(cost)(model))

        self.step, self.predict = step, nnx.jit(lambda model, x: model(x))

    def epoch(self) -> None:
        import jax

        order = self.random.permutation(len(self.x))
        for rows in np.split(order, len(order) // self.batch):
            self.step(self.model, self.optimizer, self.x[rows], self.y[rows])
        jax.block_until_ready(self.model.layers[-1].kernel[...])

    def outputs(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.predict(self.model, x))


CONTENDERS = (
    Contender("Gradus", "bench.cnn:Gradus", "gradus"),
    Contender("PyTorch eager", "bench.cnn:PyTorchEager", "torch"),
    Contender("PyTorch channels_last", "bench.cnn:PyTorchChannelsLast", "torch"),
    Contender("Keras 3 on JAX", "bench.cnn:KerasOnJax", "keras"),
    Contender("Flax NNX", "bench.cnn:FlaxNNX", "flax"),
)
