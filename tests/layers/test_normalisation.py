"""Normalisation and residual connections: running averages, a batch of one, and what passes through."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from referee import assert_gradients_agree, normal

from gradus.errors import SettingError
from gradus.layers import Activation, BatchNorm, Chain, Conv, Dense, Dropout, LayerNorm, Pool, Residual
from gradus.recurrent import LSTM

pytestmark = pytest.mark.usefixtures("float64")


@pytest.mark.parametrize("shape", [(50, 3), (8, 5, 4, 3), (6, 7, 3)])
def test_batch_norm_normalises_over_all_but_the_last_axis(shape: tuple) -> None:
    x = 3 + 2 * normal(np.random.default_rng(0), shape)
    params, _, _ = BatchNorm(epsilon=1e-12).init(jax.random.key(0), shape[1:])
    y, _ = BatchNorm(epsilon=1e-12).forward(params, x)
    flat = np.asarray(y).reshape(-1, 3)
    np.testing.assert_allclose(flat.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(flat.var(axis=0), 1, rtol=1e-9)


def test_running_averages_against_numpy() -> None:
    layer, rng = BatchNorm(momentum=0.8), np.random.default_rng(0)
    params, state, _ = layer.init(jax.random.key(0), (4, 4, 3))
    mean, variance = np.zeros(3), np.ones(3)
    for _ in range(5):
        x = rng.normal(2, 3, (6, 4, 4, 3))
        state = layer.update_state(state, layer.forward(params, jnp.array(x))[1])
        mean = 0.8 * mean + 0.2 * x.reshape(-1, 3).mean(axis=0)
        variance = 0.8 * variance + 0.2 * x.reshape(-1, 3).var(axis=0, ddof=1)
    np.testing.assert_allclose(state.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(state.variance, variance, rtol=1e-12)
    x = rng.normal(2, 3, (1, 4, 4, 3))
    expected = (x - mean) / np.sqrt(variance + 1e-5)
    np.testing.assert_allclose(layer.infer(params, state, jnp.array(x)), expected, rtol=1e-11)


def test_a_batch_of_one_learns_nothing_and_does_not_blow_up() -> None:
    layer, x = BatchNorm(), jnp.array([[1.0, -200, 3e4]])
    params, state, _ = layer.init(jax.random.key(0), (3,))
    y, cache = layer.forward(params, x)
    np.testing.assert_array_equal(y, jnp.zeros((1, 3)))
    dx, gradients = layer.backward(params, cache, jnp.ones((1, 3)))
    np.testing.assert_array_equal(dx, jnp.zeros((1, 3)))
    np.testing.assert_array_equal(gradients.beta, jnp.ones(3))
    state = layer.update_state(state, cache)
    np.testing.assert_allclose(state.mean, 0.1 * x[0], rtol=1e-12)
    np.testing.assert_allclose(state.variance, 0.9, rtol=1e-12)


def test_layer_norm_of_one_example_does_not_depend_on_the_others() -> None:
    x, layer = normal(np.random.default_rng(0), (4, 5, 6)), LayerNorm()
    params, _, _ = layer.init(jax.random.key(0), (5, 6))
    np.testing.assert_allclose(layer.forward(params, x)[0][:1], layer.forward(params, x[:1])[0], rtol=1e-12)
    np.testing.assert_allclose(layer.forward(params, x)[0].mean(axis=-1), 0, atol=1e-12)


def test_a_residual_block_of_everything() -> None:
    block = Chain((Conv(3, 3, padding="same"), BatchNorm(), Activation("tanh"), Dropout(0.5), Conv(3, 1)))
    layer, x, key = Residual(block), normal(np.random.default_rng(0), (2, 4, 4, 3)), jax.random.key(0)
    params, state, shape = layer.init(key, (4, 4, 3))
    assert shape == (4, 4, 3)
    assert_gradients_agree(lambda params, x: layer.forward(params, x, key), layer.backward, params, x)
    y, cache = jax.jit(layer.forward)(params, x, key)
    np.testing.assert_allclose(y - x, jax.jit(block.forward)(params, x, key)[0], atol=1e-12)
    updated = layer.update_state(state, cache)
    jax.tree.map(np.testing.assert_array_equal, updated, block.update_state(state, cache))
    assert (updated[1].mean != 0).all()
    predicted = jax.jit(layer.infer)(params, updated, x) - x
    np.testing.assert_allclose(predicted, jax.jit(block.infer)(params, updated, x), atol=1e-12)


def test_a_residual_layer_of_nothing_doubles() -> None:
    layer, x = Residual(Chain(())), jnp.arange(3.0)[None]
    np.testing.assert_array_equal(layer.forward((), x)[0], 2 * x)
    np.testing.assert_array_equal(layer.backward((), (), x)[0], 2 * x)


def test_a_residual_layer_carries_on_what_a_sequence_left() -> None:
    layer, x = Residual(LSTM(3)), normal(np.random.default_rng(0), (2, 6, 3))
    params, state, _ = layer.init(jax.random.key(0), (6, 3))
    whole, _ = jax.jit(layer.forward)(params, x)
    first, _, carry = jax.jit(layer.forward_from)(params, x[:, :4], layer.initial_carry(params, 2))
    second, _ = jax.jit(layer.infer_from)(params, state, x[:, 4:], carry)
    np.testing.assert_allclose(jnp.concatenate([first, second], axis=1), whole, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Residual(Dense(4)).init(jax.random.key(0), (3,)),
            "turns inputs of shape (3,) into (4,), so they cannot be added; "
            'a convolution keeps the size with padding="same" and the channels with as many maps',
        ),
        (
            lambda: Residual("dense4"),
            "a residual connection around 'dense4': expected a layer or a Chain of layers",
        ),
        (lambda: LayerNorm(0), "epsilon 0: expected a number above 0"),
        (lambda: BatchNorm(epsilon="1"), "epsilon '1': expected a number above 0"),
        (lambda: BatchNorm(1), "batch norm's momentum 1: expected a number in [0, 1)"),
        (
            lambda: LayerNorm().init(jax.random.key(0), ()),
            "got single numbers, expected an axis of features to normalise",
        ),
    ],
)
def test_unusable_settings(make, message: str) -> None:
    with pytest.raises(SettingError, match=f"^{re.escape(message)}$"):
        make()


def test_names() -> None:
    block = Residual(Chain((Conv(20, 3, padding="same"), Activation("relu"))))
    assert [str(layer) for layer in (block, Residual(Pool(3, 1, padding="same")), LayerNorm(), BatchNorm())] == [
        "residual(conv20-3x3-same relu)",
        "residual(maxpool3-stride1-same)",
        "layernorm",
        "batchnorm",
    ]
