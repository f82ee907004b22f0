"""The referee sees what is wrong, and takes what layers may be made of."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from referee import assert_gradients_agree, normal

from gradus.layers import Dense, DenseParams

pytestmark = pytest.mark.usefixtures("float64")


def wrong_backward(change: Callable[[Any, DenseParams], tuple[Any, Any]]) -> Callable:
    return lambda params, cache, dy: change(*Dense(3).backward(params, cache, dy))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda dx, g: (dx * 1.00001, g), "dx"),
        (lambda dx, g: (dx, g._replace(w=-g.w)), r"gradients\.w"),
        (lambda dx, g: (dx, g._replace(b=g.b / 4)), r"gradients\.b"),
        (lambda dx, g: (dx.astype(jnp.float32), g), "dx is float32"),
        (lambda dx, g: (dx[:1], g), r"dx is \(1, 2\)"),
        (lambda dx, g: (dx, (g.w, g.b)), "gradients are not shaped like params"),
        (lambda dx, g: (None, g), "dx is missing"),
    ],
)
def test_the_referee_sees_a_wrong_backward(change: Callable, message: str) -> None:
    rng = np.random.default_rng(0)
    params = DenseParams(normal(rng, (3, 2)), normal(rng, (3,)))
    with pytest.raises(AssertionError, match=message):
        assert_gradients_agree(Dense(3).forward, wrong_backward(change), params, normal(rng, (4, 2)))


def test_the_referee_asks_finite_differences_too() -> None:
    """Where automatic differentiation is deceived (a stop_gradient in forward), they still see it."""

    def forward(params: tuple, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        return x * jax.lax.stop_gradient(x), x

    x = normal(np.random.default_rng(0), (2, 3))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_gradients_agree(forward, lambda params, cache, dy: (dy * cache, ()), (), x)


def test_the_referee_takes_trees_and_integers() -> None:
    """Rows of a table, added to a sequence that comes with a state: of the indices there is no cotangent."""

    def forward(params: dict, x: dict) -> tuple[tuple, Any]:
        rows = params["table"][x["index"]]
        return (rows + x["state"], rows * x["state"]), (x["index"], rows, x["state"])

    def backward(params: dict, cache: Any, dy: tuple) -> tuple[dict, dict]:
        (index, rows, state), (d_sum, d_product) = cache, dy
        d_rows = d_sum + d_product * state
        return {"state": d_sum + d_product * rows}, {"table": jnp.zeros_like(params["table"]).at[index].add(d_rows)}

    rng = np.random.default_rng(0)
    x = {"index": jnp.array([1, 0, 1]), "state": normal(rng, (3, 2))}
    assert_gradients_agree(forward, backward, {"table": normal(rng, (4, 2))}, x)
