"""What recurrent layers share: a step repeated over time, and backpropagation through time (theory F1).

    z_t = W_x x_t + b                 of all steps, in one product before the loop
    carry_t = step(z_t, carry_(t-1))  the loop over time, with all that depends on the step before
    y_t = h_t                         the first part of the carry

Backwards the loop runs from the last step to the first and holds the error of the carry; the products
that give the gradients of W_x, W_h and b, and the error of x, are taken of all steps at once after it.
Source: Werbos 1990 (backpropagation through time).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from gradus.equations.products import weight_gradient
from gradus.equations.weights import initial_weights
from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape

__all__ = ["Recurrent", "RecurrentCache", "RecurrentParams", "check_count"]


class RecurrentParams(NamedTuple):
    """w_x: (gates * size, inputs).  w_h: (gates * size, size).  b: (gates * size,)."""

    w_x: Array
    w_h: Array
    b: Array


class RecurrentCache(NamedTuple):
    """x: (batch, time, inputs).  The rest has the axes (time, batch, ...).

    carry_in: the carry before each step.  local_derivatives: those within each step that `step_back` needs.
    mask: True where there is a step, or None.
    """

    x: Array
    carry_in: Any
    local_derivatives: Any
    mask: Array | None


@dataclass(frozen=True)
class Recurrent(Layer):
    """The base of RNN, LSTM and GRU: (batch, time, inputs) becomes (batch, time, size), for any time, even 0.

    truncate: the error is not carried back across a boundary every so many steps, counted from the
    start of the chunk; None carries it to the start. What goes forward is the same with either.

    A mask (batch, time) is False where a sequence has no step (it is shorter than others of its batch): the
    carry then stays as it is, y is 0 and the inputs do not matter.
    """

    size: int
    truncate: int | None = None

    def __post_init__(self) -> None:
        check_count(self.size, f"a recurrent layer of {self.size!r} cells")
        if self.truncate is not None:
            check_count(self.truncate, f"backpropagation through time truncated at {self.truncate!r} steps")

    def gates(self) -> int:
        """How many vectors of `size` weighted inputs a step has."""
        raise NotImplementedError

    def step(self, params: Any, z: Array, carry: Any) -> tuple[Any, Any]:
        """The carry after a step from the input's product z, (batch, gates * size), and what `step_back` needs."""
        raise NotImplementedError

    def step_back(self, params: Any, local_derivatives: Any, dcarry: Any) -> tuple[Array, Any]:
        """delta = dC/dz of a step, and the error of the carry before it, from the error of the carry after it."""
        raise NotImplementedError

    def init(self, key: Array, in_shape: Shape) -> tuple[Any, tuple, Shape]:
        if len(in_shape) != 2:
            raise SettingError(f"got inputs of {len(in_shape)} axes, expected sequences (time, features)")
        key_x, key_h = jax.random.split(key)
        time, n_in = in_shape
        rows, n_out = self.gates() * self.size, self.size
        w_x = initial_weights("scaled", key_x, (rows, n_in), n_in, n_out)
        w_h = initial_weights("scaled", key_h, (rows, n_out), n_out, n_out)
        return RecurrentParams(w_x, w_h, jnp.zeros(rows)), (), (time, self.size)

    def forward(self, params: Any, x: Array, key: Array | None = None) -> tuple[Array, RecurrentCache]:
        y, cache, _ = self.forward_from(params, x, self.initial_carry(params, len(x)), key)
        return y, cache

    def forward_from(
        self, params: Any, x: Array, carry: Any, key: Array | None = None, mask: Array | None = None
    ) -> tuple[Array, RecurrentCache, Any]:
        z = lax.optimization_barrier(time_first(x)) @ params.w_x.T + params.b
        mask = None if mask is None else mask.T[..., None]

        def step(carry_in: Any, inputs: tuple) -> tuple[Any, tuple]:
            z, mask = inputs
            carry_out, local_derivatives = self.step(params, z, carry_in)
            carry_out = where(mask, carry_out, carry_in)
            return carry_out, (carry_out.h, carry_in, local_derivatives)

        carry, (h, carry_in, local_derivatives) = lax.scan(step, carry, (z, mask))
        y = time_first(where(mask, h, jnp.zeros_like(h)))
        return y, RecurrentCache(x, carry_in, local_derivatives, mask), carry

    def backward(self, params: Any, cache: RecurrentCache, dy: Array) -> tuple[Array, Any]:
        _, carry_in, local_derivatives, mask = cache
        dy = time_first(dy)
        is_truncated = None if self.truncate is None else jnp.arange(len(dy)) % self.truncate == 0
        gradient_mask = None if is_truncated is None else (~is_truncated).astype(dy.dtype)

        def step_back(dcarry: Any, inputs: tuple) -> tuple[Any, Any]:
            dy, local_derivatives, mask, gradient_mask = inputs
            dcarry_out, dcarry_skipped = split_by_mask(mask, dcarry._replace(h=dcarry.h + dy), dcarry)
            delta, dcarry_in = self.step_back(params, local_derivatives, dcarry_out)
            return tree_scale(gradient_mask, tree_add(dcarry_in, dcarry_skipped)), delta

        zeros = jax.tree.map(lambda carries: jnp.zeros(carries.shape[1:], carries.dtype), carry_in)
        _, delta = lax.scan(step_back, zeros, (dy, local_derivatives, mask, gradient_mask), reverse=True)
        return self.gradients(params, cache, delta)

    def gradients(self, params: Any, cache: RecurrentCache, delta: Array) -> tuple[Array, Any]:
        """dC/dx and dC/dparams from delta = dC/dz of all steps, (time, batch, gates * size)."""
        dw_x = weight_gradient(delta, time_first(cache.x))  # BP4
        dw_h = weight_gradient(delta, cache.carry_in.h)  # likewise
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


def check_count(value: Any, what: str) -> None:
    """Raise SettingError unless value is a whole number of at least 1; model files are not to be trusted."""
    if type(value) is not int:
        raise SettingError(f"{what}; it needs a whole number")
    if value < 1:
        raise SettingError(f"{what}; it needs at least 1")
