"""How well a language model predicts a text."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gradus.equations import Cost
from gradus.errors import DataError
from gradus.layers import Chain
from gradus.models import ClassificationEvaluation, one_hot
from gradus.network import Network

__all__ = ["VALIDATION_STREAMS", "TextEvaluation", "evaluate_text"]

VALIDATION_STREAMS = 32  # read side by side, these take no longer than one
WARM_UP = 256  # characters that a stream reads before its predictions count
CHUNK = 256  # characters between two returns to Python; the result does not depend on it


class TextEvaluation(ClassificationEvaluation):
    """How well a language model predicts a text.

    Args:
        cost: nats per character, the mean of -ln p of the next character.
        accuracy: fraction of characters that were the most probable one.
    """

    @property
    def score(self) -> float:
        return -self.cost

    @property
    def bits(self) -> float:
        """Bits per character: the size to which the model would compress the text."""
        return self.cost / math.log(2)

    @property
    def perplexity(self) -> float:
        """e^cost: the number of equally probable characters that would be as hard to choose from."""
        return math.exp(self.cost) if self.cost < 700 else math.inf

    def as_dict(self) -> dict[str, float]:
        return super().as_dict() | {"bits": self.bits, "perplexity": self.perplexity}

    def __str__(self) -> str:
        return f"{self.cost:.4f} nats  {self.bits:.4f} bits  perplexity {self.perplexity:.2f}"

    def summary(self) -> str:
        return f"{self}  accuracy {self.accuracy:.2%}"


def evaluate_text(network: Network, characters: np.ndarray, streams: int = 1) -> TextEvaluation:
    """Predict every character of a text but the first, and compare.

    Args:
        characters: (n,) indices into the vocabulary.
        streams: 1 predicts each character from all before it. More read parts of the text side by side, which is
            faster: each but the first starts without memory, 256 characters before its predictions count.

    Raises:
        DataError: for fewer than two characters.
    """
    n = len(characters) - 1
    if n < 1:
        raise DataError("the text has fewer than two characters, so there is nothing to predict")
    positions, counts = windows(n, streams if n >= 2 * WARM_UP * streams else 1)
    carry = network.chain.initial_carry(network.params, len(positions))
    cost, correct = 0.0, 0
    for start in range(0, positions.shape[1], CHUNK):
        chunk = np.s_[:, start : start + CHUNK]
        x, y = characters[positions[chunk]], characters[positions[chunk] + 1]
        C, hits, carry = evaluate_chunk(
            network.chain, network.cost, network.params, network.state, carry, x, y, counts[chunk]
        )
        cost, correct = cost + float(C), correct + int(hits)
    return TextEvaluation(cost / n, correct / n)


def windows(n: int, streams: int) -> tuple[np.ndarray, np.ndarray]:
    """The positions that each stream reads, and which of its predictions count.

    Every position from 0 to n - 1 counts in exactly one stream. Beyond the end of the text, position n - 1 is read and
    does not count.

    Returns:
        Positions and a mask, both (streams, a multiple of CHUNK).
    """
    warm_up = WARM_UP if streams > 1 else 0
    length = -(-(n - warm_up) // streams)
    time = np.arange(-(-(length + warm_up) // CHUNK) * CHUNK)
    starts = length * np.arange(streams)[:, None]
    positions = starts + time
    counts = (time < length + warm_up) & ((time >= warm_up) | (starts == 0)) & (positions < n)
    return np.minimum(positions, n - 1), counts


@partial(jax.jit, static_argnums=(0, 1))
def evaluate_chunk(
    chain: Chain, cost: Cost, params: Any, state: Any, carry: Any, x: Array, y: Array, counts: Array
) -> tuple[Array, Array, Any]:
    """The sum of the costs and the number of correct predictions where `counts` is True, and the carry after x."""
    z, carry = chain.infer_from(params, state, x, carry)
    C, _ = cost(z, one_hot(y, z.shape[-1]), counts)
    return C * counts.size, jnp.sum((jnp.argmax(z, axis=-1) == y) & counts), carry
