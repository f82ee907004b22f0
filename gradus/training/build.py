"""From a few words to a network that fits the data."""

from collections.abc import Sequence
from math import prod

from gradus.data import Dataset
from gradus.equations.costs import cost_named
from gradus.errors import SettingError
from gradus.layers import Chain
from gradus.network import Network
from gradus.notation import mlp, parse, parse_sizes

__all__ = ["DEFAULT_LAYERS", "PRESETS", "build_network"]

# The hidden layers; the last one, a unit for every class, is the data's.
PRESETS = {
    "single-layer": "",
    "hidden30": "dense30",
    "hidden100": "dense100",
    "deep": "dense100 dense100",
    "convolutional": "conv16-3x3-same maxpool2 conv32-3x3-same maxpool2 dense100",
}
DEFAULT_LAYERS = "convolutional"
RECTIFIERS = ("relu", "leaky_relu", "elu", "silu", "gelu", "softplus")


def build_network(
    data: Dataset,
    layers: str | Sequence[int] = DEFAULT_LAYERS,
    *,
    cost: str = "log-likelihood",
    activation: str = "relu",
    weights: str | None = None,
    seed: int = 0,
) -> Network:
    """A network for the data, with initial weights.

    layers: a name in PRESETS; a line such as "conv20-5x5 maxpool2 dense10" (notation.py); or sizes of fully
    connected layers, inputs first: "784-30-10" or [784, 30, 10].
    weights: by default "he" with an activation that is zero or nearly so below zero, else "scaled".
    Raises SettingError, also where the network does not fit the data.
    """
    weights = weights or ("he" if activation in RECTIFIERS else "scaled")
    chain = chain_for(data, layers, activation, weights)
    network = Network.create(chain, cost_named(cost), data.in_shape, seed)
    if network.shapes()[-1] != (len(data.classes),):
        raise SettingError(
            f"layers {layers} do not fit {data.name}; end them with dense{len(data.classes)}, a unit a class"
        )
    return network


def chain_for(data: Dataset, layers: str | Sequence[int], activation: str, weights: str) -> Chain:
    sizes = parse_sizes(layers) if isinstance(layers, str) else list(layers)
    if sizes is None:
        line = f"{PRESETS[layers]} dense{len(data.classes)}" if layers in PRESETS else str(layers)
        return parse(line, activation, weights)
    inputs, outputs = prod(data.in_shape), len(data.classes)
    if len(sizes) < 2 or (sizes[0], sizes[-1]) != (inputs, outputs):
        written, fitting = ("-".join(map(str, some)) for some in (sizes, (inputs, *sizes[1:-1], outputs)))
        raise SettingError(
            f"layers {written} do not fit {data.name}, which has {inputs} inputs and {outputs} classes; write {fitting}"
        )
    return mlp(sizes, activation, weights)
