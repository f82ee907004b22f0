"""The contract of methods that take a few steps, each on all examples (theory D8).

A pass is one time through the examples, forward and backward: a gradient (with its cost) or a product of the curvature
with a vector is one; on a tenth of the examples, a tenth of one.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from jax import Array

from gradus.optimizers.hessian import Objective, Parts
from gradus.registry import Registry

__all__ = ["SECOND_ORDER", "SecondOrderMethod"]


class StateWithPasses(Protocol):
    """A pytree of a method's state, with the passes so far."""

    @property
    def passes(self) -> Array: ...


@dataclass(frozen=True)
class SecondOrderMethod:
    """A method that minimises an objective."""

    objective: Objective

    def initial_state(self, params: Any) -> StateWithPasses:
        """The state before the first step."""
        raise NotImplementedError

    def step(self, params: Any, state: Any, parts: Parts, l2_over_n: Array, key: Array) -> tuple[Array, Any, Any]:
        """C before the step, the parameters after it, and the state.

        Args:
            parts: all examples.
            key: for layers that draw random numbers; with the same key, C is the same function.
        """
        raise NotImplementedError


SECOND_ORDER: Registry[type[SecondOrderMethod]] = Registry("second-order method")
