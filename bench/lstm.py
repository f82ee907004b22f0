"""A language model of characters: embedding65x64, lstm, dense65, with Adam on gradients cut to length 1.

A step reads `time` characters of each of `batch` streams of a text and goes back through time to their start;
what the cells carry goes on to the next chunk. Every contender is made with (batch, time, cells, steps), and
begins with its library's own initial weights. eta falls in a straight line over the epochs that Gradus is told
of, and stays as it is for the peers, which costs nothing.
"""

import os
from typing import Any

import numpy as np

from bench.data import characters
from bench.timing import Contender, Task

__all__ = ["tasks"]

CLASSES, EMBEDDING, ETA, LONGEST = 65, 64, 0.003, 1.0
SIZES = {(16, 28, 64): 200, (32, 64, 128): 50, (64, 100, 256): 10}  # batch, time, cells: steps of an epoch


def tasks(data_dir: str | None, steps: int | None) -> list[Task]:
    """Three sizes, in epochs of so many steps; the text is inside Python, so the folder is not needed."""
    found = []
    for (batch, time, cells), usual in SIZES.items():
        n = steps or usual
        title = f"LSTM of {cells} cells, {CLASSES} characters, batch {batch}, {time} steps back, {n} chunks an epoch"
        # forward, back, and for the gradient of every weight
        work = 3 * batch * time * (4 * cells * (EMBEDDING + cells) + cells * CLASSES)
        arguments = (batch, time, cells, n)
        found.append(Task(f"lstm, {batch}x{time}x{cells}", title, CONTENDERS, arguments, n, work, "cost {:.3f}"))
    return found


class Gradus:
    """The public path for texts, as a user's loop over its records runs it."""

    def __init__(self, batch: int, time: int, cells: int, steps: int) -> None:
        from gradus.language import text_network
        from gradus.runs import fit_steps

        text = characters(batch * time * steps + 1, CLASSES)
        network = text_network(text, f"lstm{cells}", time=time)
        self.records = fit_steps(network, text, epochs=10**4, batch_size=batch, learning_rate=ETA)

    def epoch(self) -> None:
        from gradus.training import Epoch

        self.record = next(record for record in self.records if isinstance(record, Epoch))

    def score(self) -> float:
        return self.record.cost


class Peer:
    """What peers share: chunk after chunk of the streams, x and y (batch, time) of character numbers."""

    def __init__(self, batch: int, time: int, cells: int, steps: int) -> None:
        numbers = characters(batch * time * steps + 1, CLASSES).training.astype(np.int64)
        streams = (part.reshape(batch, -1) for part in (numbers[:-1], numbers[1:]))
        self.x, self.y = (np.stack(np.split(part, steps, axis=1)) for part in streams)
        self.batch, self.time, self.cells, self.cost = batch, time, cells, 0.0

    def score(self) -> float:
        return self.cost


class PyTorchEager(Peer):
    """A plain loop in eager mode."""

    settings: dict[str, bool] = {}  # noqa: RUF012

    def __init__(self, batch: int, time: int, cells: int, steps: int) -> None:
        import torch
        from torch import nn

        super().__init__(batch, time, cells, steps)
        torch.manual_seed(0)
        self.torch, self.x, self.y = torch, torch.from_numpy(self.x), torch.from_numpy(self.y)
        self.embedding = nn.Embedding(CLASSES, EMBEDDING)
        self.lstm = nn.LSTM(EMBEDDING, cells, batch_first=True)
        self.dense = nn.Linear(cells, CLASSES)
        self.parameters = [p for module in (self.embedding, self.lstm, self.dense) for p in module.parameters()]
        self.log_likelihood = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(self.parameters, lr=ETA, **self.settings)

    def epoch(self) -> None:
        carry, costs = None, []
        for x, y in zip(self.x, self.y, strict=True):
            self.optimizer.zero_grad()
            h, carry = self.lstm(self.embedding(x), carry)
            cost = self.log_likelihood(self.dense(h).flatten(0, 1), y.flatten())
            cost.backward()
            carry = tuple(part.detach() for part in carry)
            self.torch.nn.utils.clip_grad_norm_(self.parameters, LONGEST)
            self.optimizer.step()
            costs.append(cost.detach())
        self.cost = float(self.torch.stack(costs).mean())


