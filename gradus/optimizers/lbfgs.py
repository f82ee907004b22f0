"""L-BFGS with a line search: optax's, on our gradient (theory D8; Liu & Nocedal 1989)."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array

from gradus.optimizers.hessian import Parts
from gradus.optimizers.second_order import SECOND_ORDER, SecondOrderMethod

__all__ = ["LBFGS"]

OPTAX_LBFGS = optax.lbfgs()


class LBFGSState(NamedTuple):
    """memory: optax's state."""

    memory: Any
    passes: Array


@SECOND_ORDER.register("lbfgs")
@dataclass(frozen=True)
class LBFGS(SecondOrderMethod):
    """A quasi-Newton method: the curvature is estimated from the last gradients."""

    def initial_state(self, params: Any) -> LBFGSState:
        return LBFGSState(OPTAX_LBFGS.init(params), jnp.zeros(()))

    def step(
        self, params: Any, state: LBFGSState, parts: Parts, l2_over_n: Array, key: Array
    ) -> tuple[Array, Any, LBFGSState]:
        @jax.custom_vjp
        def value(params: Any) -> Array:
            return self.objective.value(params, parts, l2_over_n, key)

        def forward(params: Any) -> tuple[Array, Any]:
            return self.objective.value_and_gradient(params, parts, l2_over_n, key)

        value.defvjp(forward, lambda gradient, dC: (optax.tree.scale(dC, gradient),))
        # After the first step, the line search ended where this step starts: it knows the cost and gradient there.
        C, g = optax.value_and_grad_from_state(value)(params, state=state.memory)
        updates, memory = OPTAX_LBFGS.update(g, state.memory, params, value=C, grad=g, value_fn=value)
        evaluations = optax.tree_utils.tree_get(memory, "num_linesearch_steps")
        is_first = (state.passes == 0).astype(float)
        passes = state.passes + is_first + evaluations
        return C, optax.apply_updates(params, updates), LBFGSState(memory, passes)
