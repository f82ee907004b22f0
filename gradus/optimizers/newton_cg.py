"""Newton-CG: few steps, each to the minimum of a quadratic model of the cost (theory D8).

    C(w + d) ~ C + g d + 1/2 d G d,     (G + mu) d = -g

Conjugate gradients find d from products G d alone (Martens 2010). mu is the damping: where the model predicts the cost
badly it is raised, and the step comes closer to gradient descent (Levenberg-Marquardt).
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array, lax

from gradus.optimizers.hessian import Parts, draw_sample
from gradus.optimizers.second_order import SECOND_ORDER, SecondOrderMethod

__all__ = ["MAX_PRODUCTS", "NewtonCG", "conjugate_gradients"]

MAX_PRODUCTS = 10  # of G with a vector in one step
INITIAL_DAMPING = 1.0
# Conjugate gradients start from this share of the last step's d: G changes little from step to step, so they resume
# where they were ended early (Martens 2010, section 4.5).
WARM_START = 0.95
# The curvature is that of a sample, drawn anew for every step (Martens 2010; Byrd et al. 2011): the model needs to be
# good along a few directions only, while the gradient and the cost are those of all examples.
SAMPLE_SHARE, MIN_SAMPLE = 1 / 10, 100


class NewtonState(NamedTuple):
    """damping: mu.  cost, gradient: at the parameters; cost is infinite where they are unknown.  direction: d."""

    damping: Array
    cost: Array
    gradient: Any
    direction: Any
    passes: Array


@SECOND_ORDER.register("newton-cg")
@dataclass(frozen=True)
class NewtonCG(SecondOrderMethod):
    """Newton's method with conjugate gradients, damping, and G in place of H, which may have negative curvature."""

    def initial_state(self, params: Any) -> NewtonState:
        zeros = optax.tree.zeros_like(params)
        return NewtonState(jnp.asarray(INITIAL_DAMPING), jnp.asarray(jnp.inf), zeros, zeros, jnp.zeros(()))

    def step(
        self, params: Any, state: NewtonState, parts: Parts, l2_over_n: Array, key: Array
    ) -> tuple[Array, Any, NewtonState]:
        def value_and_gradient(params: Any) -> tuple[Array, Any]:
            return self.objective.value_and_gradient(params, parts, l2_over_n, key)

        is_known = jnp.isfinite(state.cost)
        C, g = lax.cond(is_known, lambda: (state.cost, state.gradient), lambda: value_and_gradient(params))
        d, predicted_change, products = self.direction(params, g, state, parts, l2_over_n, key)
        candidate = optax.tree.add_scale(params, 1.0, d)
        new_C, gradient = value_and_gradient(candidate)  # the next step starts with these
        ratio = (new_C - C) / predicted_change
        is_accepted = new_C < C  # where G has negative curvature, a predicted rise may come true
        params = jax.tree.map(lambda new, old: jnp.where(is_accepted, new, old), candidate, params)
        factor = jnp.where(ratio > 0.75, 1 / 3, jnp.where(ratio > 0.25, 1.0, 3.0))
        damping = state.damping * jnp.where(is_accepted, factor, 10.0)
        # After a rejected step, re-evaluate C with a fresh dropout mask.
        cost = jnp.where(is_accepted, new_C, jnp.inf)
        d = jax.tree.map(lambda x: jnp.where(is_accepted, x, 0.0), d)
        return C, params, NewtonState(damping, cost, gradient, d, state.passes + ~is_known + 1 + products)

    def direction(
        self, params: Any, g: Any, state: NewtonState, parts: Parts, l2_over_n: Array, key: Array
    ) -> tuple[Any, Array, Array]:
        """d with (G + mu) d ~ -g, the change of C that the model predicts, and the passes it took."""
        n = self.objective.n
        size = max(min(n, MIN_SAMPLE), int(n * SAMPLE_SHARE))
        sample, of_sample = draw_sample(parts, n, size, key), replace(self.objective, n=size)

        def damped_product(v: Any) -> Any:
            product = of_sample.gauss_newton_product(params, v, sample, l2_over_n, key)
            return optax.tree.add_scale(product, state.damping, v)

        start = optax.tree.scale(WARM_START, state.direction)
        d, r, products = conjugate_gradients(damped_product, optax.tree.scale(-1.0, g), start)
        # r = -g - (G + mu) d, so the model at d, g d + 1/2 d (G + mu) d, needs no further product
        predicted_change = (optax.tree.vdot(g, d) - optax.tree.vdot(r, d)) / 2
        return d, predicted_change, products * (size / n)


def conjugate_gradients(A: Any, b: Any, x: Any) -> tuple[Any, Any, Array]:
    """Solve A x = b approximately, starting from x (Hestenes & Stiefel 1952).

    It stops when the residual is a small share of b, smaller for small b, as precision pays only close to the minimum
    (Nocedal & Wright, chapter 7); or after MAX_PRODUCTS.

    Args:
        A: gives A v for a tree v.

    Returns:
        x, the residual b - A x, and the number of products with A.
    """
    vdot, add_scale = optax.tree.vdot, optax.tree.add_scale
    norm = jnp.sqrt(vdot(b, b))
    tolerance = jnp.minimum(0.1, jnp.sqrt(norm)) * norm

    def should_continue(carry: tuple[Any, ...]) -> Array:
        _, r, _, products = carry
        return (vdot(r, r) > tolerance**2) & (products < MAX_PRODUCTS)

    def iterate(carry: tuple[Any, ...]) -> tuple[Any, ...]:
        x, r, p, products = carry
        Ap = A(p)
        alpha = vdot(r, r) / vdot(p, Ap)
        x, new_r = add_scale(x, alpha, p), add_scale(r, -alpha, Ap)
        beta = vdot(new_r, new_r) / vdot(r, r)
        return x, new_r, add_scale(new_r, beta, p), products + 1

    r = add_scale(b, -1.0, A(x))
    x, r, _, products = lax.while_loop(should_continue, iterate, (x, r, r, jnp.ones(())))
    return x, r, products
