"""Networks that fit the data, from a line of layers, sizes, or the name of a preset."""

from collections.abc import Sequence
from math import prod

from gradus.data import Dataset
from gradus.equations import ACTIVATIONS, COSTS, INITIAL_WEIGHTS, Cost, Quadratic
from gradus.errors import SettingError
from gradus.layers import Chain
from gradus.network import Network
from gradus.notation import mlp, parse, parse_sizes
from gradus.registry import Registry
from gradus.training.settings import output_text

__all__ = ["DEFAULT_LAYERS", "PRESETS", "build_network"]

# The hidden layers; the output layer has a unit for each class of the data.
PRESETS: Registry[str] = Registry(
    "preset",
    {
        "single-layer": "",
        "hidden30": "dense30",
        "hidden100": "dense100",
        "deep": "dense100 dense100",
        "convolutional": "conv16-3x3-same maxpool2 conv32-3x3-same maxpool2 dense100",
    },
)
DEFAULT_LAYERS = "convolutional"


def build_network(
    data: Dataset,
    layers: str | Sequence[int] = DEFAULT_LAYERS,
    *,
    cost: str | None = None,
    activation: str = "relu",
    weights: str | None = None,
    seed: int = 0,
) -> Network:
    """A network for the data, with initial weights.

    Args:
        layers: a name in PRESETS; a line such as "conv20-5x5 maxpool2 dense10" (notation.py); or the sizes of fully
            connected layers, inputs first: "784-30-10" or [784, 30, 10].
        cost: a name in COSTS; by default log-likelihood, and quadratic (of linear outputs) where numbers are predicted.
        activation: of the hidden layers, a name in ACTIVATIONS.
        weights: the initial ones, a name in INITIAL_WEIGHTS; by default the activation's suitable ones.
        seed: of the initial weights.

    Raises:
        SettingError: for any other name, and where the network does not fit the data.
    """
    activation_weights = ACTIVATIONS.find(activation).initial_weights
    weights = activation_weights if weights is None else weights
    INITIAL_WEIGHTS.find(weights)
    chain = chain_for(data, layers, activation, weights)
    cost_of_data = cost_for(data, cost)
    if Network.abstract(chain, cost_of_data, data.in_shape).shapes()[-1] != (data.outputs,):
        unit = "a unit a class" if data.classes else "a unit a target"
        raise SettingError(f"layers {layers} do not fit {data.name}; end them with dense{data.outputs}, {unit}")
    return Network.create(chain, cost_of_data, data.in_shape, seed)


def cost_for(data: Dataset, name: str | None) -> Cost:
    """The cost of that name, or the default. Raises SettingError where it does not fit the data."""
    if data.classes:
        return COSTS.find(name or "log-likelihood")
    if name not in (None, "quadratic"):
        COSTS.find(name)
        raise SettingError(f"cost {name} is for classes, but {data.name} has numbers to predict; take quadratic")
    return Quadratic("linear")


def chain_for(data: Dataset, layers: str | Sequence[int], activation: str, weights: str) -> Chain:
    """The layers for the data. Raises SettingError."""
    sizes = parse_sizes(layers) if isinstance(layers, str) else list(layers)
    if sizes is None:
        line = str(layers)
        return parse(f"{PRESETS[line]} dense{data.outputs}" if line in PRESETS else line, activation, weights)
    inputs, outputs = prod(data.in_shape), data.outputs
    if len(sizes) < 2 or (sizes[0], sizes[-1]) != (inputs, outputs):
        written, fitting = ("-".join(map(str, some)) for some in (sizes, (inputs, *sizes[1:-1], outputs)))
        shape = f"{inputs} inputs and {output_text(data)}"
        raise SettingError(f"layers {written} do not fit {data.name}, which has {shape}; write {fitting}")
    return mlp(sizes, activation, weights)
