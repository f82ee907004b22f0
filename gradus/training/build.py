"""From a few words to a network that fits the data."""

from collections.abc import Sequence
from math import prod

from gradus.data import Dataset
from gradus.equations.costs import cost_named
from gradus.errors import SettingError
from gradus.network import Network, multilayer

__all__ = ["DEFAULT_LAYERS", "PRESETS", "build_network"]

# The sizes of the hidden layers; inputs and classes are the data's.
PRESETS: dict[str, tuple[int, ...]] = {
    "single-layer": (),
    "hidden30": (30,),
    "hidden100": (100,),
    "deep": (100, 100),
}
DEFAULT_LAYERS = "hidden100"
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
    """A network of fully connected layers for the data, with initial weights.

    layers: a name in PRESETS, or sizes, inputs first: "784-30-10" or [784, 30, 10].
    weights: by default "he" with an activation that is zero or nearly so below zero, else "scaled".
    Raises SettingError, also where the sizes are not those of the data.
    """
    sizes = layer_sizes(layers, data)
    weights = weights or ("he" if activation in RECTIFIERS else "scaled")
    return Network.create(multilayer(sizes, activation, weights), cost_named(cost), data.in_shape, seed)


def layer_sizes(layers: str | Sequence[int], data: Dataset) -> tuple[int, ...]:
    """The sizes of all layers, checked against the data."""
    inputs, outputs = prod(data.in_shape), len(data.classes)
    if isinstance(layers, str) and layers in PRESETS:
        return (inputs, *PRESETS[layers], outputs)
    sizes = tuple(parse_sizes(layers)) if isinstance(layers, str) else tuple(layers)
    if len(sizes) < 2 or (sizes[0], sizes[-1]) != (inputs, outputs):
        written = "-".join(map(str, sizes))
        fitting = "-".join(map(str, (inputs, *sizes[1:-1], outputs)))
        raise SettingError(
            f"layers {written} do not fit {data.name}, which has {inputs} inputs and {outputs} classes; write {fitting}"
        )
    return sizes


def parse_sizes(text: str) -> list[int]:
    try:
        return [int(size) for size in text.split("-")]
    except ValueError:
        raise SettingError(
            f"layers {text!r}: expected sizes such as 784-30-10, or one of {', '.join(PRESETS)}"
        ) from None
