"""The simple recurrent layer (theory F1; Elman 1990)."""

from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from gradus.equations import tanh
from gradus.layers import register
from gradus.recurrent.recurrent import Recurrent, RecurrentParams, recurrent_word

__all__ = ["RNN", "Hidden"]


class Hidden(NamedTuple):
    """h: the output of a step, carried to the next."""

    h: Float[Array, "m size"]


@register(recurrent_word("rnn", lambda size, truncate: RNN(size, truncate)))
@dataclass(frozen=True)
class RNN(Recurrent):
    """h_t = tanh(W_x x_t + W_h h_(t-1) + b)."""

    def gates(self) -> int:
        return 1

    def initial_carry(self, params: RecurrentParams, batch: int) -> Hidden:
        return Hidden(jnp.zeros((batch, self.size), params.w_h.dtype))

    def step(self, params: RecurrentParams, z: Array, carry: Hidden) -> tuple[Hidden, Array]:
        h = tanh(z + carry.h @ params.w_h.T)
        return Hidden(h), 1 - h**2

    def step_back(self, params: RecurrentParams, local_derivatives: Array, dcarry: Hidden) -> tuple[Array, Hidden]:
        delta = dcarry.h * local_derivatives
        return delta, Hidden(delta @ params.w_h)
