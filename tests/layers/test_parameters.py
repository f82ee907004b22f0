"""Parameters of layers, by name: weights begin with w, whatever they are inside of."""

import jax
import jax.numpy as jnp
import pytest

from gradus.layers import DenseParams, count, is_weight, map_weights
from gradus.layers.norm import NormParams
from gradus.layers.parameters import count_weights
from gradus.recurrent import RecurrentParams

PARAMS = (
    DenseParams(w=jnp.full((2, 3), 2.0), b=jnp.full(2, 3.0)),
    (NormParams(gamma=jnp.ones(4), beta=jnp.ones(4)), ()),
    {"inside": RecurrentParams(w_x=jnp.full((5, 1), 5.0), w_h=jnp.full((5, 5), 6.0), b=jnp.full(5, 7.0))},
)


def test_weights_are_counted_by_name() -> None:
    assert count(PARAMS) == 6 + 2 + 8 + 5 + 25 + 5
    assert count_weights(PARAMS) == 6 + 5 + 25
    assert [is_weight(path) for path, _ in jax.tree.leaves_with_path(PARAMS)] == [
        True, False, False, False, True, True, False,
    ]  # fmt: skip


def test_gradients_of_weights_alone_are_changed() -> None:
    gradients = jax.tree.map(jnp.ones_like, PARAMS)
    changed = map_weights(lambda gradient, w: gradient + 10 * w, gradients, PARAMS)
    assert [float(leaf.ravel()[0]) for leaf in jax.tree.leaves(changed)] == pytest.approx([21, 1, 1, 1, 51, 61, 1])