class PyTorchTuned(PyTorchEager):
    """The same with Adam in one fused loop, and the better of one thread and the default."""

    settings: dict[str, bool] = {"fused": True}  # noqa: RUF012


class KerasOnJax(Peer):
    """model.fit on Keras's JAX backend, as it comes, with a stateful LSTM."""

    def __init__(self, batch: int, time: int, cells: int, steps: int) -> None:
        os.environ["KERAS_BACKEND"] = "jax"
        import keras
        from keras import layers

        super().__init__(batch, time, cells, steps)
        keras.utils.set_random_seed(0)
        self.lstm = layers.LSTM(cells, return_sequences=True, stateful=True)
        self.model = keras.Sequential(
            [
                keras.Input(batch_shape=(batch, time), dtype="int32"),
                layers.Embedding(CLASSES, EMBEDDING), self.lstm, layers.Dense(CLASSES, "softmax"),
            ]
        )  # fmt: skip
        optimizer = keras.optimizers.Adam(ETA, global_clipnorm=LONGEST)
        self.model.compile(optimizer, "sparse_categorical_crossentropy")
        self.x, self.y = (part.reshape(-1, time) for part in (self.x, self.y))

    def epoch(self) -> None:
        self.lstm.reset_state()
        history = self.model.fit(self.x, self.y, batch_size=self.batch, epochs=1, verbose=0, shuffle=False)
        self.cost = history.history["loss"][-1]


class FlaxNNX(Peer):
    """A step compiled by nnx.jit."""

    def __init__(self, batch: int, time: int, cells: int, steps: int) -> None:
        import jax.numpy as jnp
        import optax
        from flax import nnx

        super().__init__(batch, time, cells, steps)

        class LanguageModel(nnx.Module):
            def __init__(self, rngs: Any) -> None:
                self.embedding = nnx.Embed(CLASSES, EMBEDDING, rngs=rngs)
                self.lstm = nnx.RNN(nnx.OptimizedLSTMCell(EMBEDDING, cells, rngs=rngs))
                self.dense = nnx.Linear(cells, CLASSES, rngs=rngs)

            def __call__(self, x: Any, carry: Any) -> tuple[Any, Any]:
                carry, h = self.lstm(self.embedding(x), initial_carry=carry, return_carry=True)
                return self.dense(h), carry

        self.model = LanguageModel(nnx.Rngs(0))
        adam = optax.chain(optax.clip_by_global_norm(LONGEST), optax.adam(ETA))
        self.optimizer = nnx.Optimizer(self.model, adam, wrt=nnx.Param)
        self.start = (jnp.zeros((batch, cells)),) * 2

        @nnx.jit
        def step(model: Any, optimizer: Any, x: Any, y: Any, carry: Any) -> tuple[Any, Any]:
            def cost(model: Any) -> tuple[Any, Any]:
                z, after = model(x, carry)
                return optax.softmax_cross_entropy_with_integer_labels(z, y).mean(), after

            (C, after), gradients = nnx.value_and_grad(cost, has_aux=True)(model)
            optimizer.update(model, gradients)
            return C, after

        self.step = step

    def epoch(self) -> None:
        carry, costs = self.start, []
        for x, y in zip(self.x, self.y, strict=True):
            C, carry = self.step(self.model, self.optimizer, x, y, carry)
            costs.append(C)
        self.cost = float(sum(costs)) / len(costs)


CONTENDERS = (
    Contender("Gradus", "bench.lstm:Gradus", "gradus"),
    Contender("PyTorch eager", "bench.lstm:PyTorchEager", "torch"),
    Contender("PyTorch eager, tuned", "bench.lstm:PyTorchTuned", "torch", threads=(1, None)),
    Contender("Keras 3 on JAX", "bench.lstm:KerasOnJax", "keras"),
    Contender("Flax NNX", "bench.lstm:FlaxNNX", "flax"),
)
