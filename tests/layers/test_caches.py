"""The caches of layers: they hold no more than the way back needs."""

import jax
import jax.numpy as jnp
import pytest

from gradus.layers import Flatten, GlobalAveragePool, Layer, Pool
from gradus.recurrent import RNN, Bidirectional

IMAGES, SEQUENCES = (4, 4, 2), (4, 2)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Flatten(), IMAGES),
        (Pool(2, pooling="average"), IMAGES),
        (GlobalAveragePool(), IMAGES),
        (Bidirectional(RNN(2)), SEQUENCES),
    ],
    ids=lambda value: str(value),
)
def test_an_array_that_carries_a_shape_holds_no_examples(layer: Layer, shape: tuple[int, ...]) -> None:
    params, _, _ = layer.init(jax.random.key(0), shape)
    _, cache = layer.forward(params, jnp.ones((3, *shape)))
    assert any(array.size == 0 for array in jax.tree.leaves(cache))
