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

from gradus.equations.weights import initial_weights
from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape
from gradus.layers.products import summed_products

__all__ = ["Recurrent", "RecurrentCache", "RecurrentParams", "check_count"]


class RecurrentParams(NamedTuple):
    """w_x: (gates * size, inputs).  w_h: (gates * size, size).  b: (gates * size,)."""

    w_x: Array
    w_h: Array
    b: Array


class RecurrentCache(NamedTuple):
    """x: (batch, time, inputs).  The rest has the axes (time, batch, ...).

    before: the carry before each step.  slopes: the derivatives within each step that `step_back` needs.
    mask: True where there is a step, or None.
    """

    x: Array
    before: Any
    slopes: Any
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
        """The carry after a step with the input's product z, (batch, gates * size), and slopes for `step_back`."""
        raise NotImplementedError

    def step_back(self, params: Any, slopes: Any, dcarry: Any) -> tuple[Array, Any]:
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
        y, cache, _ = self.forward_from(params, x, self.start(params, len(x)), key)
        return y, cache

    def forward_from(
        self, params: Any, x: Array, carry: Any, key: Array | None = None, mask: Array | None = None
    ) -> tuple[Array, RecurrentCache, Any]:
        z = lax.optimization_barrier(time_first(x)) @ params.w_x.T + params.b
        mask = None if mask is None else mask.T[..., None]

        def step(before: Any, inputs: tuple) -> tuple[Any, tuple]:
            z, mask = inputs
            after, slopes = self.step(params, z, before)
            after = chosen(mask, after, before)
            return after, (after.h, before, slopes)

        carry, (h, before, slopes) = lax.scan(step, carry, (z, mask))
        y = time_first(chosen(mask, h, jnp.zeros_like(h)))
        return y, RecurrentCache(x, before, slopes, mask), carry

    def backward(self, params: Any, cache: RecurrentCache, dy: Array) -> tuple[Array, Any]:
        _, before, slopes, mask = cache
        dy = time_first(dy)
        uncut = None if self.truncate is None else (jnp.arange(len(dy)) % self.truncate != 0).astype(dy.dtype)

        def step_back(dcarry: Any, inputs: tuple) -> tuple[Any, Any]:
            dy, slopes, mask, uncut = inputs
            there, kept = parted(mask, dcarry._replace(h=dcarry.h + dy), dcarry)
            delta, dbefore = self.step_back(params, slopes, there)
            return scaled(uncut, total(dbefore, kept)), delta

        nothing = jax.tree.map(lambda carries: jnp.zeros(carries.shape[1:], carries.dtype), before)
        _, delta = lax.scan(step_back, nothing, (dy, slopes, mask, uncut), reverse=True)
        return self.gradients(params, cache, delta)

    def gradients(self, params: Any, cache: RecurrentCache, delta: Array) -> tuple[Array, Any]:
        """dC/dx and dC/dparams from delta = dC/dz of all steps, (time, batch, gates * size)."""
        dw_x = summed_products(delta, time_first(cache.x))  # BP4
        dw_h = summed_products(delta, cache.before.h)  # likewise
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


def chosen(mask: Array | None, there: Any, elsewhere: Any) -> Any:
    """Of two trees, `there` where the mask is True."""
    if mask is None:
        return there
    return jax.tree.map(lambda a, b: jnp.where(mask, a, b), there, elsewhere)


def parted(mask: Array | None, there: Any, elsewhere: Any) -> tuple[Any, Any]:
    """The transpose of `chosen`: `there` where the mask is True, else 0, and `elsewhere` the other way round."""
    if mask is None:
        return there, None
    nothing = jax.tree.map(jnp.zeros_like, there)
    return chosen(mask, there, nothing), chosen(mask, nothing, elsewhere)


def total(one: Any, other: Any) -> Any:
    return one if other is None else jax.tree.map(jnp.add, one, other)


def scaled(factor: Array | None, tree: Any) -> Any:
    return tree if factor is None else jax.tree.map(lambda a: factor * a, tree)


def check_count(value: Any, what: str) -> None:
    """Raise SettingError unless value is a whole number of at least 1; model files are not to be trusted."""
    if type(value) is not int:
        raise SettingError(f"{what}; it needs a whole number")
    if value < 1:
        raise SettingError(f"{what}; it needs at least 1")
