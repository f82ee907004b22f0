"""Long short-term memory (theory F2; Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000)."""

from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from gradus.equations import sigmoid, tanh
from gradus.layers import Shape, register
from gradus.recurrent.recurrent import Recurrent, RecurrentParams, recurrent_word

__all__ = ["LSTM", "LSTMCarry"]


class LSTMCarry(NamedTuple):
    """h: the output.  c: the cells."""

    h: Float[Array, "m size"]
    c: Float[Array, "m size"]


@register(recurrent_word("lstm", lambda size, truncate: LSTM(size, truncate)))
@dataclass(frozen=True)
class LSTM(Recurrent):
    """`size` cells, each with three gates. With z = W_x x_t + W_h h_(t-1) + b split into z_f, z_i, z_g, z_o:

        f = sigmoid(z_f)  i = sigmoid(z_i)  g = tanh(z_g)  o = sigmoid(z_o)
        c_t = f (.) c_(t-1) + i (.) g
        h_t = o (.) tanh(c_t)

    The biases of the forget gates start at 1, so cells remember until they learn to forget (Jozefowicz et al. 2015).
    """

    def gates(self) -> int:
        return 4

    def init(self, key: Array, in_shape: Shape) -> tuple[RecurrentParams, tuple[()], Shape]:
        params, state, out_shape = super().init(key, in_shape)
        return params._replace(b=params.b.at[: self.size].set(1)), state, out_shape

    def initial_carry(self, params: RecurrentParams, batch: int) -> LSTMCarry:
        zeros = jnp.zeros((batch, self.size), params.w_h.dtype)
        return LSTMCarry(zeros, zeros)

    def step(self, params: RecurrentParams, z: Array, carry: LSTMCarry) -> tuple[LSTMCarry, tuple[Array, ...]]:
        z_f, z_i, z_g, z_o = jnp.split(z + carry.h @ params.w_h.T, 4, axis=1)
        f, i, g, o = sigmoid(z_f), sigmoid(z_i), tanh(z_g), sigmoid(z_o)
        c = f * carry.c + i * g
        tanh_c = tanh(c)
        dc_dz = [carry.c * f * (1 - f), g * i * (1 - i), i * (1 - g**2)]
        dh_dz_o, dh_dc = tanh_c * o * (1 - o), o * (1 - tanh_c**2)
        return LSTMCarry(o * tanh_c, c), (jnp.concatenate([*dc_dz, dh_dz_o], axis=1), dh_dc, f)

    def step_back(
        self, params: RecurrentParams, local_derivatives: tuple[Array, ...], dcarry: LSTMCarry
    ) -> tuple[Array, LSTMCarry]:
        dz, dh_dc, f = local_derivatives
        dh = dcarry.h
        dc = dcarry.c + dh * dh_dc
        delta = jnp.concatenate([dc, dc, dc, dh], axis=1) * dz
        return delta, LSTMCarry(delta @ params.w_h, dc * f)
