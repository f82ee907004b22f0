"""The book's first network: [784, 30, 10], sigmoid, quadratic cost, eta 3, batch 10, weights N(0, 1).

Every contender is made with (data_dir, images), keeps the images in memory as it likes them best, visits
them in a new random order every epoch, and takes a step for every 10 of them. A peer's imports stand where
it is made: each worker loads its own library only.
"""

import os
from typing import Any, ClassVar

import numpy as np

from bench.data import as_floats, mnist, one_hot
from bench.timing import Contender, Task

__all__ = ["tasks"]

STEPS, PIXELS, HIDDEN, CLASSES, ETA, BATCH = 5000, 784, 30, 10, 3.0, 10
# A product forward and one for the gradient of every weight, and one for the error of what is not the input.
MULTIPLY_ADDS = BATCH * (2 * PIXELS * HIDDEN + 3 * HIDDEN * CLASSES)


def tasks(data_dir: str | None, steps: int | None) -> list[Task]:
    """The one network, in epochs of so many steps."""
    images = BATCH * (steps or STEPS)
    title = f"[784, 30, 10] sigmoid, quadratic cost, batch 10, {images:,} MNIST images an epoch"
    return [
        Task("mlp, batch 10", title, CONTENDERS, (data_dir, images), images // BATCH, MULTIPLY_ADDS, "accuracy {:.2%}")
    ]


class Gradus:
    """The public fit path, as a user's loop over its records runs it."""

    def __init__(self, data_dir: str | None, images: int) -> None:
        from gradus.runs import fit_steps
        from gradus.training import build_network

        self.data = mnist(data_dir, images)
        network = build_network(
            layers=(784, HIDDEN, CLASSES), data=self.data, cost="quadratic", activation="sigmoid", weights="gaussian"
        )
        self.records = fit_steps(network, self.data, epochs=10**6, batch_size=BATCH, learning_rate=ETA)

    def epoch(self) -> None:
        from gradus.training import Epoch

        record = next(record for record in self.records if isinstance(record, Epoch))
        self.network = record.network

    def score(self) -> float:
        from gradus.models import evaluate

        return evaluate(self.network, self.data.test, self.data.preprocessing).accuracy


class Peer:
    """What peers share: images as float32 rows between 0 and 1, desired outputs as rows of 0 and 1, first weights.

    The weights are the same for all, since from some the network does not learn one of the digits for a while.
    """

    def __init__(self, data_dir: str | None, images: int) -> None:
        data = mnist(data_dir, images)
        self.x, self.labels = as_floats(data.training, data).reshape(-1, PIXELS), data.training.y
        self.y = one_hot(self.labels, CLASSES)
        self.test_x, self.test_y = as_floats(data.test, data).reshape(-1, PIXELS), data.test.y
        self.random = np.random.default_rng(0)
        shapes = (HIDDEN, self.x.shape[1]), (HIDDEN,), (CLASSES, HIDDEN), (CLASSES,)
        self.start = [self.random.standard_normal(shape, np.float32) for shape in shapes]  # w1, b1, w2, b2

    def score(self) -> float:
        return float((self.outputs(self.test_x).argmax(axis=1) == self.test_y).mean())

    def outputs(self, x: np.ndarray) -> np.ndarray:
        """The network's outputs (n, 10) for images (n, 784)."""
        raise NotImplementedError


class NumPyLoop(Peer):
    """The book's program, over whole mini-batches at once and in float32."""

    def __init__(self, data_dir: str | None, images: int) -> None:
        super().__init__(data_dir, images)
        self.w1, self.b1, self.w2, self.b2 = self.start

    def epoch(self) -> None:
        order = self.random.permutation(len(self.x))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            self.step(self.x.take(rows, axis=0), self.y.take(rows, axis=0))

    def step(self, x: np.ndarray, y: np.ndarray) -> None:
        a1 = sigmoid(x @ self.w1.T + self.b1)
        a2 = sigmoid(a1 @ self.w2.T + self.b2)
        # The factor eta/m goes with the errors, which are small, and not with the gradients.
        delta2 = (a2 - y) * a2 * (1 - a2) * np.float32(ETA / len(x))
        delta1 = (delta2 @ self.w2) * a1 * (1 - a1)
        self.w2 -= delta2.T @ a1
        self.b2 -= delta2.sum(axis=0)
        self.w1 -= delta1.T @ x
        self.b1 -= delta1.sum(axis=0)

    def outputs(self, x: np.ndarray) -> np.ndarray:
        return sigmoid(sigmoid(x @ self.w1.T + self.b1) @ self.w2.T + self.b2)


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 * np.tanh(0.5 * z) + 0.5  # does not overflow, as exp(-z) does


class PyTorchEager(Peer):
    """A plain loop in eager mode over tensors in memory, without a DataLoader."""

    settings: ClassVar[dict[str, bool]] = {}

    def __init__(self, data_dir: str | None, images: int) -> None:
        import torch
        from torch import nn

        super().__init__(data_dir, images)
        torch.manual_seed(0)
        self.torch, self.x, self.y = torch, torch.from_numpy(self.x), torch.from_numpy(self.y)
        sizes = self.x.shape[1], HIDDEN, CLASSES
        self.model = nn.Sequential(nn.Linear(*sizes[:2]), nn.Sigmoid(), nn.Linear(*sizes[1:]), nn.Sigmoid())
        with torch.no_grad():
            for parameter, start in zip(self.model.parameters(), self.start, strict=True):
                parameter.copy_(torch.from_numpy(start))
        self.squared_error = nn.MSELoss(reduction="sum")
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=ETA, **self.settings)

    def epoch(self) -> None:
        order = self.torch.randperm(len(self.x))
        for x, y in zip(self.x[order].split(BATCH), self.y[order].split(BATCH), strict=True):
            self.optimizer.zero_grad()
            cost = self.squared_error(self.model(x), y) / (2 * len(x))
            cost.backward()
            self.optimizer.step()

    def outputs(self, x: np.ndarray) -> np.ndarray:
        with self.torch.inference_mode():
            return self.model(self.torch.from_numpy(x)).numpy()


