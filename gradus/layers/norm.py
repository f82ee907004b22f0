"""Normalisation: x_hat = (x - mean) / deviation, then y = gamma (.) x_hat + beta (theory G2)."""

from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from gradus.checks import check_number
from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape
from gradus.layers.registry import Word, register

__all__ = ["BatchNorm", "BatchNormCache", "LayerNorm", "Moments", "NormParams"]


class NormParams(NamedTuple):
    """The learned scale gamma and shift beta; neither is a weight, so penalties leave them alone."""

    gamma: Float[Array, " features"]
    beta: Float[Array, " features"]


class Moments(NamedTuple):
    """Mean and variance of each feature."""

    mean: Float[Array, " features"]
    variance: Float[Array, " features"]


class BatchNormCache(NamedTuple):
    """x_hat: x normalised.  moments: of the mini-batch."""

    x_hat: Float[Array, "*m features"]
    deviation: Float[Array, " features"]
    moments: Moments


@register(Word("layernorm", "layernorm", lambda match, line: LayerNorm()))
@dataclass(frozen=True)
class LayerNorm(Layer):
    """Normalises over the features of each example, pixel or time step, the last axis (Ba, Kiros & Hinton 2016).

    Training and prediction are the same.

    Args:
        epsilon: deviation = sqrt(variance + epsilon).

    Raises:
        SettingError: unless epsilon is above 0.
    """

    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        check_number("epsilon", self.epsilon)

    def init(self, key: Array, in_shape: Shape) -> tuple[NormParams, tuple[()], Shape]:
        return initial_params(in_shape), (), in_shape

    def forward(
        self, params: NormParams, x: Float[Array, "*m features"], key: Array | None = None
    ) -> tuple[Float[Array, "*m features"], tuple[Array, Array]]:
        d = x - x.mean(axis=-1, keepdims=True)
        deviation = jnp.sqrt((d**2).mean(axis=-1, keepdims=True) + self.epsilon)
        x_hat = d / deviation
        return params.gamma * x_hat + params.beta, (x_hat, deviation)

    def backward(
        self, params: NormParams, cache: tuple[Array, Array], dy: Float[Array, "*m features"]
    ) -> tuple[Float[Array, "*m features"], NormParams]:
        x_hat, deviation = cache
        dx_hat = params.gamma * dy
        # x also reaches y through the mean and the deviation of its features
        mean, along = dx_hat.mean(axis=-1, keepdims=True), (dx_hat * x_hat).mean(axis=-1, keepdims=True)
        return (dx_hat - mean - x_hat * along) / deviation, params_gradient(x_hat, dy)


@register(Word("batchnorm", "batchnorm", lambda match, line: BatchNorm()))
@dataclass(frozen=True)
class BatchNorm(Layer):
    """Normalises each feature or channel over the mini-batch, and the pixels or time steps (Ioffe & Szegedy 2015).

    Prediction uses running averages: running = momentum * running + (1 - momentum) * batch (PyTorch's momentum is
    1 - ours). The running variance is unbiased, m/(m - 1) times that of a mini-batch of m numbers; 0 for m = 1.

    Args:
        momentum: from 0 to below 1.
        epsilon: deviation = sqrt(variance + epsilon).

    Raises:
        SettingError: for anything else.
    """

    momentum: float = 0.9
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        check_number("batch norm's momentum", self.momentum, 0, 1, includes="low")
        check_number("epsilon", self.epsilon)

    def init(self, key: Array, in_shape: Shape) -> tuple[NormParams, Moments, Shape]:
        params = initial_params(in_shape)
        return params, Moments(jnp.zeros_like(params.beta), jnp.ones_like(params.gamma)), in_shape

    def forward(
        self, params: NormParams, x: Float[Array, "*m features"], key: Array | None = None
    ) -> tuple[Float[Array, "*m features"], BatchNormCache]:
        axes = tuple(range(x.ndim - 1))
        mean = x.mean(axis=axes)
        variance = ((x - mean) ** 2).mean(axis=axes)
        deviation = jnp.sqrt(variance + self.epsilon)
        x_hat = (x - mean) / deviation
        return params.gamma * x_hat + params.beta, BatchNormCache(x_hat, deviation, Moments(mean, variance))

    def backward(
        self, params: NormParams, cache: BatchNormCache, dy: Float[Array, "*m features"]
    ) -> tuple[Float[Array, "*m features"], NormParams]:
        x_hat, deviation, _ = cache
        m = numbers_per_feature(x_hat)
        dgamma, dbeta = params_gradient(x_hat, dy)
        # x also reaches y through the mean and the deviation of the mini-batch
        dx = params.gamma / deviation * (dy - dbeta / m - x_hat * (dgamma / m))
        return dx, NormParams(dgamma, dbeta)

    def infer(self, params: NormParams, state: Moments, x: Array) -> Array:
        x_hat = (x - state.mean) / jnp.sqrt(state.variance + self.epsilon)
        return params.gamma * x_hat + params.beta

    def update_state(self, state: Moments, cache: BatchNormCache) -> Moments:
        m = numbers_per_feature(cache.x_hat)
        batch = Moments(cache.moments.mean, cache.moments.variance * m / max(m - 1, 1))
        pairs = zip(state, batch, strict=True)
        return Moments(*(self.momentum * running + (1 - self.momentum) * new for running, new in pairs))


def params_gradient(x_hat: Array, dy: Array) -> NormParams:
    """dC/dgamma and dC/dbeta of y = gamma (.) x_hat + beta, summed over all axes but the features."""
    axes = tuple(range(dy.ndim - 1))
    return NormParams((dy * x_hat).sum(axis=axes), dy.sum(axis=axes))


def numbers_per_feature(x: Array) -> int:
    """m, the numbers that a feature's moments are taken over."""
    return x.size // x.shape[-1]


def initial_params(in_shape: Shape) -> NormParams:
    """gamma = 1 and beta = 0."""
    if not in_shape:
        raise SettingError("got single numbers, expected an axis of features to normalise")
    return NormParams(jnp.ones(in_shape[-1]), jnp.zeros(in_shape[-1]))
