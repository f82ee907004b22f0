"""The product that gives the gradient of weights, in the order that XLA is fast at."""

from jax import Array, lax

__all__ = ["weight_gradient"]


def weight_gradient(delta: Array, a: Array) -> Array:
    """BP4: dw_jk = the sum of delta_j a_k over all axes but the last, (outputs, inputs).

    XLA is slow where a product sums over the first axis of both factors, so the smaller one is turned in memory
    first; the barriers keep it from being turned back.
    """
    delta, a = delta.reshape(-1, delta.shape[-1]), a.reshape(-1, a.shape[-1])
    if delta.shape[1] <= a.shape[1]:
        return lax.optimization_barrier(delta.T) @ a
    return lax.optimization_barrier(lax.optimization_barrier(a.T) @ delta).T
