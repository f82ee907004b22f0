"""The referee: is `backward` the exact transpose of `forward`?

Two independent answers are asked for: automatic differentiation of `forward`, and finite differences of its
values. Parameters, inputs, outputs and their cotangents may be any pytrees of arrays.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import settings
from jax import lax
from jax.tree_util import keystr, tree_leaves_with_path

from gradus.layers import Layer, Shape

# The same examples on every machine; compiling the first of a shape takes longer than Hypothesis's deadline.
drawn = settings(max_examples=15, deadline=None, derandomize=True, database=None)
few = settings(drawn, max_examples=3)

OFFSETS = (-2, -1, 1, 2)  # of finite differences, in steps
STEP = 1e-3  # of finite differences; with the four-point formula its error is of the order STEP^4 = 1e-12


def slope(f: Callable[[float], Any], h: float = STEP) -> Any:
    """df/dh at 0 by central differences of the fourth order."""
    return four_point_slope([f(offset * h) for offset in OFFSETS], h)


def four_point_slope(values: Sequence[Any], h: float = STEP) -> Any:
    """df/dh at 0 from the values of f at OFFSETS * h."""
    f_minus2, f_minus1, f_plus1, f_plus2 = values
    return (8 * (f_plus1 - f_minus1) - (f_plus2 - f_minus2)) / (12 * h)


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

    Methods of the same object are compiled once for each shape of params and x; a lambda is compiled every time.
    """
    assert jnp.zeros(()).dtype == jnp.float64, "the referee needs the float64 fixture"
    rng = np.random.default_rng(seed)
    dy = random_like(jax.eval_shape(forward, params, x)[0], rng)
    (dx, gradients), (automatic_dx, automatic_gradients) = both_answers(forward, backward, params, x, dy)
    assert jax.tree.structure(gradients) == jax.tree.structure(params), "gradients are not shaped like params"
    ours = leaves({"dx": dx, "gradients": gradients})
    compare(ours, leaves({"dx": automatic_dx, "gradients": automatic_gradients}))
    if finite_differences:
        compare_slopes(ours, forward, {"dx": x, "gradients": params}, dy, rng)


@partial(jax.jit, static_argnums=(0, 1))
def both_answers(forward: Callable, backward: Callable, params: Any, x: Any, dy: Any) -> tuple[Any, Any]:
    """(dx, gradients) by backward and by automatic differentiation."""
    gradients, dx = jax.vjp(lambda params, x: forward(params, x)[0], params, x)[1](dy)
    return backward(params, forward(params, x)[1], dy), (dx, gradients)


def compare(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Equal in path, shape, dtype and value, wherever `expected` has a cotangent at all."""
    for path, cotangent in expected.items():
        if cotangent.dtype == jax.dtypes.float0:  # of integers
            continue
        assert path in found, f"{path} is missing"
        assert found[path].shape == cotangent.shape, f"{path} is {found[path].shape}"
        assert found[path].dtype == cotangent.dtype, f"{path} is {found[path].dtype}"
        np.testing.assert_allclose(found[path], cotangent, rtol=1e-9, atol=1e-12, err_msg=path)


def compare_slopes(found: dict[str, Any], forward: Callable, at: Any, dy: Any, rng: np.random.Generator) -> None:
    """Moving one array of `at` in a random direction must change <dy, y> as that array's cotangent says."""
    arrays = jax.tree.leaves(at)
    directions = [rng.uniform(-1, 1, a.shape) if is_float(a) else np.zeros(a.shape, a.dtype) for a in arrays]
    steps = STEP * np.kron(np.eye(len(arrays)), np.array(OFFSETS)[:, None])  # four for each array, the others at 0
    values = np.asarray(inner_products(forward, at, directions, dy, steps)).reshape(len(arrays), len(OFFSETS))
    for number, path in enumerate(leaves(at)):
        if is_float(arrays[number]):
            cotangent, direction = np.asarray(found[path]), directions[number]
            atol = 1e-6 * np.linalg.norm(cotangent) * np.linalg.norm(direction) + 1e-9
            rise = np.sum(cotangent * direction)
            np.testing.assert_allclose(rise, four_point_slope(values[number]), rtol=0, atol=atol, err_msg=path)


@partial(jax.jit, static_argnums=0)
def inner_products(forward: Callable, at: Any, directions: list[Any], dy: Any, steps: Any) -> jax.Array:
    """<dy, y> where the arrays of `at` are moved along their directions; steps: (moves, arrays)."""
    arrays, tree = jax.tree.flatten(at)

    def moved(step: jax.Array) -> jax.Array:
        pairs = zip(arrays, directions, step, strict=True)
        there = tree.unflatten([a + h * d if is_float(a) else a for (a, d, h) in pairs])
        return inner(dy, forward(there["gradients"], there["dx"])[0])

    return lax.map(moved, steps)


def leaves(tree: Any) -> dict[str, Any]:
    return {keystr(path, simple=True, separator="."): leaf for path, leaf in tree_leaves_with_path(tree)}


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


def initial_shapes(layer: Layer, in_shape: Shape) -> tuple[Any, Shape]:
    """The shapes of the layer's parameters, and that of one output, without drawing any."""
    out_shape: Shape = ()

    def init(key: jax.Array) -> Any:
        nonlocal out_shape
        params, _, out_shape = layer.init(key, in_shape)
        return params

    return jax.eval_shape(init, jax.random.key(0)), out_shape


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> jax.Array:
    return jnp.array(rng.standard_normal(shape))


def apart(rng: np.random.Generator, shape: tuple[int, ...], gap: float = 0.05) -> jax.Array:
    """Numbers of either sign, no two nearer than gap and none nearer than gap/2 to 0: no kink, no tie."""
    size = int(np.prod(shape))
    return jnp.array(gap * (rng.permutation(size) - size // 2 + 0.5).reshape(shape))
