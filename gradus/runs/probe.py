"""Layer statistics during training, without slowing it down (docs/records.md).

The examples stay the same in every epoch, so that the numbers can be compared: a probe for the layers, and a sample of
the training examples for the training accuracy. Both depend on the data alone.
"""

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import partial

import jax.numpy as jnp
import numpy as np
from jax import Array

from gradus.data import Dataset, Examples, Text
from gradus.ensemble import Ensemble
from gradus.models import MAX_BATCH, Evaluation, desired_outputs, evaluate, evaluate_numbers, scale_inputs
from gradus.network import Network
from gradus.runs.layer_statistics import layer_statistics
from gradus.training import Epoch, Progress

__all__ = ["Probe", "examples_probe", "text_probe", "with_layer_statistics"]

EXAMPLES = 64  # enough to hold each of ten classes several times
SHARE = 1 / 100  # of the training examples per epoch; with the overhead of the calls, below 2% of the time


@dataclass(frozen=True, eq=False)
class Probe:
    """The examples that layers are measured on, and the interval.

    Attributes:
        x: (m, *in_shape) inputs, scaled.
        y: (m, ..., outputs) desired outputs.
        every: epochs from one measurement to the next.
        training: evaluates a network on the sample of training examples; None for a text, where the epoch's cost
            says the same.
    """

    x: Array
    y: Array
    every: int
    training: Callable[[Network], Evaluation] | None = None


def examples_probe(data: Dataset) -> Probe:
    """The probe of a data set: 64 training examples, and a sample as large as the validation data, but 64 to 1000."""
    examples = evenly_spaced_examples(data.training, EXAMPLES)
    sample = evenly_spaced_examples(data.training, min(MAX_BATCH, max(EXAMPLES, len(data.validation.x))))
    x = scale_inputs(examples.x, data.preprocessing)
    y = desired_outputs(data.scaled_targets(examples.y), data.outputs)
    # The sample only passes forward: a third of the work of a forward and a backward pass.
    every = measuring_interval(len(x) + len(sample.x) / 3, len(data.training.x))
    evaluation: Callable[..., Evaluation] = (
        partial(evaluate_numbers, scaling=data.target_scaling) if data.target_scaling else evaluate
    )
    return Probe(x, y, every, partial(evaluation, examples=sample, preprocessing=data.preprocessing))


def text_probe(text: Text, time: int) -> Probe:
    """The probe of a text: 64 chunks of `time` characters, each read with an empty memory."""
    length = min(time, len(text.training) - 1)
    positions = evenly_spaced(len(text.training) - length, EXAMPLES)[:, None] + np.arange(length)
    x, y = jnp.asarray(text.training[positions]), jnp.asarray(text.training[positions + 1])
    return Probe(x, desired_outputs(y, len(text.vocabulary)), measuring_interval(x.size, len(text.training)))


def evenly_spaced_examples(examples: Examples, count: int) -> Examples:
    """`count` of the examples, or all; evenly spaced, because they may be sorted by class."""
    rows = evenly_spaced(len(examples.x), count)
    return Examples(examples.x[rows], examples.y[rows])


def evenly_spaced(n: int, count: int) -> np.ndarray:
    """`count` evenly spaced numbers of 0 ... n - 1, or all of them."""
    count = min(n, count)
    return np.arange(count) * n // count


def measuring_interval(examples: float, n: int) -> int:
    """Measure every k-th epoch, with the smallest k that keeps the overhead below SHARE."""
    return math.ceil(examples / (SHARE * n))


def with_layer_statistics(records: Generator[Progress | Epoch], probe: Probe) -> Generator[Progress | Epoch]:
    """Pass the records on; the first epoch's and every `probe.every`-th after it get layer statistics.

    The epoch's number alone decides, so the same training has the same records on any machine.

    Args:
        records: of a training.
        probe: the examples to measure on.
    """
    for record in records:
        if isinstance(record, Epoch) and (record.epoch - 1) % probe.every == 0:
            yield measure_epoch(record, probe)
        else:
            yield record


def measure_epoch(record: Epoch, probe: Probe) -> Epoch:
    """The record of an epoch with its layer statistics; of an ensemble, those of its first member."""
    networks = (record.network, record.previous_network)
    network, previous = (one.member(0) if isinstance(one, Ensemble) else one for one in networks)
    layers = layer_statistics(network, previous, probe.x, probe.y)
    return replace(record, training=probe.training and probe.training(record.network), layers=layers)
