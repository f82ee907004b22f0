"""Looking into a network while it learns, without slowing it down (docs/records.md).

What is measured stays the same from epoch to epoch, so that the numbers can be compared: the probe for the layers,
and a sample of the training examples for the accuracy on what was learned. Both follow from the data alone.
"""

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import partial

import jax.numpy as jnp
import numpy as np
from jax import Array

from gradus.data import Dataset, Examples, Text
from gradus.network import Network
from gradus.training.evaluation import evaluate
from gradus.training.inputs import BATCH, one_hot, scaled
from gradus.training.layer_records import layer_records
from gradus.training.records import Epoch, Evaluation, Stretch

__all__ = ["Probe", "image_probe", "observed", "text_probe"]

EXAMPLES = 64  # enough for each of ten classes to be there several times
SHARE = 1 / 100  # of the examples that measuring goes through; with what a call costs besides, below 2% of the time


@dataclass(frozen=True, eq=False)
class Probe:
    """What is measured, and when. x: (m, *in_shape) inputs, scaled.  y: (m, ..., outputs) desired outputs.

    every: how many epochs it is from one measurement to the next.
    training: evaluates a network on the sample; None of a text, where the epoch's `cost` says how well it is known.
    """

    x: Array
    y: Array
    every: int
    training: Callable[[Network], Evaluation] | None = None


def image_probe(data: Dataset) -> Probe:
    """64 training examples, and a sample of as many as there are to validate on, of 64 to 1000."""
    examples = spread(data.training, EXAMPLES)
    sample = spread(data.training, min(BATCH, max(EXAMPLES, len(data.validation.x))))
    x, y = scaled(examples.x, data.preprocessing), one_hot(jnp.asarray(examples.y), len(data.classes))
    # the sample goes forward only: a third of the work of z, of the errors and of the gradients
    every = interval(len(x) + len(sample.x) / 3, len(data.training.x))
    return Probe(x, y, every, partial(evaluate, examples=sample, preprocessing=data.preprocessing))


def text_probe(text: Text, time: int) -> Probe:
    """64 chunks of `time` characters, each read without a memory of what comes before it."""
    length = min(time, len(text.training) - 1)
    places = evenly(len(text.training) - length, EXAMPLES)[:, None] + np.arange(length)
    x, y = jnp.asarray(text.training[places]), jnp.asarray(text.training[places + 1])
    return Probe(x, one_hot(y, len(text.classes)), interval(x.size, len(text.training)))


def spread(examples: Examples, count: int) -> Examples:
    """So many of the examples, or all, at even distances, as they may lie in the order of their classes."""
    places = evenly(len(examples.x), count)
    return Examples(examples.x[places], examples.y[places])


def evenly(n: int, count: int) -> np.ndarray:
    """So many of the numbers 0 ... n - 1, or all, at even distances."""
    count = min(n, count)
    return np.arange(count) * n // count


def interval(examples: float, n: int) -> int:
    """The least number of epochs of n examples each that going through so many is a small enough share of."""
    return math.ceil(examples / (SHARE * n))


def observed(records: Generator[Stretch | Epoch], probe: Probe) -> Generator[Stretch | Epoch]:
    """The records of training, those of the first epoch and every so many after it with what was measured then.

    Which epochs are measured follows from their numbers alone, so that the same training has the same records,
    however fast the machine.
    """
    for record in records:
        if isinstance(record, Epoch) and (record.epoch - 1) % probe.every == 0:
            yield measured(record, probe)
        else:
            yield record


def measured(record: Epoch, probe: Probe) -> Epoch:
    """The record of an epoch with what is measured at its end."""
    layers = layer_records(record.network, record.before, probe.x, probe.y)
    return replace(record, training=probe.training and probe.training(record.network), layers=layers)
