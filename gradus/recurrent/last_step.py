"""The last step of a sequence, for classifying sequences (theory F1)."""

from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float

from gradus.errors import SettingError
from gradus.layers import Layer, Shape, Word, register

__all__ = ["LastStep"]


@register(Word("last", "last", lambda match, line: LastStep()))
@dataclass(frozen=True)
class LastStep(Layer):
    """(batch, time, features) becomes (batch, features): the last step where the mask is True."""

    gives_vectors = True

    def init(self, key: Array, in_shape: Shape) -> tuple[tuple[()], tuple[()], Shape]:
        if len(in_shape) != 2 or in_shape[0] < 1:
            raise SettingError(
                f"got inputs of shape {in_shape}, expected sequences (time, features) of at least 1 step"
            )
        return (), (), in_shape[1:]

    def forward(
        self, params: tuple[()], x: Float[Array, "m time features"], key: Array | None = None
    ) -> tuple[Float[Array, "m features"], Array]:
        y, is_last, _ = self.forward_from(params, x, ())
        return y, is_last

    def forward_from(
        self,
        params: tuple[()],
        x: Float[Array, "m time features"],
        carry: tuple[()],
        key: Array | None = None,
        mask: Bool[Array, "m time"] | None = None,
    ) -> tuple[Float[Array, "m features"], Array, tuple[()]]:
        if mask is None:
            mask = jnp.ones(x.shape[:2], bool)
        steps = jnp.where(mask, jnp.arange(1, x.shape[1] + 1), 0)
        last = (steps == steps.max(axis=1, keepdims=True)) & mask
        is_last = last[..., None].astype(x.dtype)  # 1 at the last step, else 0
        return jnp.sum(x * is_last, axis=1), is_last, carry

    def backward(
        self, params: tuple[()], cache: Float[Array, "m time 1"], dy: Float[Array, "m features"]
    ) -> tuple[Float[Array, "m time features"], tuple[()]]:
        is_last = cache
        return dy[:, None] * is_last, ()

    def infer_from(
        self, params: tuple[()], state: tuple[()], x: Array, carry: tuple[()], mask: Array | None = None
    ) -> tuple[Array, tuple[()]]:
        y, _, carry = self.forward_from(params, x, carry, mask=mask)
        return y, carry

    def __str__(self) -> str:
        return "last"
