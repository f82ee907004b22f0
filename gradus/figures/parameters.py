"""How few parameters a convolution has: local receptive fields, then shared weights (theory E1 and E2)."""

from collections.abc import Mapping
from math import prod
from typing import NamedTuple

import jax
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from gradus.equations.costs import cost_named
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, axes_of, label_axes
from gradus.layers import Chain, Conv, Dense, Flatten, count
from gradus.network import Network
from gradus.notation import parse
from gradus.summary import fully_connected

__all__ = ["draw", "measure"]

# An image, and the layers on it: the first two convolutions of the ladder, and one on a photograph.
NETWORKS = (((28, 28, 1), "conv20-5x5 maxpool2 conv40-5x5"), ((224, 224, 3), "conv64-7x7-stride2"))
PHOTOGRAPH, HIDDEN = (1000, 1000, 1), 100
HATCHES = ("", "//", "..")
WAYS = ("full", "local", "shared")


class Count(NamedTuple):
    """The parameters of a layer with every output connected to every input, with one kernel a place, and with one."""

    layer: str
    before: str
    full: int
    local: int
    shared: int


def measure(sources: Sources) -> Measured:
    """Count the parameters of real layers."""
    counts = [one for in_shape, line in NETWORKS for one in counted(in_shape, line)]
    table = {name: [getattr(one, name) for one in counts] for name in Count._fields}
    chain = Chain((Flatten(), Dense(HIDDEN)))
    dense, _, _ = jax.eval_shape(lambda key: chain.init(key, PHOTOGRAPH), jax.random.key(0))
    first, photograph = counts[0], counts[-1]
    numbers = {
        "first": f"{first.shared:,}", "first_local": f"{first.local:,}", "first_full": f"{first.full:,}",
        "last": f"{photograph.shared:,}", "last_full": photograph.full / 1e9,
        "hidden": f"{count(dense):,}", "times": f"{min(one.full // one.shared for one in counts):,}",
    }  # fmt: skip
    return Measured(table, numbers, all(one.full > one.local > one.shared for one in counts))


def counted(in_shape: tuple[int, ...], line: str) -> list[Count]:
    """The convolutions of a network for images of that shape."""
    network = Network.create(parse(line), cost_named("log-likelihood"), in_shape)
    found, before = [], in_shape
    for layer, params, shape in zip(network.chain.layers, network.params, network.shapes(), strict=True):
        if isinstance(layer, Conv):
            places = prod(shape[:-1])
            named = (str(layer), "x".join(map(str, before)))
            found.append(Count(*named, fully_connected(before, shape), places * count(params), count(params)))
        before = shape
    return found


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    figure, (axis,) = axes_of(width=8)
    table = measured.table
    places = np.arange(len(table["layer"]))
    for number, way in enumerate(WAYS):
        style = {"color": LINE_STYLES[number]["color"], "hatch": HATCHES[number], "edgecolor": "white", "width": 0.27}
        bars = axis.bar(places + 0.27 * (number - 1), table[way], label=labels[way], **style)
        axis.bar_label(bars, [EngFormatter(places=1, sep="")(value) for value in table[way]], fontsize=8)
    axis.set_yscale("log")
    axis.margins(y=0.25)
    names = zip(table["layer"], table["before"], strict=True)
    axis.set_xticks(places, [f"{layer}\n{labels['on'].format(before=before)}" for layer, before in names])
    label_axes(axis, y=labels["parameters"])
    return figure
