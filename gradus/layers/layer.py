"""The contract that every layer keeps."""

from math import prod
from typing import Any, ClassVar

import jax
from jax import Array

from gradus.equations import Shape
from gradus.layers.parameters import count_weights

__all__ = ["AutodiffLayer", "Layer", "Shape"]


class Layer:
    """A stage of a network: how numbers go forward, and how errors come back.

    A layer is a frozen dataclass of settings and holds no arrays. Its parameters, its state (such as the running
    averages that prediction needs) and its cache (what `forward` keeps for `backward`) are pytrees beside it. The first
    axis of x and y is the batch.

    Attributes:
        computes_z: it computes z, so that an activation follows it on a line of layers (`with_defaults`).
        takes_vectors: it needs vectors, so that on a line an image is flattened before it.
        gives_vectors: it turns images or sequences into vectors itself.
    """

    computes_z: ClassVar[bool] = False
    takes_vectors: ClassVar[bool] = False
    gives_vectors: ClassVar[bool] = False

    def init(self, key: Array, in_shape: Shape) -> tuple[Any, Any, Shape]:
        """Initial parameters and state, and the shape of the output.

        Args:
            key: for initial weights.
            in_shape: of one input, without the batch axis; the output's shape likewise.

        Raises:
            SettingError: where inputs of that shape do not fit the layer.
        """
        return (), (), in_shape

    def forward(self, params: Any, x: Array, key: Array | None = None) -> tuple[Array, Any]:
        """y and the cache, in training. Only layers that draw random numbers need the key."""
        raise NotImplementedError

    def backward(self, params: Any, cache: Any, dy: Array) -> tuple[Array, Any]:
        """dC/dx, and dC/dparams summed over the batch, from dy = dC/dy: the exact transpose of forward."""
        raise NotImplementedError

    def infer(self, params: Any, state: Any, x: Array) -> Array:
        """y, in prediction."""
        return self.forward(params, x)[0]

    def update_state(self, state: Any, cache: Any) -> Any:
        """The state after a training step, from the cache of its forward pass."""
        return state

    def initial_carry(self, params: Any, batch: int) -> Any:
        """The carry of a recurrent layer before the first time step; () for any other layer."""
        return ()

    def forward_from(
        self, params: Any, x: Array, carry: Any, key: Array | None = None, mask: Array | None = None
    ) -> tuple[Array, Any, Any]:
        """y, the cache, and the carry after x, a chunk of sequences whose previous chunk left `carry`.

        `backward` holds the carry fixed: no error goes back into the previous chunk.

        Args:
            mask: (batch, time), False at the steps that a shorter sequence lacks.
        """
        y, cache = self.forward(params, x, key)
        return y, cache, carry

    def infer_from(self, params: Any, state: Any, x: Array, carry: Any, mask: Array | None = None) -> tuple[Array, Any]:
        """y and the carry after x, in prediction."""
        return self.infer(params, state, x), carry

    def multiply_adds(self, params: Any, out_shape: Shape) -> int:
        """Multiplications by a weight for one input: every weight, once for each position of the output."""
        return count_weights(params) * prod(out_shape[:-1])

    def __str__(self) -> str:
        return type(self).__name__.lower()


class AutodiffLayer(Layer):
    """A layer of your own for which you write `output` alone.

    JAX differentiates it: the cache is the pullback of `jax.vjp`.
    """

    def output(self, params: Any, x: Array, key: Array | None = None) -> Array:
        """y, from differentiable jax.numpy operations."""
        raise NotImplementedError

    def forward(self, params: Any, x: Array, key: Array | None = None) -> tuple[Array, Any]:
        return jax.vjp(lambda params, x: self.output(params, x, key), params, x)

    def backward(self, params: Any, cache: Any, dy: Array) -> tuple[Array, Any]:
        gradients, dx = cache(dy)
        return dx, gradients
