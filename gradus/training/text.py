"""Training a language model: characters in, at each the next character out (theory F3).

The text lies in `batch_size` streams of equal length, each a part of the text in order, read side by side.
A step is a chunk of `time` characters of every stream. What the layers carry goes on from chunk to chunk
and is zero at the start of an epoch; the error goes back to the start of its chunk and no further.

    stream 1   | T h e   c a t | _ s a t   o n | _ a   m a t |
    stream 2   | . _ T h e   d | o g   b a r k | s   a t _ i |      time = 7, the last chunk is shorter
                   chunk 1         chunk 2         chunk 3
"""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from gradus.data import Text
from gradus.equations.costs import Cost
from gradus.errors import SettingError
from gradus.network import Chain, Network, backprop_from
from gradus.training.checkpoint import load_checkpoint
from gradus.training.epochs import Course, beginning, follow
from gradus.training.inputs import one_hot
from gradus.training.records import Epoch, Evaluation, Stretch
from gradus.training.settings import SECOND_ORDER, Settings, check_validation
from gradus.training.steps import Descent, Progress, Rates, moved
from gradus.training.text_evaluation import PARTS, evaluate_text
from gradus.training.text_network import check_text_network

__all__ = ["TEXT_SETTINGS", "Chunks", "fit_text", "fit_text_in_stretches", "suitable_batch_size", "text_settings"]

# Long gradients are cut, as those of recurrent networks can explode (theory G2).
TEXT_SETTINGS: dict[str, Any] = {
    "epochs": 10,
    "learning_rate": 0.003,
    "optimizer": "adam",
    "schedule": "linear",
    "clip_norm": 1.0,
}
LARGEST_BATCH = 32
CHUNKS = 64  # steps that an epoch should have at least: a short text gets fewer streams


@dataclass(frozen=True)
class TextPlan:
    """What a step is compiled for. time: the characters of a chunk."""

    chain: Chain
    cost: Cost
    descent: Descent
    classes: int
    time: int


def fit_text(network: Network, text: Text, **settings: Any) -> Generator[Epoch]:
    """Train a language model, yielding a record after every epoch; settings as in `fit_text_in_stretches`."""
    return (record for record in fit_text_in_stretches(network, text, **settings) if isinstance(record, Epoch))


def fit_text_in_stretches(
    network: Network, text: Text, *, batch_size: int | None = None, resume: Path | None = None, **settings: Any
) -> Generator[Stretch | Epoch]:
    """Train a language model, yielding a `Stretch` a few times a second and an `Epoch` at the end of each.

    The length of a chunk is that of the network's inputs.
    batch_size: how many streams; by default 32, and fewer for a text that is short (`suitable_batch_size`).
    What is left over when the text is divided into them, fewer characters than there are streams, is not used.
    settings: those of `Settings`, by name; TEXT_SETTINGS says what a text takes by default: Adam, gradients of
    length 1 at most, and a learning rate that falls in a straight line to 0.
    resume: a checkpoint of the same training, to go on from to the bits of one that was not interrupted.
    Costs are in nats per character. Validation reads in streams too, which agrees with one piece to some
    four digits. Raises SettingError and DataError before the first step, and DivergedError when a cost is not finite.
    """
    course = Chunks(network, text, text_settings(network, text, batch_size=batch_size, **settings))
    return follow(course, load_checkpoint(resume, course) if resume else beginning(course))


def text_settings(network: Network, text: Text, *, batch_size: int | None = None, **settings: Any) -> Settings:
    """The settings for a text, with what it takes by default for those that are not given. Raises SettingError."""
    check_text_network(network, len(text.classes))
    if settings.get("optimizer") in SECOND_ORDER:
        raise SettingError(f"optimizer {settings['optimizer']}: a text has too many steps for it; choose adam")
    if batch_size is None:
        batch_size = suitable_batch_size(text, network.in_shape[0])
    if not 1 <= batch_size < len(text.training):
        raise SettingError(f"batch size {batch_size}: expected 1 or more, and fewer than the text has characters")
    chosen = Settings(batch_size=batch_size, **(TEXT_SETTINGS | settings))
    check_validation(chosen, len(text.validation))
    return chosen


