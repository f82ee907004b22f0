"""The network of a language model: an embedding, layers that remember, and an output for every character."""

from gradus.data import Text
from gradus.equations.costs import LogLikelihood
from gradus.errors import SettingError
from gradus.layers import Bidirectional, Chain, Embedding, Layer, Residual
from gradus.network import Network
from gradus.notation import parse

__all__ = [
    "TEXT_LAYERS",
    "TIME",
    "check_language_model",
    "check_text_network",
    "is_language_model",
    "text_network",
]

TEXT_LAYERS = "lstm512 dropout0.7"
TIME = 64
EMBEDDING = 64


def text_network(text: Text, layers: str = TEXT_LAYERS, *, time: int = TIME, seed: int = 0) -> Network:
    """A language model for the text, with initial weights: `embedding{characters}x64 <layers> dense{characters}`.

    layers: what comes in between, a line such as "lstm256 dropout0.8 lstm256"; or, where it begins with an
    embedding, the whole network.  time: the characters of a chunk, to whose start the error goes back.
    Raises SettingError, also where the network does not fit the text.
    """
    if time < 1:
        raise SettingError(f"time {time}: expected 1 character or more, such as 64")
    characters = len(text.vocabulary)
    line = layers
    if not layers.split()[:1] or not layers.split()[0].startswith("embedding"):
        line = f"embedding{characters}x{EMBEDDING} {layers} dense{characters}"
    network = Network.create(parse(line, "relu", "scaled"), LogLikelihood(), (time,), seed)
    check_text_network(network, characters)
    return network


def check_text_network(network: Network, characters: int) -> None:
    """Raise SettingError for a network that cannot be a language model of so many characters."""
    if reads_ahead(network.chain):
        raise SettingError(f"layers {network.chain}: a language model reads forwards only; leave out bidirectional")
    if not is_language_model(network) or outputs(network) != characters:
        raise SettingError(
            f"layers {network.chain} do not fit the text; expected embedding{characters}x{EMBEDDING} first, "
            f"then layers such as lstm256 that give something at every step, and dense{characters} last"
        )


def is_language_model(network: Network) -> bool:
    """Whether the network takes the numbers of characters and gives, at each, probabilities of the next."""
    first = network.chain.layers[0] if network.chain.layers else None
    is_sequence = isinstance(first, Embedding) and isinstance(network.cost, LogLikelihood)
    return is_sequence and len(network.in_shape) == 1 and outputs(network) == first.classes  # type: ignore[union-attr]


def check_language_model(network: Network, classes: tuple[str, ...], run: str) -> None:
    """Raise SettingError unless the model of a run is a language model whose classes are characters."""
    if not is_language_model(network) or not all(len(character) == 1 for character in classes):
        raise SettingError(f"the model of {run} is no language model; train one with: gradus train FILE.txt")


def outputs(network: Network) -> int | None:
    """How many outputs there are at every step; None for a network that gives something else."""
    *steps, size = network.shapes()[-1] or (0,)
    return size if tuple(steps) == network.in_shape else None


def reads_ahead(layer: Layer) -> bool:
    """Whether what the layer gives at a step depends on later ones."""
    if isinstance(layer, Chain):
        return any(map(reads_ahead, layer.layers))
    return reads_ahead(layer.layer) if isinstance(layer, Residual) else isinstance(layer, Bidirectional)
