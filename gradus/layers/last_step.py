"""From a sequence to its last step, for classifying sequences."""

from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array

from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape

__all__ = ["LastStep"]


@dataclass(frozen=True)
class LastStep(Layer):
    """(batch, time, features) becomes (batch, features): the last step, or the last that the mask has."""

    def init(self, key: Array, in_shape: Shape) -> tuple[tuple, tuple, Shape]:
        if len(in_shape) != 2 or in_shape[0] < 1:
            raise SettingError(
                f"got inputs of shape {in_shape}, expected sequences (time, features) of at least 1 step"
            )
        return (), (), in_shape[1:]

    def forward(self, params: tuple, x: Array, key: Array | None = None) -> tuple[Array, Array]:
        y, chosen, _ = self.forward_from(params, x, ())
        return y, chosen

    def forward_from(
        self, params: tuple, x: Array, carry: tuple, key: Array | None = None, mask: Array | None = None
    ) -> tuple[Array, Array, tuple]:
        if mask is None:
            mask = jnp.ones(x.shape[:2], bool)
        steps = jnp.where(mask, jnp.arange(1, x.shape[1] + 1), 0)
        last = (steps == steps.max(axis=1, keepdims=True)) & mask
        chosen = last[..., None].astype(x.dtype)
        return jnp.sum(x * chosen, axis=1), chosen, carry

    def backward(self, params: tuple, cache: Array, dy: Array) -> tuple[Array, tuple]:
        chosen = cache  # (batch, time, 1): 1 at the step that was taken, and 0 elsewhere
        return dy[:, None] * chosen, ()

    def infer_from(
        self, params: tuple, state: tuple, x: Array, carry: tuple, mask: Array | None = None
    ) -> tuple[Array, tuple]:
        y, _, carry = self.forward_from(params, x, carry, mask=mask)
        return y, carry

    def __str__(self) -> str:
        return "last"
