"""Sampling text from a language model, character by character (theory F3)."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from gradus.checks import check_number, check_whole
from gradus.data import encode
from gradus.errors import DataError, SettingError
from gradus.layers import Chain
from gradus.models import NOT_FINITE
from gradus.network import Network
from gradus.seeds import check_seed, seed_bits

__all__ = ["sample"]

MAX_LENGTH = 10_000_000  # characters; hours of sampling
CHUNK = 64  # characters sampled between two returns to Python


def sample(
    network: Network,
    vocabulary: tuple[str, ...],
    prompt: str = "",
    *,
    length: int = 500,
    temperature: float = 0.8,
    seed: int = 0,
) -> Iterator[str]:
    """Sample the text that follows a prompt.

    Args:
        vocabulary: the characters by index.
        prompt: the text to continue; by default the start of a line.
        length: number of characters to sample, at most MAX_LENGTH.
        temperature: characters are sampled from softmax(z / temperature). Below 1, probable characters are favoured;
            at 0 the most probable one is always taken; above 1, rare characters become more frequent.
        seed: decides every random choice.

    Returns:
        The text in pieces, as they are sampled.

    Raises:
        SettingError: for settings that cannot be used, and for characters of the prompt outside the vocabulary.
    """
    check_seed(seed)
    check_whole("length", length, most=MAX_LENGTH)
    check_number("temperature", temperature, 0, includes="low")
    try:
        indices = encode(prompt or default_prompt(vocabulary), vocabulary, "prompt")
    except DataError as error:
        raise SettingError(str(error)) from None
    return sample_chunks(network, vocabulary, indices, length, temperature, seed)


def default_prompt(vocabulary: tuple[str, ...]) -> str:
    """The character that precedes the start of a line."""
    return "\n" if "\n" in vocabulary else vocabulary[0]


def sample_chunks(
    network: Network, vocabulary: tuple[str, ...], prompt: np.ndarray, length: int, temperature: float, seed: int
) -> Iterator[str]:
    """The sampled text in chunks of at most CHUNK characters."""
    chain, params, state = network.chain, network.params, network.state
    z, carry = read_prompt(chain, params, state, prompt[None])
    key = jax.random.key(seed_bits(seed))
    for start in range(0, length, CHUNK):
        if not np.isfinite(z).all():
            raise DataError(NOT_FINITE)
        indices, z, carry = sample_chunk(chain, params, state, z, carry, key, start, temperature)
        yield "".join(vocabulary[index] for index in np.asarray(indices)[: length - start])


@partial(jax.jit, static_argnums=0)
def read_prompt(chain: Chain, params: Any, state: Any, x: Array) -> tuple[Array, Any]:
    """The weighted inputs z (characters,) of the outputs after the text x (1, time), and the carry."""
    z, carry = chain.infer_from(params, state, x, chain.initial_carry(params, 1))
    return z[0, -1], carry


@partial(jax.jit, static_argnums=0)
def sample_chunk(
    chain: Chain, params: Any, state: Any, z: Array, carry: Any, key: Array, start: int, temperature: float
) -> tuple[Array, Array, Any]:
    """The next CHUNK character indices, and z and the carry after them; character i is sampled with key i."""

    def step(z_and_carry: tuple[Array, Any], i: Array) -> tuple[tuple[Array, Any], Array]:
        z, carry = z_and_carry
        index = sample_index(jax.random.fold_in(key, i), z, temperature)
        z, carry = chain.infer_from(params, state, index[None, None], carry)
        return (z[0, 0], carry), index

    (z, carry), indices = lax.scan(step, (z, carry), start + jnp.arange(CHUNK))
    return indices, z, carry


def sample_index(key: Array, z: Array, temperature: Array | float) -> Array:
    """An index sampled from softmax(z / temperature); at temperature 0, that of the largest z."""
    below_best = z - jnp.max(z)
    divisor = jnp.maximum(temperature, jnp.finfo(z.dtype).tiny)
    return jnp.where(temperature > 0, jax.random.categorical(key, below_best / divisor), jnp.argmax(z))
