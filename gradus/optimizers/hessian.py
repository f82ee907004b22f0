"""The Hessian technique (theory D8; Nielsen, chapter 3): H v, for any vector v, without the matrix H.

    H v = d/dr grad C(w + r v) at r = 0                    (Pearlmutter 1994)
    G v = J^T H_L J v,  J = dz^L/dw,  H_L = d2C/dz^L dz^L   (Gauss-Newton; Schraudolph 2002)

The first is the forward-mode derivative of our own backward pass. G leaves out the curvature of the network itself, so
v^T G v is never negative where the cost is convex in z^L, as cross-entropy and log-likelihood are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.flatten_util import ravel_pytree

from gradus.data import Dataset, Examples, Preprocessing
from gradus.equations import Cost, l2, l2_gradient
from gradus.errors import SettingError
from gradus.layers import Chain, is_weight, map_weights
from gradus.models import MAX_BATCH, desired_outputs, scale_inputs
from gradus.network import Network, backprop

__all__ = ["Objective", "Parts", "draw_sample", "largest_eigenvalues", "split_into_parts"]


class Parts(NamedTuple):
    """Examples in parts of equal size, so that the activations of one fit into memory.

    x, y: (parts, size, ...), raw inputs and labels.
    s: (parts, size), weights of the examples, with sum n; the last part is padded with examples of weight 0.
    """

    x: Array
    y: Array
    s: Array


def split_into_parts(examples: Examples, weights: np.ndarray | None = None) -> Parts:
    """The examples in the smallest number of equal parts of at most MAX_BATCH."""
    n = len(examples.x)
    count = -(-n // MAX_BATCH)
    size = -(-n // count)
    rows = np.arange(count * size) % n
    s = np.where(np.arange(count * size) < n, 1.0 if weights is None else weights[rows], 0.0)
    x, y, s = (part.reshape(count, size, *part.shape[1:]) for part in (examples.x[rows], examples.y[rows], s))
    return Parts(jnp.asarray(x), jnp.asarray(y), jnp.asarray(s, float))


def draw_sample(parts: Parts, n: int, size: int, key: Array) -> Parts:
    """A random sample of the n examples, in parts again."""
    count = -(-size // MAX_BATCH)
    rows = jax.random.permutation(key, n)[: count * (size // count)]

    def take(array: Array) -> Array:
        examples = array.reshape(-1, *array.shape[2:])[rows]
        return examples.reshape(count, -1, *array.shape[2:])

    return Parts(*map(take, parts))


@dataclass(frozen=True)
class Objective:
    """C + lambda/(2n) sum w^2 over all examples, its gradient, and products with its curvature.

    Vectors are trees like the parameters. With the same key, layers draw the same numbers, so it is the same function.

    Args:
        n: examples in all parts.
    """

    chain: Chain
    cost: Cost
    preprocessing: Preprocessing
    outputs: int
    n: int

    def value(self, params: Any, parts: Parts, l2_over_n: Array, key: Array) -> Array:
        """C."""

        def of_part(x: Array, y: Array, s: Array, key: Array) -> Array:
            z, _ = self.chain.forward(params, x, key)
            return self.cost(z, y, s)[0]

        return self.mean(of_part, parts, key) + self.penalty(params, l2_over_n)

    def value_and_gradient(self, params: Any, parts: Parts, l2_over_n: Array, key: Array) -> tuple[Array, Any]:
        """C and grad C, by backpropagation."""

        def of_part(x: Array, y: Array, s: Array, key: Array) -> Any:
            return backprop(self.chain, self.cost, params, x, y, key, s)[:2]

        C, gradient = self.mean(of_part, parts, key)
        return C + self.penalty(params, l2_over_n), with_l2(gradient, params, l2_over_n)

    def gradient(self, params: Any, parts: Parts, l2_over_n: Array, key: Array) -> Any:
        """grad C."""
        return self.value_and_gradient(params, parts, l2_over_n, key)[1]

    def hessian_product(self, params: Any, v: Any, parts: Parts, l2_over_n: Array, key: Array) -> Any:
        """H v."""
        return jax.jvp(lambda params: self.gradient(params, parts, l2_over_n, key), (params,), (v,))[1]

    def gauss_newton_product(self, params: Any, v: Any, parts: Parts, l2_over_n: Array, key: Array) -> Any:
        """G v, and lambda/n v for the weights."""

        def of_part(x: Array, y: Array, s: Array, key: Array) -> Any:
            z, dz, cache = jax.jvp(lambda params: self.chain.forward(params, x, key), (params,), (v,), has_aux=True)
            _, ddelta = jax.jvp(lambda z: self.cost(z, y, s)[1], (z,), (dz,))  # H_L J v
            return self.chain.backward(params, cache, ddelta)[1]

        return with_l2(self.mean(of_part, parts, key), v, l2_over_n)

    def penalty(self, params: Any, l2_over_n: Array) -> Array:
        """lambda/(2n) sum w^2."""
        weights = [leaf for path, leaf in jax.tree.leaves_with_path(params) if is_weight(path)]
        return sum((l2(w, l2_over_n) for w in weights), jnp.zeros(()))

    def mean(self, of_part: Callable[..., Any], parts: Parts, key: Array) -> Any:
        """Average `of_part`, itself a mean over one part, over all parts."""
        count, size = parts.s.shape

        def of_raw_part(part: tuple[Array, ...]) -> Any:
            number, x, y, s = part
            part_key = jax.random.fold_in(key, number)
            return of_part(scale_inputs(x, self.preprocessing), desired_outputs(y, self.outputs), s, part_key)

        def add(total: Any, part: tuple[Array, ...]) -> tuple[Any, None]:
            return jax.tree.map(jnp.add, total, of_raw_part(part)), None

        numbered = (jnp.arange(count), *parts)
        shapes = jax.eval_shape(of_raw_part, jax.tree.map(lambda part: part[0], numbered))
        zeros = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
        total, _ = lax.scan(add, zeros, numbered)
        return jax.tree.map(lambda leaf: leaf * (size / self.n), total)


def with_l2(gradient: Any, params: Any, l2_over_n: Array) -> Any:
    """The gradient with that of the L2 penalty."""
    return map_weights(lambda gradient, w: gradient + l2_gradient(w, l2_over_n), gradient, params)


def largest_eigenvalues(network: Network, data: Dataset, count: int = 1, *, l2: float = 0.0) -> np.ndarray:
    """The eigenvalues of the Hessian of the training cost, the `count` largest in absolute value first: (count,).

    Lanczos' method (ARPACK, in SciPy) needs products H v only. The largest positive eigenvalue h bounds eta: gradient
    descent is stable along its direction while eta < 2/h.

    Raises:
        SettingError: unless count is from 1 to one less than the number of parameters.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh

    flat, tree = ravel_pytree(network.params)
    if not 1 <= count < flat.size:
        raise SettingError(f"{count} eigenvalues: expected 1 to {flat.size - 1:,}, one less than there are parameters")
    n = len(data.training.x)
    objective = Objective(network.chain, network.cost, data.preprocessing, data.outputs, n)
    parts, key = split_into_parts(data.training), jax.random.key(0)

    def product(v: np.ndarray) -> np.ndarray:
        vector = tree(jnp.asarray(v.ravel(), flat.dtype))
        return np.asarray(ravel_pytree(compiled_product(objective, network.params, vector, parts, l2 / n, key))[0])

    operator = LinearOperator((flat.size, flat.size), product, dtype=np.dtype(flat.dtype))
    start = np.random.default_rng(0).standard_normal(flat.size).astype(flat.dtype)
    found = eigsh(operator, count, which="LM", v0=start, return_eigenvectors=False)
    return found[np.argsort(-np.abs(found))]


@partial(jax.jit, static_argnums=0)
def compiled_product(objective: Objective, params: Any, v: Any, parts: Parts, l2_over_n: Array, key: Array) -> Any:
    return objective.hessian_product(params, v, parts, l2_over_n, key)
