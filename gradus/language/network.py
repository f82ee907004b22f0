"""The network of a language model: an embedding, recurrent layers, and an output for every character."""

from gradus.checks import MAX_SIZE, check_whole
from gradus.data import Text
from gradus.equations import LogLikelihood
from gradus.errors import SettingError
from gradus.layers import Chain, Embedding, Layer, Residual
from gradus.network import Network
from gradus.notation import parse
from gradus.recurrent import Bidirectional

__all__ = [
    "DEFAULT_TEXT_LAYERS",
    "DEFAULT_TIME",
    "check_language_model",
    "check_text_network",
    "is_language_model",
    "text_network",
]

DEFAULT_TEXT_LAYERS = "lstm512 dropout0.7"
DEFAULT_TIME = 64
EMBEDDING_SIZE = 64


def text_network(text: Text, layers: str = DEFAULT_TEXT_LAYERS, *, time: int = DEFAULT_TIME, seed: int = 0) -> Network:
    """Make a language model for a text, with initial weights.

    Args:
        layers: the layers between the embedding and the output, such as "lstm256 dropout0.8 lstm256"; or the whole
            network, if it begins with an embedding.
        time: characters in a chunk; backpropagation through time stops at the chunk's start.
        seed: of the initial weights.

    Raises:
        SettingError: if the layers cannot be used, or do not fit the text.
    """
    check_whole("time", time, most=MAX_SIZE)
    if layers.isspace():
        raise SettingError(f"layers {layers!r}: expected words such as lstm256")
    characters = len(text.vocabulary)
    is_whole_network = layers.lstrip().startswith("embedding")
    line = layers if is_whole_network else f"embedding{characters}x{EMBEDDING_SIZE} {layers} dense{characters}"
    chain, cost = parse(line, "relu", "scaled"), LogLikelihood()
    check_text_network(Network.abstract(chain, cost, (time,)), characters)
    return Network.create(chain, cost, (time,), seed)


def check_text_network(network: Network, characters: int) -> None:
    """Raise SettingError unless the network is a language model for a vocabulary of this many characters."""
    if reads_ahead(network.chain):
        raise SettingError(f"layers {network.chain}: a language model reads forwards only; leave out bidirectional")
    if not is_language_model(network) or outputs_per_step(network) != characters:
        raise SettingError(
            f"layers {network.chain} do not fit the text; expected embedding{characters}x{EMBEDDING_SIZE} first, "
            f"then layers with an output at every step, such as lstm256, and dense{characters} last"
        )


def is_language_model(network: Network) -> bool:
    """True if the network takes character indices and returns probabilities of the next character at every step."""
    first = network.chain.layers[0] if network.chain.layers else None
    if not isinstance(first, Embedding) or not isinstance(network.cost, LogLikelihood):
        return False
    return len(network.in_shape) == 1 and outputs_per_step(network) == first.classes


def check_language_model(network: Network, classes: tuple[str, ...], run: str) -> None:
    """Raise SettingError unless a model is a language model whose classes are characters.

    Args:
        classes: of the model.
        run: where the model is, for the message.
    """
    if not is_language_model(network) or not all(len(character) == 1 for character in classes):
        raise SettingError(f"the model of {run} is not a language model; train one with: gradus train FILE.txt")


def outputs_per_step(network: Network) -> int | None:
    """The number of outputs at every step; None for a network that has no output at every step."""
    *steps, size = network.shapes()[-1] or (0,)
    return size if tuple(steps) == network.in_shape else None


def reads_ahead(layer: Layer) -> bool:
    """True if the layer's output at a step depends on later steps."""
    if isinstance(layer, Chain):
        return any(map(reads_ahead, layer.layers))
    return reads_ahead(layer.layer) if isinstance(layer, Residual) else isinstance(layer, Bidirectional)
