"""The residual connection (theory G2; He et al. 2016)."""

from dataclasses import dataclass
from typing import Any

from jax import Array
from jaxtyping import Float

from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape
from gradus.layers.registry import Word, register

__all__ = ["Residual"]


@register(Word("residual(conv20-3x3-same)", r"residual\((.*)\)", lambda match, line: Residual(line.parse(match[1]))))
@dataclass(frozen=True)
class Residual(Layer):
    """y = x + layer(x). Parameters, state, cache and carry are those of the layer.

    Args:
        layer: a layer or a Chain whose output has the shape of its input.

    Raises:
        SettingError: for anything else.
    """

    layer: Layer

    def __post_init__(self) -> None:
        if not isinstance(self.layer, Layer):
            raise SettingError(f"a residual connection around {self.layer!r}: expected a layer or a Chain of layers")

    def init(self, key: Array, in_shape: Shape) -> tuple[Any, Any, Shape]:
        params, state, out_shape = self.layer.init(key, in_shape)
        if out_shape != in_shape:
            raise SettingError(
                f"turns inputs of shape {in_shape} into {out_shape}, so they cannot be added; "
                'a convolution keeps the size with padding="same" and the channels with as many maps'
            )
        return params, state, out_shape

    def initial_carry(self, params: Any, batch: int) -> Any:
        return self.layer.initial_carry(params, batch)

    def forward(
        self, params: Any, x: Float[Array, "m *shape"], key: Array | None = None
    ) -> tuple[Float[Array, "m *shape"], Any]:
        y, cache = self.layer.forward(params, x, key)
        return x + y, cache

    def forward_from(
        self, params: Any, x: Array, carry: Any, key: Array | None = None, mask: Array | None = None
    ) -> tuple[Array, Any, Any]:
        y, cache, carry = self.layer.forward_from(params, x, carry, key, mask)
        return x + y, cache, carry

    def backward(self, params: Any, cache: Any, dy: Float[Array, "m *shape"]) -> tuple[Float[Array, "m *shape"], Any]:
        dx, gradients = self.layer.backward(params, cache, dy)
        return dy + dx, gradients

    def infer(self, params: Any, state: Any, x: Array) -> Array:
        return x + self.layer.infer(params, state, x)

    def infer_from(self, params: Any, state: Any, x: Array, carry: Any, mask: Array | None = None) -> tuple[Array, Any]:
        y, carry = self.layer.infer_from(params, state, x, carry, mask)
        return x + y, carry

    def update_state(self, state: Any, cache: Any) -> Any:
        return self.layer.update_state(state, cache)

    def __str__(self) -> str:
        return f"residual({self.layer})"
