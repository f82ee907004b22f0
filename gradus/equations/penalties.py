"""Penalties on the weights, added to the cost (theory D1; Nielsen, chapter 3)."""

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

__all__ = ["l1", "l1_gradient", "l2", "l2_gradient"]


def l2(w: Float[Array, "..."], lambda_over_n: Array | float) -> Float[Array, ""]:
    """lambda/(2n) sum w^2 (Nielsen, equation 87)."""
    return lambda_over_n / 2 * (w**2).sum()


def l2_gradient(w: Float[Array, "*shape"], lambda_over_n: Array | float) -> Float[Array, "*shape"]:
    """lambda/n w: a step of gradient descent multiplies w by 1 - eta lambda/n, which is weight decay."""
    return lambda_over_n * w


def l1(w: Float[Array, "..."], lambda_over_n: Array | float) -> Float[Array, ""]:
    """lambda/n sum |w| (Nielsen, equation 95)."""
    return lambda_over_n * jnp.abs(w).sum()


def l1_gradient(w: Float[Array, "*shape"], lambda_over_n: Array | float) -> Float[Array, "*shape"]:
    """lambda/n sign(w), 0 where w is 0: a step moves w towards 0 by eta lambda/n, whatever its size."""
    return lambda_over_n * jnp.sign(w)