def suitable_batch_size(text: Text, n_time: int) -> int:
    """At most 32 streams, and no more than leave 64 chunks for each."""
    return max(1, min(LARGEST_BATCH, len(text.training) // (CHUNKS * n_time)))


class Chunks(Course):
    """Chunks of the streams of a text, in order."""

    def __init__(self, network: Network, text: Text, settings: Settings):
        self.network, self.text, self.settings = network, text, settings
        self.x, self.y = streams(text.training, settings.batch_size)
        descent = Descent(settings.transformation(), settings.decays_beside)
        (time,) = network.in_shape
        self.plan = TextPlan(network.chain, network.cost, descent, len(text.classes), time)
        length = self.x.shape[1]
        self.sizes = np.minimum(time, length - time * np.arange(math.ceil(length / time)))
        self.last_alone = bool(length % time)

    def arrays(self) -> Sequence[np.ndarray]:
        return (self.text.training,)

    def start(self) -> Progress:
        params, state = self.network.params, self.network.state
        optimizer_state = self.plan.descent.optimizer.init(params)
        return Progress(params, state, optimizer_state, jnp.zeros(len(self.sizes)), self.nothing(params))

    def nothing(self, params: Any) -> Any:
        """What the layers carry at the start of the text."""
        return self.plan.chain.start(params, len(self.x))

    def begin(self, progress: Progress, epoch: int) -> tuple[Progress, Any]:
        return progress._replace(carry=self.nothing(progress.params)), None

    def run(self, progress: Progress, data: Any, start: int, stop: int, rates: Rates) -> Progress:
        return run_chunks(self.plan, progress, self.x, self.y, start, stop, rates)

    def last(self, progress: Progress, data: Any, rates: Rates) -> Progress:
        x, y = (part[:, -self.sizes[-1] :] for part in (self.x, self.y))
        return last_chunk(self.plan, progress, x, y, len(self.sizes) - 1, rates)

    def evaluate(self, network: Network) -> Evaluation | None:
        return evaluate_text(network, self.text.validation, PARTS) if len(self.text.validation) else None


def streams(numbers: np.ndarray, batch_size: int) -> tuple[Array, Array]:
    """Characters and those that follow them, (batch_size, length) each."""
    length = (len(numbers) - 1) // batch_size
    used = batch_size * length
    x, y = numbers[:used], numbers[1 : used + 1]
    return jnp.asarray(x.reshape(batch_size, length)), jnp.asarray(y.reshape(batch_size, length))


@partial(jax.jit, static_argnums=0)
def run_chunks(plan: TextPlan, progress: Progress, x: Array, y: Array, start: int, stop: int, rates: Rates) -> Progress:
    """Chunks start to stop of an epoch, all of them full."""

    def step(i: Array, progress: Progress) -> Progress:
        chunk_x, chunk_y = (lax.dynamic_slice_in_dim(part, i * plan.time, plan.time, axis=1) for part in (x, y))
        return read_and_learn(plan, progress, chunk_x, chunk_y, i, rates)

    return lax.fori_loop(start, stop, step, progress)


@partial(jax.jit, static_argnums=0)
def last_chunk(plan: TextPlan, progress: Progress, x: Array, y: Array, i: int, rates: Rates) -> Progress:
    """An epoch's last chunk, where it is shorter than the others."""
    return read_and_learn(plan, progress, x, y, i, rates)


def read_and_learn(plan: TextPlan, progress: Progress, x: Array, y: Array, i: Array | int, rates: Rates) -> Progress:
    """One step on a chunk x, y (streams, time) of character numbers: step i of its epoch."""
    key = jax.random.fold_in(rates.key, i)
    targets = one_hot(y, plan.classes)
    C, gradients, cache, carry = backprop_from(plan.chain, plan.cost, progress.params, x, targets, progress.carry, key)
    progress = progress._replace(state=plan.chain.update_state(progress.state, cache), carry=carry)
    return moved(plan.descent, progress, i, C, gradients, rates)
