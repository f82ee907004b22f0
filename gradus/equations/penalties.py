"""Penalties on the weights that are added to the cost (theory D1; Nielsen, chapter 3)."""

from jax import Array

__all__ = ["l2", "l2_gradient"]


def l2(w: Array, lambda_over_n: Array | float) -> Array:
    """lambda/(2n) sum w^2 (Nielsen, equation 87)."""
    return lambda_over_n / 2 * (w**2).sum()


def l2_gradient(w: Array, lambda_over_n: Array | float) -> Array:
    """lambda/n w: a step of descent then multiplies w by (1 - eta lambda/n), which is weight decay."""
    return lambda_over_n * w
