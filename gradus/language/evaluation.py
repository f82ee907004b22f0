"""How well a language model foretells a text."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gradus.equations.costs import Cost
from gradus.errors import DataError
from gradus.layers import Chain
from gradus.models.evaluation import Evaluation
from gradus.models.inputs import one_hot
from gradus.network import Network

__all__ = ["PARTS", "TextEvaluation", "evaluate_text"]

PARTS = 32  # side by side is as fast as one alone
WARM_UP = 256  # characters that a stream reads before it counts
CHUNK = 256  # characters between two returns to Python; the numbers do not depend on it


class TextEvaluation(Evaluation):
    """cost: nats per character, the mean of -ln p of what came.  accuracy: the share of characters guessed."""

    @property
    def score(self) -> float:
        return -self.cost

    @property
    def bits(self) -> float:
        """Bits per character: the size to which the model would compress the text."""
        return self.cost / math.log(2)

    @property
    def perplexity(self) -> float:
        """e^cost: among how many equally probable characters the model is as undecided."""
        return math.exp(self.cost) if self.cost < 700 else math.inf

    def numbers(self) -> dict[str, float]:
        return super().numbers() | {"bits": self.bits, "perplexity": self.perplexity}

    def __str__(self) -> str:
        return f"{self.cost:.4f} nats  {self.bits:.4f} bits  perplexity {self.perplexity:.2f}"

    def described(self) -> str:
        """All numbers with their names."""
        return f"{self}  accuracy {self.accuracy:.2%}"


def evaluate_text(network: Network, numbers: np.ndarray, parts: int = 1) -> TextEvaluation:
    """The cost in nats per character, and how often the most probable character is the one that comes.

    numbers: (characters,) of the text. Every character but the first counts once.
    parts: 1 reads the text in one piece, so that each character is foretold from all before it. More are read
    side by side, which is faster; each but the first begins without memory 256 characters before it counts.
    Raises DataError where there are not two characters.
    """
    n = len(numbers) - 1
    if n < 1:
        raise DataError("there is no text to evaluate the model on; it takes at least two characters")
    positions, counts = windows(n, parts if n >= 2 * WARM_UP * parts else 1)
    carry = network.chain.initial_carry(network.params, len(positions))
    cost, right = 0.0, 0
    for start in range(0, positions.shape[1], CHUNK):
        here = np.s_[:, start : start + CHUNK]
        x, y = numbers[positions[here]], numbers[positions[here] + 1]
        C, correct, carry = read_chunk(network.chain, network.cost, network.params, network.state, carry, x, y,
                                       counts[here])  # fmt: skip
        cost, right = cost + float(C), right + int(correct)
    return TextEvaluation(cost / n, right / n)


def windows(n: int, parts: int) -> tuple[np.ndarray, np.ndarray]:
    """Which positions of 0 ... n - 1 each part reads, and which of them count: (parts, whole chunks) both.

    Every position counts in one part. Beyond the end of the text position n - 1 is read, and does not count.
    """
    warm_up = WARM_UP if parts > 1 else 0
    length = -(-(n - warm_up) // parts)
    time = np.arange(-(-(length + warm_up) // CHUNK) * CHUNK)
    starts = length * np.arange(parts)[:, None]
    positions = starts + time
    counts = (time < length + warm_up) & ((time >= warm_up) | (starts == 0)) & (positions < n)
    return np.minimum(positions, n - 1), counts


@partial(jax.jit, static_argnums=(0, 1))
def read_chunk(
    chain: Chain, cost: Cost, params: Any, state: Any, carry: Any, x: Array, y: Array, counts: Array
) -> tuple[Array, Array, Any]:
    """The sum of the costs and the number of right guesses where `counts` is True, and the carry after x."""
    z, carry = chain.infer_from(params, state, x, carry)
    C, _ = cost(z, one_hot(y, z.shape[-1]), counts)
    return C * counts.size, jnp.sum((jnp.argmax(z, axis=-1) == y) & counts), carry
