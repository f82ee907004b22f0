"""The gated recurrent unit, in its two variants (theory F2; Cho et al. 2014)."""

import re
from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from gradus.equations import sigmoid, tanh, weight_gradient
from gradus.errors import SettingError
from gradus.layers import LineSettings, Shape, Word, register
from gradus.recurrent.recurrent import Recurrent, RecurrentCache
from gradus.recurrent.rnn import Hidden

__all__ = ["GRU", "GRUParams"]


class GRUParams(NamedTuple):
    """As in `RecurrentParams`, with rows = 3 size; b_h: None unless reset_after."""

    w_x: Float[Array, "rows inputs"]
    w_h: Float[Array, "rows size"]
    b: Float[Array, " rows"]
    b_h: Float[Array, " size"] | None


def parse_gru(match: re.Match[str], line: LineSettings) -> "GRU":
    """The layer that a word such as gru128-truncate20-reset-before writes."""
    return GRU(int(match[1]), int(match[2]) if match[2] else None, reset_after=match[3] is None)


@register(Word("gru128", r"gru(\d+)(?:-truncate(\d+))?(-reset-before)?", parse_gru))
@dataclass(frozen=True)
class GRU(Recurrent):
    """`size` units with an update gate u and a reset gate r. With z = W_x x_t + b split into z_u, z_r, z_g:

        u = sigmoid(z_u + W_hu h_(t-1))
        r = sigmoid(z_r + W_hr h_(t-1))
        h_t = u (.) h_(t-1) + (1 - u) (.) g

    Args:
        size, truncate: as in `Recurrent`.
        reset_after: True for g = tanh(z_g + r (.) (W_hg h_(t-1) + b_h)), as in cuDNN, PyTorch and Keras, with one
            product a step (ONNX: linear_before_reset=1); False for g = tanh(z_g + W_hg (r (.) h_(t-1))), as in Cho et
            al.

    Raises:
        SettingError: for anything else.
    """

    reset_after: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if type(self.reset_after) is not bool:
            raise SettingError(f"reset_after {self.reset_after!r}: expected True or False")

    def gates(self) -> int:
        return 3

    def init(self, key: Array, in_shape: Shape) -> tuple[GRUParams, tuple[()], Shape]:
        (w_x, w_h, b), state, out_shape = super().init(key, in_shape)
        b_h = jnp.zeros(self.size) if self.reset_after else None
        return GRUParams(w_x, w_h, b, b_h), state, out_shape

    def initial_carry(self, params: GRUParams, batch: int) -> Hidden:
        return Hidden(jnp.zeros((batch, self.size), params.w_h.dtype))

    def step(self, params: GRUParams, z: Array, carry: Hidden) -> tuple[Hidden, tuple[Array, ...]]:
        h, (z_ur, z_g) = carry.h, self.parts(z)
        if params.b_h is not None:  # reset_after
            p_ur, p_g = self.parts(h @ params.w_h.T)
            u, r = jnp.split(sigmoid(z_ur + p_ur), 2, axis=1)
            reset = p_g + params.b_h
            g = tanh(z_g + r * reset)
        else:
            w_ur, w_g = jnp.split(params.w_h, [2 * self.size])
            u, r = jnp.split(sigmoid(z_ur + h @ w_ur.T), 2, axis=1)
            reset = h
            g = tanh(z_g + (r * reset) @ w_g.T)
        dh_dz_u, dh_dz_g = (h - g) * u * (1 - u), (1 - u) * (1 - g**2)
        return Hidden(u * h + (1 - u) * g), (dh_dz_u, reset * r * (1 - r), dh_dz_g, r, u)

    def step_back(
        self, params: GRUParams, local_derivatives: tuple[Array, ...], dcarry: Hidden
    ) -> tuple[Array, Hidden]:
        dh_dz_u, dreset_dz_r, dh_dz_g, r, u = local_derivatives
        dh = dcarry.h
        w_ur, w_g = jnp.split(params.w_h, [2 * self.size])
        delta_u, delta_g = dh * dh_dz_u, dh * dh_dz_g
        if self.reset_after:
            delta_r = delta_g * dreset_dz_r
            through = jnp.concatenate([delta_u, delta_r, delta_g * r], axis=1)
            return jnp.concatenate([delta_u, delta_r, delta_g], axis=1), Hidden(dh * u + through @ params.w_h)
        d_reset = delta_g @ w_g  # the error of r (.) h
        delta_ur = jnp.concatenate([delta_u, d_reset * dreset_dz_r], axis=1)
        return jnp.concatenate([delta_ur, delta_g], axis=1), Hidden(dh * u + d_reset * r + delta_ur @ w_ur)

    def gradients(self, params: GRUParams, cache: RecurrentCache, delta: Array) -> tuple[Array, GRUParams]:
        dx, (dw_x, dw_h, db) = super().gradients(params, cache, delta)
        h, r, delta_g = cache.carry_in.h, cache.local_derivatives[3], self.parts(delta)[1]
        dw_hg = weight_gradient(*((delta_g * r, h) if self.reset_after else (delta_g, r * h)))
        db_h = jnp.einsum("tbj->j", delta_g * r) if self.reset_after else None
        return dx, GRUParams(dw_x, dw_h.at[2 * self.size :].set(dw_hg), db, db_h)

    def parts(self, z: Array) -> list[Array]:
        """z of the gates, and z of the candidate."""
        return jnp.split(z, [2 * self.size], axis=-1)

    def __str__(self) -> str:
        return super().__str__() + ("" if self.reset_after else "-reset-before")
