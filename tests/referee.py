"""The referee: is `backward` the exact transpose of `forward`?

Two independent answers are asked for: automatic differentiation of `forward`, and finite differences of its
values. Parameters, inputs, outputs and their cotangents may be any pytrees of arrays.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import settings
from jax.tree_util import keystr, tree_leaves_with_path

# The same examples on every machine; compiling the first of a shape takes longer than Hypothesis's deadline.
drawn = settings(max_examples=20, deadline=None, derandomize=True, database=None)
few = settings(drawn, max_examples=5)

STEP = 1e-3  # of finite differences; with the four-point formula its error is of the order STEP^4 = 1e-12


def slope(f: Callable[[float], Any], h: float = STEP) -> Any:
    """df/dh at 0 by central differences of the fourth order."""
    return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)


def assert_gradients_agree(
    forward: Callable[[Any, Any], tuple[Any, Any]],
    backward: Callable[[Any, Any, Any], tuple[Any, Any]],
    params: Any,
    x: Any,
    *,
    seed: int = 0,
    finite_differences: bool = True,
) -> None:
    """Raise AssertionError where backward(params, cache, dy) -> (dx, gradients) is not forward's transpose.

    forward(params, x) -> (y, cache) is called in float64; a layer that draws random numbers is given its
    key by the caller: `lambda params, x: layer.forward(params, x, key)`. Of integers in x no cotangent is
    compared. x must lie at least 3 * STEP away from kinks, unless finite_differences is False.
    """
    rng = np.random.default_rng(seed)
    y, cache = forward(params, x)
    dy = random_like(y, rng)
    dx, gradients = backward(params, cache, dy)
    expected_gradients, expected_dx = automatic(forward, params, x, dy)
    assert jax.tree.structure(gradients) == jax.tree.structure(params), "gradients are not shaped like params"
    compare("gradients", gradients, expected_gradients)
    compare("dx", dx, expected_dx)
    if finite_differences:
        assert_slopes_agree("gradients", lambda p: forward(p, x)[0], params, gradients, dy, rng)
        assert_slopes_agree("dx", lambda x: forward(params, x)[0], x, dx, dy, rng)


def automatic(forward: Callable, params: Any, x: Any, dy: Any) -> tuple[Any, Any]:
    """The cotangents of params and x as jax.vjp has them."""

    @jax.jit
    def pull_back(params: Any, x: Any, dy: Any) -> tuple[Any, Any]:
        return jax.vjp(lambda params, x: forward(params, x)[0], params, x)[1](dy)

    return pull_back(params, x, dy)


def compare(name: str, found: Any, expected: Any) -> None:
    """Equal in tree, shape, dtype and value, wherever `expected` has a cotangent at all."""
    found_at = leaves(found)
    for path, cotangent in leaves(expected).items():
        if cotangent.dtype == jax.dtypes.float0:  # of integers
            continue
        where = f"{name}{path}"
        assert path in found_at, f"{where} is missing"
        assert found_at[path].shape == cotangent.shape, f"{where} is {found_at[path].shape}"
        assert found_at[path].dtype == cotangent.dtype, f"{where} is {found_at[path].dtype}"
        np.testing.assert_allclose(found_at[path], cotangent, rtol=1e-9, atol=1e-12, err_msg=where)


def assert_slopes_agree(name: str, f: Callable, at: Any, cotangents: Any, dy: Any, rng: Any) -> None:
    """Along a random direction in each array of `at`, <dy, f> rises as its cotangent says."""

    @jax.jit
    def rise(at: Any, direction: Any, h: float) -> jax.Array:
        moved = jax.tree.map(lambda a, d: a + h * d if is_float(a) else a, at, direction)
        return inner(dy, f(moved))

    found_at = leaves(cotangents)
    for path, leaf in leaves(at).items():
        if not is_float(leaf):
            continue
        direction = rng.standard_normal(leaf.shape)
        direction /= max(1, np.abs(direction).max())
        elsewhere = jax.tree_util.tree_map_with_path(
            lambda p, a, path=path, direction=direction: direction if keystr(p) == path else jnp.zeros_like(a),
            at,
        )
        expected = slope(lambda h, direction=elsewhere: rise(at, direction, h))
        found = np.sum(np.asarray(found_at[path]) * direction)
        scale = np.linalg.norm(found_at[path]) * np.linalg.norm(direction)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * scale + 1e-9, err_msg=f"{name}{path}")


def leaves(tree: Any) -> dict[str, Any]:
    return {keystr(path): leaf for path, leaf in tree_leaves_with_path(tree)}


def is_float(array: Any) -> bool:
    return jnp.issubdtype(array.dtype, jnp.floating)


def inner(dy: Any, y: Any) -> jax.Array:
    """<dy, y>, summed over all arrays of the tree that are not integers."""
    pairs = zip(jax.tree.leaves(dy), jax.tree.leaves(y), strict=True)
    return sum((jnp.sum(d * a) for d, a in pairs if is_float(a)), jnp.zeros(()))


def random_like(tree: Any, rng: np.random.Generator) -> Any:
    """A random cotangent of every array; float0 zeros, as JAX wants them, of integers."""

    def one(a: Any) -> Any:
        if not is_float(a):
            return np.zeros(a.shape, jax.dtypes.float0)
        return jnp.array(rng.standard_normal(a.shape), dtype=a.dtype)

    return jax.tree.map(one, tree)


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> jax.Array:
    return jnp.array(rng.standard_normal(shape))


def apart(rng: np.random.Generator, shape: tuple[int, ...], gap: float = 0.05) -> jax.Array:
    """Numbers of either sign, no two nearer than gap and none nearer than gap/2 to 0: no kink, no tie."""
    size = int(np.prod(shape))
    return jnp.array(gap * (rng.permutation(size) - size // 2 + 0.5).reshape(shape))
