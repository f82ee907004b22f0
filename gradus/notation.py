"""A network on one line: `conv20-5x5 maxpool2 conv40-5x5 maxpool2 dense100 dropout0.5 dense10`.

A word is a layer, as the layer prints itself. What goes without saying may be left out, as above: `with_defaults`
(layers/chain.py) puts the activation after every hidden convolution and fully connected layer, and flattens the
image before the first of the latter. A line that names an activation itself gets no others.
"""

import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches

from gradus.equations.activations import ACTIVATIONS
from gradus.errors import SettingError
from gradus.layers import (
    GRU,
    LSTM,
    RNN,
    Activation,
    BatchNorm,
    Bidirectional,
    Chain,
    Conv,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAveragePool,
    LastStep,
    Layer,
    LayerNorm,
    Pool,
    Residual,
    Softmax,
    with_defaults,
)

__all__ = ["mlp", "parse", "parse_sizes"]

SIMPLE: dict[str, Layer] = {
    "batchnorm": BatchNorm(),
    "flatten": Flatten(),
    "globalaveragepool": GlobalAveragePool(),
    "last": LastStep(),
    "layernorm": LayerNorm(),
    "softmax": Softmax(),
    **{name: Activation(name) for name in ACTIVATIONS},
}
RECURRENT = {"rnn": RNN, "lstm": LSTM, "gru": GRU}
# name: what its words look like, for messages
EXAMPLES = {
    "dense": "dense100",
    "conv": "conv20-5x5",
    "maxpool": "maxpool2",
    "averagepool": "averagepool2",
    "l2pool": "l2pool2",
    "dropout": "dropout0.5",
    "embedding": "embedding65x32",
    "rnn": "rnn128",
    "lstm": "lstm128",
    "gru": "gru128",
    "residual": "residual(conv20-3x3-same)",
    "bidirectional": "bidirectional(lstm128)",
    **{name: name for name in SIMPLE},
}

PAIR = r"(\d+(?:x\d+)?)"
WINDOW = rf"(?:-stride{PAIR})?(?:-(same)|-pad(\d+(?:,\d+,\d+,\d+)?))?"
PATTERNS = {
    "dense": re.compile(r"dense(\d+)"),
    "conv": re.compile(rf"conv(\d+)-{PAIR}{WINDOW}(?:-dilate{PAIR})?(?:-groups(\d+))?"),
    "pool": re.compile(rf"(max|average|l2)pool{PAIR}{WINDOW}"),
    "dropout": re.compile(r"dropout(\d*\.?\d+)"),
    "embedding": re.compile(r"embedding(\d+)x(\d+)"),
    "recurrent": re.compile(r"(rnn|lstm|gru)(\d+)(?:-truncate(\d+))?(-reset-before)?"),
}


def parse(line: str, activation: str = "relu", weights: str = "he") -> Chain:
    """The network that a line writes; `str` of it is the same line.

    activation: of hidden layers, where the line names none.  weights: initial ones of Dense and Conv.
    Raises SettingError that names the word that is wrong.
    """
    words = split(line)
    if not words:
        raise SettingError("layers: the line is empty; expected words such as dense100 dense10")
    layers = []
    for number, word in enumerate(words, 1):
        try:
            layers.append(layer(word, activation, weights))
        except SettingError as error:
            raise SettingError(f"layers, word {number} ({word}): {error}") from None
    return with_defaults(tuple(layers), activation)


def parse_sizes(text: str) -> list[int] | None:
    """The sizes in a text such as 784-30-10; None where it is another kind of text."""
    return [int(size) for size in text.split("-")] if re.fullmatch(r"\d+(-\d+)*", text) else None


