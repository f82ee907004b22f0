"""The base of recurrent layers: a step repeated over time, and backpropagation through time (theory F1).

    z_t = W_x x_t + b                 for all time steps, in one product before the loop
    carry_t = step(z_t, carry_(t-1))  the loop over time, which holds only the truly sequential part
    y_t = h_t                         the first part of the carry

Backwards, the loop runs from the last step to the first and carries the error of the carry. The products that give dx
and the gradients of W_x, W_h and b follow after it, for all steps at once.

Source: Werbos 1990 (backpropagation through time).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax
from jaxtyping import Bool, Float

from gradus.checks import MAX_SIZE, check_whole
from gradus.equations import initial_weights, weight_gradient
from gradus.errors import SettingError
from gradus.layers import Layer, LineSettings, Shape, Word

__all__ = ["Recurrent", "RecurrentCache", "RecurrentParams", "recurrent_word"]


class RecurrentParams(NamedTuple):
    """w_x: from the inputs.  w_h: from the previous output.  b: biases. rows = gates * size."""

    w_x: Float[Array, "rows inputs"]
    w_h: Float[Array, "rows size"]
    b: Float[Array, " rows"]


class RecurrentCache(NamedTuple):
    """The rest after x has the axes (time, batch, ...).

    carry_in: the carry before each step.
    local_derivatives: the derivatives inside each step, for `step_back`.
    mask: True at steps that a sequence has, or None.
    """

    x: Float[Array, "m time inputs"]
    carry_in: Any
    local_derivatives: Any
    mask: Array | None


@dataclass(frozen=True)
class Recurrent(Layer):
    """The base of RNN, LSTM and GRU: (batch, time, inputs) becomes (batch, time, size), for any time, even 0.

    At steps where the mask is False, the carry stays as it is, y is 0 and x does not matter.

    Args:
        size: cells.
        truncate: truncated backpropagation through time: no error crosses a boundary after every `truncate` steps of a
            chunk (Williams & Peng 1990); None carries it to the chunk's start. The forward pass is the same.

    Raises:
        SettingError: for anything but whole numbers of at least 1.
    """

    gives_vectors = True

    size: int
    truncate: int | None = None

    def __post_init__(self) -> None:
        check_whole("a recurrent layer's size", self.size, most=MAX_SIZE // self.gates())
        if self.truncate is not None:
            check_whole("a recurrent layer's truncate", self.truncate)

    def gates(self) -> int:
        """Vectors of `size` weighted inputs in a step."""
        raise NotImplementedError

    def step(self, params: Any, z: Array, carry: Any) -> tuple[Any, Any]:
        """The carry after a step, and its local derivatives.  z: W_x x_t + b, (batch, rows)."""
        raise NotImplementedError

    def step_back(self, params: Any, local_derivatives: Any, dcarry: Any) -> tuple[Array, Any]:
        """delta = dC/dz of a step and the error of the carry before it, from that of the carry after it."""
        raise NotImplementedError

    def init(self, key: Array, in_shape: Shape) -> tuple[Any, tuple[()], Shape]:
        if len(in_shape) != 2:
            raise SettingError(f"got inputs of {len(in_shape)} axes, expected sequences (time, features)")
        key_x, key_h = jax.random.split(key)
        time, n_in = in_shape
        rows, n_out = self.gates() * self.size, self.size
        w_x = initial_weights("scaled", key_x, (rows, n_in), n_in, n_out)
        w_h = initial_weights("scaled", key_h, (rows, n_out), n_out, n_out)
        return RecurrentParams(w_x, w_h, jnp.zeros(rows)), (), (time, self.size)

    def forward(
        self, params: Any, x: Float[Array, "m time inputs"], key: Array | None = None
    ) -> tuple[Float[Array, "m time size"], RecurrentCache]:
        y, cache, _ = self.forward_from(params, x, self.initial_carry(params, len(x)), key)
        return y, cache

    def forward_from(
        self,
        params: Any,
        x: Float[Array, "m time inputs"],
        carry: Any,
        key: Array | None = None,
        mask: Bool[Array, "m time"] | None = None,
    ) -> tuple[Float[Array, "m time size"], RecurrentCache, Any]:
        z = lax.optimization_barrier(time_first(x)) @ params.w_x.T + params.b
        mask = None if mask is None else mask.T[..., None]

        def step(carry_in: Any, inputs: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
            z, mask = inputs
            carry_out, local_derivatives = self.step(params, z, carry_in)
            carry_out = where(mask, carry_out, carry_in)
            return carry_out, (carry_out.h, carry_in, local_derivatives)

        carry, (h, carry_in, local_derivatives) = lax.scan(step, carry, (z, mask))
        y = time_first(where(mask, h, jnp.zeros_like(h)))
        return y, RecurrentCache(x, carry_in, local_derivatives, mask), carry

    def backward(
        self, params: Any, cache: RecurrentCache, dy: Float[Array, "m time size"]
    ) -> tuple[Float[Array, "m time inputs"], Any]:
        _, carry_in, local_derivatives, mask = cache
        dy = time_first(dy)
        is_truncated = None if self.truncate is None else jnp.arange(len(dy)) % self.truncate == 0
        gradient_mask = None if is_truncated is None else (~is_truncated).astype(dy.dtype)

        def step_back(dcarry: Any, inputs: tuple[Any, ...]) -> tuple[Any, Any]:
            dy, local_derivatives, mask, gradient_mask = inputs
            dcarry_out, dcarry_skipped = split_by_mask(mask, dcarry._replace(h=dcarry.h + dy), dcarry)
            delta, dcarry_in = self.step_back(params, local_derivatives, dcarry_out)
            return tree_scale(gradient_mask, tree_add(dcarry_in, dcarry_skipped)), delta

        zeros = jax.tree.map(lambda carries: jnp.zeros(carries.shape[1:], carries.dtype), carry_in)
        _, delta = lax.scan(step_back, zeros, (dy, local_derivatives, mask, gradient_mask), reverse=True)
        return self.gradients(params, cache, delta)

    def gradients(self, params: Any, cache: RecurrentCache, delta: Float[Array, "time m rows"]) -> tuple[Array, Any]:
        """dC/dx and dC/dparams from delta = dC/dz, over all steps."""
        dw_x = weight_gradient(delta, time_first(cache.x))  # BP4: sum over t of delta_t^T x_t
        dw_h = weight_gradient(delta, cache.carry_in.h)  # BP4: sum over t of delta_t^T h_(t-1)
        db = jnp.einsum("tbj->j", delta)  # BP3
        dx = time_first(delta @ params.w_x)  # BP2
        return dx, RecurrentParams(dw_x, dw_h, db)

    def infer_from(self, params: Any, state: Any, x: Array, carry: Any, mask: Array | None = None) -> tuple[Array, Any]:
        y, _, carry = self.forward_from(params, x, carry, mask=mask)
        return y, carry

    def __str__(self) -> str:
        suffix = "" if self.truncate is None else f"-truncate{self.truncate}"
        return f"{type(self).__name__.lower()}{self.size}{suffix}"


def time_first(x: Array) -> Array:
    """(batch, time, ...) as (time, batch, ...), and back."""
    return jnp.swapaxes(x, 0, 1)


def where(mask: Array | None, tree: Any, other: Any) -> Any:
    """`tree` where the mask is True, else `other`; without a mask, `tree`."""
    if mask is None:
        return tree
    return jax.tree.map(lambda a, b: jnp.where(mask, a, b), tree, other)


def split_by_mask(mask: Array | None, tree: Any, other: Any) -> tuple[Any, Any]:
    """The transpose of `where`: `tree` where the mask is True and 0 elsewhere, and `other` the other way round."""
    if mask is None:
        return tree, None
    zeros = jax.tree.map(jnp.zeros_like, tree)
    return where(mask, tree, zeros), where(mask, zeros, other)


def tree_add(tree: Any, other: Any | None) -> Any:
    return tree if other is None else jax.tree.map(jnp.add, tree, other)


def tree_scale(factor: Array | None, tree: Any) -> Any:
    return tree if factor is None else jax.tree.map(lambda leaf: factor * leaf, tree)


def recurrent_word(kind: str, build: Callable[[int, int | None], Layer]) -> Word:
    """The word of a recurrent layer, such as lstm128 or lstm128-truncate20."""

    def from_match(match: re.Match[str], line: LineSettings) -> Layer:
        return build(int(match[1]), int(match[2]) if match[2] else None)

    return Word(f"{kind}128", rf"{kind}(\d+)(?:-truncate(\d+))?", from_match)
