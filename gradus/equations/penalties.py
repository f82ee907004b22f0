"""Penalties on the weights that are added to the cost (theory D1; Nielsen, chapter 3)."""

import jax.numpy as jnp
from jax import Array

__all__ = ["l1", "l1_gradient", "l2", "l2_gradient"]


def l2(w: Array, lambda_over_n: Array | float) -> Array:
    """lambda/(2n) sum w^2 (Nielsen, equation 87)."""
    return lambda_over_n / 2 * (w**2).sum()


def l2_gradient(w: Array, lambda_over_n: Array | float) -> Array:
    """lambda/n w: a step of descent then multiplies w by (1 - eta lambda/n), which is weight decay."""
    return lambda_over_n * w


def l1(w: Array, lambda_over_n: Array | float) -> Array:
    """lambda/n sum |w| (Nielsen, equation 95)."""
    return lambda_over_n * jnp.abs(w).sum()


def l1_gradient(w: Array, lambda_over_n: Array | float) -> Array:
    """lambda/n sign(w), and 0 where w is 0: a step moves w towards 0 by eta lambda/n, however large it is."""
    return lambda_over_n * jnp.sign(w)