class PyTorchTuned(PyTorchEager):
    """The same with the optimiser's loop over parameters, which is faster for as few as four."""

    settings: ClassVar[dict[str, bool]] = {"foreach": False}


class KerasOnJax(Peer):
    """model.fit on Keras's JAX backend, with its default of a step at a time."""

    steps_per_execution = 1

    def __init__(self, data_dir: str | None, images: int) -> None:
        os.environ["KERAS_BACKEND"] = "jax"
        import keras

        super().__init__(data_dir, images)
        keras.utils.set_random_seed(0)

        def quadratic(y: Any, a: Any) -> Any:
            return keras.ops.sum(keras.ops.square(y - a), axis=-1) / 2

        hidden, output = (keras.layers.Dense(size, "sigmoid") for size in (HIDDEN, CLASSES))
        self.model = keras.Sequential([keras.Input(self.x.shape[1:]), hidden, output])
        self.model.set_weights([start.T for start in self.start])
        self.model.compile(keras.optimizers.SGD(ETA), quadratic, steps_per_execution=self.steps_per_execution)

    def epoch(self) -> None:
        self.model.fit(self.x, self.y, batch_size=BATCH, epochs=1, verbose=0)

    def outputs(self, x: np.ndarray) -> np.ndarray:
        return self.model.predict(x, batch_size=1000, verbose=0)


class KerasInStretches(KerasOnJax):
    """The same with 50 steps in one compiled call; 200 and 500 were no faster."""

    steps_per_execution = 50


class ScikitLearn(Peer):
    """MLPClassifier, one pass by partial_fit.

    Not the same network: its outputs are softmax with the log-likelihood cost, its initial weights small. Eta
    is 0.5, for 3 is too much with that cost. The steps do the same products of matrices.
    """

    def __init__(self, data_dir: str | None, images: int) -> None:
        from sklearn.neural_network import MLPClassifier

        super().__init__(data_dir, images)
        self.model = MLPClassifier(
            (HIDDEN,), activation="logistic", solver="sgd", alpha=0.0, batch_size=BATCH, learning_rate_init=0.5,
            momentum=0.0, nesterovs_momentum=False, random_state=0,
        )  # fmt: skip

    def epoch(self) -> None:
        self.model.partial_fit(self.x, self.labels, classes=range(CLASSES))

    def outputs(self, x: np.ndarray) -> np.ndarray:
        return self.model.predict_proba(x)


# With matrices this small OpenBLAS (NumPy, scikit-learn) works in one thread anyway, and NPROC=1 saved Keras (50
# steps/call) no processor time. PyTorch is far slower with two threads when another process wants a core.
CONTENDERS = (
    Contender("Gradus", "bench.mlp:Gradus", "gradus"),
    Contender("NumPy loop", "bench.mlp:NumPyLoop", "numpy"),
    Contender("PyTorch eager", "bench.mlp:PyTorchEager", "torch"),
    Contender("PyTorch eager, tuned", "bench.mlp:PyTorchTuned", "torch", threads=(1, None)),
    Contender("Keras 3 on JAX", "bench.mlp:KerasOnJax", "keras"),
    Contender("Keras 3, 50 steps/call", "bench.mlp:KerasInStretches", "keras"),
    Contender("scikit-learn (softmax)", "bench.mlp:ScikitLearn", "sklearn"),
)
