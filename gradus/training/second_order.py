"""Newton-CG and L-BFGS: few steps, each on all examples at once (theory D8).

Newton's step goes to the lowest point of the quadratic model of the cost,

    C(w + d) ~ C + g d + 1/2 d G d,     (G + mu) d = -g,

which conjugate gradients find from products G d alone (Martens 2010). mu is the damping: where the model foretells the
cost badly it is raised, and the step comes nearer to plain descent (Levenberg-Marquardt).

A pass is one time through the examples, forward and back: a gradient (with its cost) or a product G d is one, and on a
part of the examples that part of one.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array, lax

from gradus.models.inputs import scale_inputs
from gradus.training.hessian import Objective, Parts, sample_of
from gradus.training.settings import NEWTON_CG
from gradus.training.step import Hyperparameters, TrainState

__all__ = ["run_second_order_step", "second_order_method"]

PRODUCTS = 10  # of G with a vector in one step, at most
DAMPING = 1.0  # mu of the first step
# Conjugate gradients begin at so much of the last step's d: G changes little from one step to the next, so that they go
# on where they were ended early (Martens 2010, section 4.5).
DECAY = 0.95
# The curvature is that of a part of the examples, drawn anew for every step (Martens 2010; Byrd et al. 2011): the model
# needs to be good along a few directions only, while the gradient and the cost are those of all.
CURVATURE, FEWEST = 10, 100
LBFGS = optax.lbfgs()


@partial(jax.jit, static_argnums=0)
def run_second_order_step(method: Any, state: TrainState, parts: Parts, hyper: Hyperparameters) -> TrainState:
    """One step. What running averages there are (batch normalisation) take in the parts one after the other."""
    C, params, method_state = method.step(state.params, state.optimizer_state, parts, hyper.l2_over_n, hyper.key)
    chain = method.objective.chain

    def fold(running: Any, part: tuple[Array, Array]) -> tuple[Any, None]:
        number, x = part
        inputs = scale_inputs(x, method.objective.preprocessing)
        _, cache = chain.forward(params, inputs, jax.random.fold_in(hyper.key, number))
        return chain.update_state(running, cache), None

    running = state.state
    if jax.tree.leaves(running):
        running, _ = lax.scan(fold, running, (jnp.arange(len(parts.x)), parts.x))
    return TrainState(params, running, method_state, state.costs.at[0].set(C))


class NewtonState(NamedTuple):
    """mu; C and its gradient at the parameters, C infinite where they are not known; d; and the number of passes."""

    damping: Array
    cost: Array
    gradient: Any
    direction: Any
    passes: Array


@dataclass(frozen=True)
class NewtonCG:
    """Newton's method with conjugate gradients, damping, and G in place of H, which need not be positive."""

    objective: Objective

    def initial_state(self, params: Any) -> NewtonState:
        nothing = jax.tree.map(jnp.zeros_like, params)
        return NewtonState(jnp.asarray(DAMPING), jnp.asarray(jnp.inf), nothing, nothing, jnp.zeros(()))

    def step(
        self, params: Any, state: NewtonState, parts: Parts, l2_over_n: Array, key: Array
    ) -> tuple[Array, Any, NewtonState]:
        """C before the step, the parameters after it, and the state."""

        def measured(params: Any) -> tuple[Array, Any]:
            return self.objective.value_and_gradient(params, parts, l2_over_n, key)

        known = jnp.isfinite(state.cost)
        C, g = lax.cond(known, lambda: (state.cost, state.gradient), lambda: measured(params))
        d, foretold, products = self.direction(params, g, state, parts, l2_over_n, key)
        reached = added(params, d, 1.0)
        after, gradient = measured(reached)  # what the next step begins with
        ratio = (after - C) / foretold
        lower = jnp.isfinite(ratio) & (ratio > 0)
        params = jax.tree.map(lambda there, here: jnp.where(lower, there, here), reached, params)
        change = jnp.where(ratio > 0.75, 1 / 3, jnp.where(ratio > 0.25, 1.0, 3.0))
        damping = state.damping * jnp.where(lower, change, 10.0)
        # A step not taken has the next one measure C anew: by its own dropout, lest a lucky draw stay for ever.
        cost = jnp.where(lower, after, jnp.inf)
        d = jax.tree.map(lambda x: jnp.where(lower, x, 0.0), d)
        return C, params, NewtonState(damping, cost, gradient, d, state.passes + ~known + 1 + products)

    def direction(
        self, params: Any, g: Any, state: NewtonState, parts: Parts, l2_over_n: Array, key: Array
    ) -> tuple[Any, Array, Array]:
        """d with (G + mu) d ~ -g, by how much the model foretells that C falls, and the passes it took."""
        n = self.objective.n
        few = max(min(n, FEWEST), n // CURVATURE)
        sample, of_sample = sample_of(parts, n, few, key), replace(self.objective, n=few)

        def damped(v: Any) -> Any:
            return added(of_sample.gauss_newton_product(params, v, sample, l2_over_n, key), v, state.damping)

        d, r, products = conjugate_gradients(damped, scaled_by(g, -1.0), scaled_by(state.direction, DECAY))
        # r = -g - (G + mu) d, so the model at d, g d + 1/2 d (G + mu) d, needs no further product
        return d, (inner(g, d) - inner(r, d)) / 2, products * (few / n)


def conjugate_gradients(A: Any, b: Any, x: Any) -> tuple[Any, Any, Array]:
    """From x on, x with A x ~ b, the residual b - A x, and how many products with A it took (Hestenes & Stiefel 1952).

    It ends when the residual is a small part of b, the smaller b is, as exactness pays near the minimum only (Nocedal &
    Wright, chapter 7), or after PRODUCTS.
    """
    size = jnp.sqrt(inner(b, b))
    enough = jnp.minimum(0.1, jnp.sqrt(size)) * size

    def going(carry: tuple) -> Array:
        _, r, _, count = carry
        return (inner(r, r) > enough**2) & (count < PRODUCTS)

    def improve(carry: tuple) -> tuple:
        x, r, p, count = carry
        Ap = A(p)
        alpha = inner(r, r) / inner(p, Ap)
        x, after = added(x, p, alpha), added(r, Ap, -alpha)
        beta = inner(after, after) / inner(r, r)
        return x, after, added(after, p, beta), count + 1

    r = added(b, A(x), -1.0)
    x, r, _, count = lax.while_loop(going, improve, (x, r, r, jnp.ones(())))
    return x, r, count


class LBFGSState(NamedTuple):
    """optax's state, and how many passes there were."""

    memory: Any
    passes: Array


@dataclass(frozen=True)
class LBFGSMethod:
    """L-BFGS with a line search (Liu & Nocedal 1989), optax's, on our gradient."""

    objective: Objective

    def initial_state(self, params: Any) -> LBFGSState:
        return LBFGSState(LBFGS.init(params), jnp.zeros(()))

    def step(
        self, params: Any, state: LBFGSState, parts: Parts, l2_over_n: Array, key: Array
    ) -> tuple[Array, Any, LBFGSState]:
        """C before the step, the parameters after it, and the state."""

        @jax.custom_vjp
        def value(params: Any) -> Array:
            return self.objective.value(params, parts, l2_over_n, key)

        def forward(params: Any) -> tuple[Array, Any]:
            return self.objective.value_and_gradient(params, parts, l2_over_n, key)

        value.defvjp(forward, lambda gradient, dC: (scaled_by(gradient, dC),))
        # The line search ended where this step begins, and knows the cost and gradient there; but for the first.
        C, g = optax.value_and_grad_from_state(value)(params, state=state.memory)
        updates, memory = LBFGS.update(g, state.memory, params, value=C, grad=g, value_fn=value)
        searched = optax.tree_utils.tree_get(memory, "num_linesearch_steps")
        first = (state.passes == 0).astype(float)
        passes = state.passes + first + searched
        return C, optax.apply_updates(params, updates), LBFGSState(memory, passes)


def inner(a: Any, b: Any) -> Array:
    """<a, b>, summed over all arrays of two trees."""
    return sum((jnp.vdot(x, y) for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)), jnp.zeros(()))


def added(a: Any, b: Any, factor: Array | float) -> Any:
    """a + factor b, of two trees."""
    return jax.tree.map(lambda x, y: x + factor * y, a, b)


def scaled_by(a: Any, factor: Array | float) -> Any:
    return jax.tree.map(lambda x: factor * x, a)


def second_order_method(name: str, objective: Objective) -> "NewtonCG | LBFGSMethod":
    """The method of that name, one of SECOND_ORDER."""
    return NewtonCG(objective) if name == NEWTON_CG else LBFGSMethod(objective)
