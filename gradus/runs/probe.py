"""Layer statistics while a network learns, without slowing it down (docs/records.md).

The examples stay the same from epoch to epoch, so that the numbers can be compared: a probe for the layers, and a
sample of the training examples for the training accuracy. Both depend on the data alone.
"""

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import partial

import jax.numpy as jnp
import numpy as np
from jax import Array

from gradus.data import Dataset, Examples, Text
from gradus.models import Evaluation, evaluate
from gradus.models.inputs import BATCH, one_hot, scale_inputs
from gradus.network import Network
from gradus.runs.layer_statistics import layer_statistics
from gradus.training import Epoch, Progress

__all__ = ["Probe", "image_probe", "text_probe", "with_layer_statistics"]

EXAMPLES = 64  # enough for each of ten classes to be there several times
SHARE = 1 / 100  # of the training examples; with the overhead of the calls, below 2% of the time


@dataclass(frozen=True, eq=False)
class Probe:
    """The examples that layers are measured on, and how often.

    x: (m, *in_shape) inputs, scaled.  y: (m, ..., outputs) desired outputs.
    every: epochs from one measurement to the next.
    training: evaluates a network on the sample of training examples; None for a text, where the epoch's cost says
        the same.
    """

    x: Array
    y: Array
    every: int
    training: Callable[[Network], Evaluation] | None = None


def image_probe(data: Dataset) -> Probe:
    """64 training examples, and a sample as large as the validation data, but of 64 to 1000."""
    examples = spread(data.training, EXAMPLES)
    sample = spread(data.training, min(BATCH, max(EXAMPLES, len(data.validation.x))))
    x, y = scale_inputs(examples.x, data.preprocessing), one_hot(jnp.asarray(examples.y), len(data.classes))
    # the sample goes forward only: a third of the work of z, of the errors and of the gradients
    every = interval(len(x) + len(sample.x) / 3, len(data.training.x))
    return Probe(x, y, every, partial(evaluate, examples=sample, preprocessing=data.preprocessing))


def text_probe(text: Text, time: int) -> Probe:
    """64 chunks of `time` characters, each read from a fresh start."""
    length = min(time, len(text.training) - 1)
    places = evenly(len(text.training) - length, EXAMPLES)[:, None] + np.arange(length)
    x, y = jnp.asarray(text.training[places]), jnp.asarray(text.training[places + 1])
    return Probe(x, one_hot(y, len(text.vocabulary)), interval(x.size, len(text.training)))


def spread(examples: Examples, count: int) -> Examples:
    """`count` examples, or all, evenly spaced, as they may be sorted by class."""
    places = evenly(len(examples.x), count)
    return Examples(examples.x[places], examples.y[places])


def evenly(n: int, count: int) -> np.ndarray:
    """`count` of the numbers 0 ... n - 1, or all, evenly spaced."""
    count = min(n, count)
    return np.arange(count) * n // count


def interval(examples: float, n: int) -> int:
    """Measure every k-th epoch, with the smallest k that keeps the overhead below SHARE."""
    return math.ceil(examples / (SHARE * n))


def with_layer_statistics(records: Generator[Progress | Epoch], probe: Probe) -> Generator[Progress | Epoch]:
    """The records of training; the first epoch's and every `probe.every`-th after it have layer statistics.

    Which epochs are measured depends on their numbers alone, so the same training has the same records on any machine.
    """
    for record in records:
        if isinstance(record, Epoch) and (record.epoch - 1) % probe.every == 0:
            yield measure(record, probe)
        else:
            yield record


def measure(record: Epoch, probe: Probe) -> Epoch:
    """The record of an epoch with its layer statistics."""
    layers = layer_statistics(record.network, record.previous_network, probe.x, probe.y)
    return replace(record, training=probe.training and probe.training(record.network), layers=layers)
