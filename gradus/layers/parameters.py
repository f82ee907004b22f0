"""Parameters of any layer, wherever they are in a tree of them."""

from collections.abc import Callable
from typing import Any

import jax
from jax import Array
from jax.tree_util import keystr

__all__ = ["byte_count", "count", "count_weights", "is_weight", "map_weights", "scale_learning_rates"]


def count(params: Any) -> int:
    """The number of parameters in a tree of arrays."""
    return sum(leaf.size for leaf in jax.tree.leaves(params))


def byte_count(tree: Any) -> int:
    """The bytes of a tree of arrays, or of their shapes (jax.ShapeDtypeStruct)."""
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))


def count_weights(params: Any) -> int:
    """The number of weights among them."""
    return sum(leaf.size for path, leaf in jax.tree.leaves_with_path(params) if is_weight(path))


def is_weight(path: tuple[Any, ...]) -> bool:
    """True if a parameter, by its path in a tree of parameters, is a weight: its name begins with w.

    Penalties act on weights and leave biases alone (theory D1).
    """
    return keystr(path[-1:], simple=True).startswith("w")


def map_weights(change: Callable[[Array, Array], Array], gradients: Any, params: Any) -> Any:
    """change(gradient, w) in place of the gradient of every weight; those of biases stay (theory D1)."""

    def of_parameter(path: tuple[Any, ...], gradient: Array, parameter: Array) -> Array:
        return change(gradient, parameter) if is_weight(path) else gradient

    return jax.tree.map_with_path(of_parameter, gradients, params)


def scale_learning_rates(updates: Any) -> Any:
    """The steps of an optimizer, times the factors of eta that a layer's parameters declare (theory D5).

    Parameters declare them by a property `learning_rate_factors`: a mapping of their names to numbers. Those of most
    layers have none, and keep their steps.
    """

    def scaled(node: Any) -> Any:
        if not declares_factors(node):
            return node
        return node._replace(
            **{name: factor * getattr(node, name) for name, factor in node.learning_rate_factors.items()}
        )

    return jax.tree.map(scaled, updates, is_leaf=declares_factors)


def declares_factors(node: Any) -> bool:
    """True for parameters of a layer that have factors of eta."""
    return hasattr(node, "learning_rate_factors")
