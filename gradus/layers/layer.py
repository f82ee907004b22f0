"""The contract that every layer keeps."""

from typing import Any

import jax
from jax import Array

from gradus.equations.windows import Shape

__all__ = ["AutodiffLayer", "Layer", "Shape"]


class Layer:
    """A stage of a network: how numbers go forward, and how errors come back.

    A layer is a frozen dataclass of settings and holds no arrays. Its parameters, its state (what
    prediction needs besides, such as running averages) and its cache (what `backward` needs of
    `forward`) are pytrees beside it. x and y have the batch as their first axis.
    """

    def init(self, key: Array, in_shape: Shape) -> tuple[Any, Any, Shape]:
        """Initial parameters and state, and the output's shape, for inputs of in_shape (no batch axis).

        Raises SettingError where inputs of that shape do not fit the layer.
        """
        return (), (), in_shape

    def forward(self, params: Any, x: Array, key: Array | None = None) -> tuple[Array, Any]:
        """y and the cache, in training. Only a layer that draws random numbers needs the key."""
        raise NotImplementedError

    def backward(self, params: Any, cache: Any, dy: Array) -> tuple[Array, Any]:
        """dC/dx, and dC/dparams summed over the batch, from dy = dC/dy: the exact transpose of forward."""
        raise NotImplementedError

    def infer(self, params: Any, state: Any, x: Array) -> Array:
        """y, in prediction."""
        return self.forward(params, x)[0]

    def update_state(self, state: Any, cache: Any) -> Any:
        """The state after a step of training whose forward pass left this cache."""
        return state

    def initial_carry(self, params: Any, batch: int) -> Any:
        """What a layer that reads sequences carries before their first step; () for one that carries nothing."""
        return ()

    def forward_from(
        self, params: Any, x: Array, carry: Any, key: Array | None = None, mask: Array | None = None
    ) -> tuple[Array, Any, Any]:
        """y, the cache, and the carry after x, the next chunk of sequences that left `carry` so far.

        mask: (batch, time), False where a sequence has no step because it is shorter than others. The error
        is not carried back into the chunk before: `backward` is the transpose with the carry held fixed.
        """
        y, cache = self.forward(params, x, key)
        return y, cache, carry

    def infer_from(self, params: Any, state: Any, x: Array, carry: Any, mask: Array | None = None) -> tuple[Array, Any]:
        """y and the carry after x, in prediction."""
        return self.infer(params, state, x), carry

    def __str__(self) -> str:
        return type(self).__name__.lower()


class AutodiffLayer(Layer):
    """A layer of your own for which you write `output(params, x, key)` alone.

    Its backward pass is JAX's: the cache is the pullback that `jax.vjp` gives.
    """

    def output(self, params: Any, x: Array, key: Array | None = None) -> Array:
        """y, from differentiable jax.numpy operations."""
        raise NotImplementedError

    def forward(self, params: Any, x: Array, key: Array | None = None) -> tuple[Array, Any]:
        return jax.vjp(lambda params, x: self.output(params, x, key), params, x)

    def backward(self, params: Any, cache: Any, dy: Array) -> tuple[Array, Any]:
        gradients, dx = cache(dy)
        return dx, gradients
