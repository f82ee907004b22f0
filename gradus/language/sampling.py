"""Writing with a language model, character by character (theory F3)."""

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from gradus.data import encode
from gradus.errors import DataError, SettingError
from gradus.layers import Chain
from gradus.network import Network

__all__ = ["sample"]

PIECE = 64  # characters that are drawn between two returns to Python


def sample(
    network: Network,
    classes: tuple[str, ...],
    prompt: str = "",
    *,
    length: int = 500,
    temperature: float = 0.8,
    seed: int = 0,
) -> Iterator[str]:
    """What the model writes after the prompt, in pieces that together have `length` characters.

    classes: the characters by number.  prompt: what has been read so far; the start of a line where it is empty.
    temperature: the outputs are softmax(z / temperature). Below 1 the model keeps to what is most probable, at 0
    to the most probable character alone; above 1 it dares more.
    Raises SettingError, also for a character of the prompt that the model does not know.
    """
    if length < 1:
        raise SettingError(f"length {length}: expected 1 character or more")
    if not 0 <= temperature < math.inf:
        raise SettingError(f"temperature {temperature}: expected 0 or a number above it, such as 0.8")
    try:
        numbers = encode(prompt or beginning(classes), classes, "prompt")
    except DataError as error:
        raise SettingError(str(error)) from None
    return pieces(network, classes, numbers, length, temperature, seed)


def beginning(classes: tuple[str, ...]) -> str:
    """What stands before the start of a line."""
    return "\n" if "\n" in classes else classes[0]


def pieces(
    network: Network, classes: tuple[str, ...], prompt: np.ndarray, length: int, temperature: float, seed: int
) -> Iterator[str]:
    chain, params, state = network.chain, network.params, network.state
    z, carry = read(chain, params, state, prompt[None])
    key = jax.random.key(seed)
    for start in range(0, length, PIECE):
        numbers, z, carry = write(chain, params, state, z, carry, key, start, temperature)
        yield "".join(classes[number] for number in np.asarray(numbers)[: length - start])


@partial(jax.jit, static_argnums=0)
def read(chain: Chain, params: Any, state: Any, x: Array) -> tuple[Array, Any]:
    """The weighted inputs z (classes,) of the outputs after the characters x (1, time), and the carry."""
    z, carry = chain.infer_from(params, state, x, chain.initial_carry(params, 1))
    return z[0, -1], carry


@partial(jax.jit, static_argnums=0)
def write(
    chain: Chain, params: Any, state: Any, z: Array, carry: Any, key: Array, start: int, temperature: float
) -> tuple[Array, Array, Any]:
    """The next PIECE characters' numbers, and z and the carry after them; character i draws with key i."""

    def step(before: tuple[Array, Any], i: Array) -> tuple[tuple[Array, Any], Array]:
        z, carry = before
        number = drawn(jax.random.fold_in(key, i), z, temperature)
        z, carry = chain.infer_from(params, state, number[None, None], carry)
        return (z[0, 0], carry), number

    (z, carry), numbers = lax.scan(step, (z, carry), start + jnp.arange(PIECE))
    return numbers, z, carry


def drawn(key: Array, z: Array, temperature: Array | float) -> Array:
    """A number drawn with probabilities softmax(z / temperature); at 0 the most probable."""
    below_best = z - jnp.max(z)
    divisor = jnp.maximum(temperature, jnp.finfo(z.dtype).tiny)
    return jnp.where(temperature > 0, jax.random.categorical(key, below_best / divisor), jnp.argmax(z))
