"""Normalisation: x^ = (x - mean) / deviation, then y = gamma (.) x^ + beta (theory G2)."""

from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from gradus.errors import SettingError
from gradus.layers.layer import Layer, Shape

__all__ = ["BatchNorm", "BatchNormCache", "LayerNorm", "Moments", "NormParams"]


class NormParams(NamedTuple):
    """gamma, beta: (features,), the scale and the shift that are learned; neither is a weight that L2 would shrink."""

    gamma: Array
    beta: Array


class Moments(NamedTuple):
    """mean, variance: (features,)."""

    mean: Array
    variance: Array


class BatchNormCache(NamedTuple):
    """x_hat: x normalised, of x's shape.  deviation: (features,).  moments: of the mini-batch."""

    x_hat: Array
    deviation: Array
    moments: Moments


@dataclass(frozen=True)
class LayerNorm(Layer):
    """Over the features of each example, pixel or time step, the last axis (Ba, Kiros & Hinton 2016).

    deviation = sqrt(variance + epsilon). Training and prediction are the same.
    """

    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        check_epsilon(self.epsilon)

    def init(self, key: Array, in_shape: Shape) -> tuple[NormParams, tuple, Shape]:
        return ones_and_zeros(in_shape), (), in_shape

    def forward(self, params: NormParams, x: Array, key: Array | None = None) -> tuple[Array, tuple]:
        d = x - x.mean(axis=-1, keepdims=True)
        deviation = jnp.sqrt((d**2).mean(axis=-1, keepdims=True) + self.epsilon)
        x_hat = d / deviation
        return params.gamma * x_hat + params.beta, (x_hat, deviation)

    def backward(self, params: NormParams, cache: tuple, dy: Array) -> tuple[Array, NormParams]:
        x_hat, deviation = cache
        dx_hat = params.gamma * dy
        # x also reaches y through the mean and the deviation of its features
        mean, along = dx_hat.mean(axis=-1, keepdims=True), (dx_hat * x_hat).mean(axis=-1, keepdims=True)
        return (dx_hat - mean - x_hat * along) / deviation, gamma_and_beta(x_hat, dy)


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Over the mini-batch, and the pixels or time steps, for each feature or channel (Ioffe & Szegedy 2015).

    deviation = sqrt(variance + epsilon). Prediction normalises with running averages of mean and variance, of which
    a step keeps the part `momentum` (PyTorch counts the part that is new). The variance there is the unbiased
    one, m/(m - 1) times the mini-batch's, where m numbers were averaged; of a single number, which has none, it is 0.
    """

    momentum: float = 0.9
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        if type(self.momentum) not in (int, float) or not 0 <= self.momentum < 1:
            raise SettingError(f"running averages with momentum {self.momentum!r}; it needs a number in [0, 1)")
        check_epsilon(self.epsilon)

    def init(self, key: Array, in_shape: Shape) -> tuple[NormParams, Moments, Shape]:
        params = ones_and_zeros(in_shape)
        return params, Moments(jnp.zeros_like(params.beta), jnp.ones_like(params.gamma)), in_shape

    def forward(self, params: NormParams, x: Array, key: Array | None = None) -> tuple[Array, BatchNormCache]:
        axes = tuple(range(x.ndim - 1))
        mean = x.mean(axis=axes)
        variance = ((x - mean) ** 2).mean(axis=axes)
        deviation = jnp.sqrt(variance + self.epsilon)
        x_hat = (x - mean) / deviation
        return params.gamma * x_hat + params.beta, BatchNormCache(x_hat, deviation, Moments(mean, variance))

    def backward(self, params: NormParams, cache: BatchNormCache, dy: Array) -> tuple[Array, NormParams]:
        x_hat, deviation, _ = cache
        m = averaged(x_hat)
        dgamma, dbeta = gamma_and_beta(x_hat, dy)
        # x also reaches y through the mean and the deviation of the mini-batch
        dx = params.gamma / deviation * (dy - dbeta / m - x_hat * (dgamma / m))
        return dx, NormParams(dgamma, dbeta)

    def infer(self, params: NormParams, state: Moments, x: Array) -> Array:
        x_hat = (x - state.mean) / jnp.sqrt(state.variance + self.epsilon)
        return params.gamma * x_hat + params.beta

    def update_state(self, state: Moments, cache: BatchNormCache) -> Moments:
        m = averaged(cache.x_hat)
        now = Moments(cache.moments.mean, cache.moments.variance * m / max(m - 1, 1))
        return Moments(*(self.momentum * old + (1 - self.momentum) * new for old, new in zip(state, now, strict=True)))


def gamma_and_beta(x_hat: Array, dy: Array) -> NormParams:
    """dC/dgamma and dC/dbeta of y = gamma (.) x^ + beta, summed over all that share them."""
    axes = tuple(range(dy.ndim - 1))
    return NormParams((dy * x_hat).sum(axis=axes), dy.sum(axis=axes))


def averaged(x: Array) -> int:
    """m, how many numbers of each feature there are."""
    return x.size // x.shape[-1]


def ones_and_zeros(in_shape: Shape) -> NormParams:
    if not in_shape:
        raise SettingError("got single numbers, expected an axis of features to normalise")
    return NormParams(jnp.ones(in_shape[-1]), jnp.zeros(in_shape[-1]))


def check_epsilon(epsilon: float) -> None:
    if type(epsilon) not in (int, float) or not (epsilon > 0 and isfinite(epsilon)):
        raise SettingError(f"epsilon is {epsilon!r}; it needs a number above 0, as a variance can be 0")