def mlp(sizes: Sequence[int], activation: str = "sigmoid", weights: str = "scaled") -> Chain:
    """Fully connected layers of the given sizes, inputs first: [784, 30, 10] has one hidden layer of 30.

    The activation follows every layer but the last, whose activation is the cost's. Raises SettingError.
    """
    if len(sizes) < 2:
        raise SettingError(f"sizes {list(sizes)}: expected at least two, inputs and outputs, as in 784-30-10")
    return with_defaults(tuple(Dense(size, weights) for size in sizes[1:]), activation)


def split(line: str) -> list[str]:
    """The words of a line; white space inside brackets does not end one."""
    words, depth = [""], 0
    for character in line:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            raise SettingError(f"layers, after {words[-1]!r}: a closing bracket that nothing opened")
        if character.isspace() and depth == 0:
            words.append("")
        else:
            words[-1] += character
    if depth:
        raise SettingError(f"layers, word {words[-1]!r}: a bracket that is not closed")
    return [word for word in words if word]


def layer(word: str, activation: str, weights: str) -> Layer:
    """The layer that a word writes. Raises SettingError."""
    if word in SIMPLE:
        return SIMPLE[word]
    name, _, rest = word.partition("(")
    if name == "residual" and rest.endswith(")"):
        return Residual(inside(rest[:-1], activation, weights))
    if name == "bidirectional" and rest.endswith(")"):
        parts = rest[:-1].split(",")
        return Bidirectional(*(inside(part, activation, weights) for part in parts[:2]))
    for kind, pattern in PATTERNS.items():
        if match := pattern.fullmatch(word):
            return BUILDERS[kind](match, weights)
    raise SettingError(unknown(word))


def inside(line: str, activation: str, weights: str) -> Layer:
    """What stands in brackets: one layer, or a chain of several."""
    chain = parse(line, activation, weights)
    return chain.layers[0] if len(chain.layers) == 1 else chain


def unknown(word: str) -> str:
    """What to say of a word that is no layer."""
    name = re.match(r"[a-z_]*(?:2pool)?", word)[0]  # type: ignore[index]
    if name in EXAMPLES:
        return f"expected it to look like {EXAMPLES[name]}"
    close = get_close_matches(name, EXAMPLES, n=1)
    return f"there is no such layer; {f'did you mean {EXAMPLES[close[0]]}?' if close else 'expected such as dense100'}"


def pair(text: str) -> int | tuple[int, int]:
    """3 or 3x5; 3x3 is 3."""
    first, _, second = text.partition("x")
    return int(first) if second in ("", first) else (int(first), int(second))


def padding(same: str | None, pads: str | None) -> str | int | tuple[tuple[int, int], tuple[int, int]]:
    if pads is None:
        return same or "valid"
    sides = [int(side) for side in pads.split(",")]
    return sides[0] if len(sides) == 1 else ((sides[0], sides[1]), (sides[2], sides[3]))


def conv(match: re.Match, weights: str) -> Layer:
    maps, kernel, stride, same, pads, dilation, groups = match.groups()
    sizes = pair(kernel), pair(stride or "1"), pair(dilation or "1")
    return Conv(int(maps), *sizes, padding(same, pads), int(groups or 1), weights)


def pool(match: re.Match, weights: str) -> Layer:
    kind, window, stride, same, pads = match.groups()
    return Pool(pair(window), stride and pair(stride), kind, padding(same, pads))


def recurrent(match: re.Match, weights: str) -> Layer:
    name, size, truncate, reset_before = match.groups()
    settings = {"truncate": truncate and int(truncate)}
    if reset_before and name != "gru":
        raise SettingError("only a gru has -reset-before")
    return RECURRENT[name](int(size), **settings, **({"reset_after": False} if reset_before else {}))


BUILDERS: dict[str, Callable[[re.Match, str], Layer]] = {
    "dense": lambda match, weights: Dense(int(match[1]), weights),
    "conv": conv,
    "pool": pool,
    "dropout": lambda match, weights: Dropout(float(match[1])),
    "embedding": lambda match, weights: Embedding(int(match[1]), int(match[2])),
    "recurrent": recurrent,
}
