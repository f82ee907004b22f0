"""The parameters that local receptive fields and shared weights save (theory E1 and E2)."""

from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

import jax
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import label_axes, plot_bars, subplots
from gradus.layers import Chain, Conv, Dense, Flatten, count
from gradus.notation import parse
from gradus.summary import fully_connected, output_shapes

__all__ = ["draw", "measure"]

# The shape of an image, and layers: the first two convolutions of the ladder, one on a photograph, and the first of
# AlexNet, with which Stanford's course cs231n explains shared weights.
NETWORKS = (
    ((28, 28, 1), "conv20-5x5 maxpool2 conv40-5x5"),
    ((224, 224, 3), "conv64-7x7-stride2"),
    ((227, 227, 3), "conv96-11x11-stride4"),
)
PHOTOGRAPH, HIDDEN = (1000, 1000, 1), 100
CONNECTIONS = ("full", "local", "shared")


class Count(NamedTuple):
    """The parameters of a layer: fully connected, with a kernel for every output, and with one kernel a map."""

    layer: str
    before: str
    full: int
    local: int
    shared: int


def measure(sources: Sources) -> Measurement:
    """Count the parameters of real layers."""
    counts = [one for in_shape, layers in NETWORKS for one in convolutions(in_shape, layers)]
    dense, _ = initial_shapes(Chain((Flatten(), Dense(HIDDEN))), PHOTOGRAPH)
    first, *_, photograph, alexnet = counts
    numbers = {
        "first": f"{first.shared:,}", "first_local": f"{first.local:,}", "first_full": f"{first.full:,}",
        "last": f"{photograph.shared:,}", "last_full": photograph.full / 1e9,
        "alexnet": f"{alexnet.shared:,}", "alexnet_local": f"{alexnet.local:,}", "alexnet_full": f"{alexnet.full:,}",
        "alexnet_places": f"{alexnet.local // alexnet.shared:,}",
        "hidden": f"{count(dense):,}", "times": f"{min(one.full // one.shared for one in counts):,}",
    }  # fmt: skip
    table = dict(zip(Count._fields, zip(*counts, strict=True), strict=True))
    return Measurement(table, numbers, all(one.full > one.local > one.shared for one in counts))


def convolutions(in_shape: tuple[int, ...], layers: str) -> list[Count]:
    """The counts of the convolutions of a network for images of that shape."""
    chain = parse(layers)
    params, state = initial_shapes(chain, in_shape)
    shapes = output_shapes(chain, in_shape, params, state)
    counts = []
    for layer, p, before, after in zip(chain.layers, params, [in_shape, *shapes], shapes, strict=False):
        if isinstance(layer, Conv):
            shared, positions = count(p), prod(after[:-1])
            full = fully_connected(before, after)
            counts.append(Count(str(layer), "x".join(map(str, before)), full, positions * shared, shared))
    return counts


def initial_shapes(chain: Chain, in_shape: tuple[int, ...]) -> tuple[Any, Any]:
    """The parameters and the state before training, as shapes alone."""
    params, state, _ = jax.eval_shape(lambda key: chain.init(key, in_shape), jax.random.key(0))
    return params, state


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    table = measurement.table
    figure, (axis,) = subplots(width=9.5)
    for bars in plot_bars(axis, {labels[name]: table[name] for name in CONNECTIONS}):
        axis.bar_label(bars, fmt=lambda n: f"{n:.0f}" if n < 1000 else EngFormatter(places=1, sep="")(n), fontsize=8)
    axis.set_yscale("log")
    axis.margins(y=0.25)
    names = zip(table["layer"], table["before"], strict=True)
    groups = [f"{layer}\n{labels['on'].format(before=before)}" for layer, before in names]
    axis.set_xticks(np.arange(len(groups)), groups)
    label_axes(axis, y=labels["parameters"])
    return figure
