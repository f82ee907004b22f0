"""A network on one line: `conv20-5x5 maxpool2 conv40-5x5 maxpool2 dense100 dropout0.5 dense10`.

Each layer owns its word (layers/registry.py), and prints itself as that word. Defaults may be left out, as above:
`with_defaults` (layers/chain.py) puts the activation after every hidden convolution and dense layer, and flattens the
image before the first dense one. A line that names an activation itself gets no others.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches

import gradus.recurrent  # noqa: F401  # its layers register their words
from gradus.checks import check_whole
from gradus.equations import ACTIVATIONS
from gradus.errors import SettingError
from gradus.layers import WORDS, Activation, Chain, Dense, Layer, LineSettings, with_defaults

__all__ = ["mlp", "parse", "parse_sizes"]

MAX_DIGITS = 18
MAX_WORDS = 500  # a network of more layers takes minutes to compile
MAX_DEPTH = 20  # of brackets: each level takes several of Python's calls


def parse(line: str, activation: str = "relu", weights: str = "he") -> Chain:
    """The network that a line writes; `str` of it is the same line.

    Args:
        line: words such as those above, or in docs/layers.md.
        activation: of hidden layers where the line names none, one of ACTIVATIONS.
        weights: initial ones of Dense and Conv, one of INITIAL_WEIGHTS.

    Raises:
        SettingError: names the word that is wrong.
    """
    check_digits(line)
    words = split(line)
    if not words:
        raise SettingError("layers: the line is empty; expected words such as dense100 dense10")
    if len(words) > MAX_WORDS:
        raise SettingError(f"layers: the line has {len(words):,} words; expected at most {MAX_WORDS}")
    settings = LineSettings(weights, lambda text: parse_inner(text, activation, weights))
    layers = []
    for number, word in enumerate(words, 1):
        try:
            layers.append(parse_word(word, settings))
        except SettingError as error:
            raise SettingError(f"layers, word {number} ({word}): {error}") from None
    return with_defaults(tuple(layers), activation)


def check_digits(line: str) -> None:
    """Raise SettingError for a number that no size can be; Python takes long to read one of thousands of digits."""
    if long := re.search(rf"\d{{{MAX_DIGITS + 1},}}", line):
        raise SettingError(f"layers: the number {long[0][:MAX_DIGITS]}... has {len(long[0])} digits; it is no size")


def parse_sizes(text: str) -> list[int] | None:
    """The sizes in a text such as 784-30-10; None for any other text.

    Raises:
        SettingError: for a number of too many digits.
    """
    check_digits(text)
    return [int(size) for size in text.split("-")] if re.fullmatch(r"\d+(-\d+)*", text) else None


def mlp(sizes: Sequence[int], activation: str = "sigmoid", weights: str = "scaled") -> Chain:
    """A multilayer perceptron: dense layers of the given sizes, with the activation after every one but the last.

    Args:
        sizes: inputs first; [784, 30, 10] has one hidden layer of 30.
        activation: of the hidden layers; the output's is the cost's.
        weights: the initial ones.

    Raises:
        SettingError: for fewer than two sizes, or anything but whole numbers of at least 1.
    """
    if len(sizes) < 2:
        raise SettingError(f"sizes {list(sizes)}: expected at least two, inputs and outputs, as in 784-30-10")
    check_whole("the number of inputs", sizes[0])
    return with_defaults(tuple(Dense(size, weights) for size in sizes[1:]), activation)


def split(line: str) -> list[str]:
    """The words of a line; white space inside brackets does not end one."""
    words, depth = [""], 0
    for character in line:
        depth += (character == "(") - (character == ")")
        if depth > MAX_DEPTH:
            raise SettingError(f"layers: brackets inside brackets, more than {MAX_DEPTH} deep; expected fewer")
        if depth < 0:
            raise SettingError(f"layers, after {words[-1]!r}: a closing bracket without an opening one")
        if character.isspace() and depth == 0:
            words.append("")
        else:
            words[-1] += character
    if depth:
        raise SettingError(f"layers, word {words[-1]!r}: a bracket is not closed")
    return [word for word in words if word]


def parse_word(word: str, settings: LineSettings) -> Layer:
    """The layer that a word writes. Raises SettingError."""
    if word in ACTIVATIONS:
        return Activation(word)
    for kind in WORDS.values():
        if match := re.fullmatch(kind.pattern, word):
            return kind.build(match, settings)
    raise SettingError(explain_unknown(word))


def parse_inner(line: str, activation: str, weights: str) -> Layer:
    """A line inside brackets: one layer, or a chain of several."""
    chain = parse(line, activation, weights)
    return chain.layers[0] if len(chain.layers) == 1 else chain


def explain_unknown(word: str) -> str:
    """The message about a word that is no layer: its right form, or a similar name."""
    examples = {name: word.example for name, word in WORDS.items()} | {name: name for name in ACTIVATIONS}
    name = re.match(r"l2pool|[a-z_]*", word)[0]  # type: ignore[index]
    if name in examples:
        return f"expected a word such as {examples[name]}"
    close = get_close_matches(name, examples, n=1)
    hint = f"did you mean {examples[close[0]]}?" if close else "expected a word such as dense100"
    return f"there is no such layer; {hint}"
