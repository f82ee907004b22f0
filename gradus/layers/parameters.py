"""What can be said of any layer's parameters, wherever they are in a tree of them."""

from typing import Any

import jax
from jax.tree_util import keystr

__all__ = ["count", "is_weight"]


def count(params: Any) -> int:
    """The number of numbers in a tree of arrays."""
    return sum(leaf.size for leaf in jax.tree.leaves(params))


def is_weight(path: tuple) -> bool:
    """True if a parameter, by its path in a tree of parameters, is a weight: its name begins with w.

    Penalties act on weights and leave biases alone (theory D1).
    """
    return keystr(path[-1:], simple=True).startswith("w")
