"""Recurrent layers: values, carries, truncation, masks and both directions. test_layers has what all layers keep."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax
from referee import assert_gradients_agree, drawn, few, initial_shapes, normal, random_like

from gradus.layers import Chain, Dense, Layer
from gradus.recurrent import GRU, LSTM, RNN, Bidirectional, LastStep

pytestmark = pytest.mark.usefixtures("float64")

sizes, seeds, times, batches = (
    st.integers(1, 4),
    st.integers(0, 2**16),
    st.sampled_from([0, 1, 2, 5]),
    st.integers(1, 3),
)
some = settings(drawn, max_examples=8)  # each compiles a scan and the referee's answers to it
carriers = st.sampled_from([RNN, LSTM, GRU, lambda size: GRU(size, reset_after=False)])
every_carrier = pytest.mark.parametrize(
    "layer", [RNN(3), LSTM(3), GRU(3), GRU(3, reset_after=False), Chain((LSTM(3), GRU(2), Dense(4)))], ids=str
)
close = lambda found, expected: np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)  # noqa: E731


def trees_close(found: Any, expected: Any) -> None:
    jax.tree.map(close, found, expected)


def random_params(layer: Layer, in_shape: tuple, rng: np.random.Generator) -> Any:
    return random_like(initial_shapes(layer, in_shape)[0], rng)


def prefixes(rng: np.random.Generator, batch: int, time: int) -> jax.Array:
    """A mask of random lengths, 0 and `time` among them."""
    return jnp.arange(time) < jnp.array(rng.integers(0, time + 1, (batch, 1)))


# ---- gradients ---------------------------------------------------------------------------------------------------


@some
@given(make=carriers, size=sizes, batch=batches, time=times, seed=seeds, masked=st.booleans())
def test_gradients_from_a_carry(make: Callable, size: int, batch: int, time: int, seed: int, masked: bool) -> None:
    layer, rng = make(size), np.random.default_rng(seed)
    params, x = random_params(layer, (time, 3), rng), normal(rng, (batch, time, 3))
    carry = random_like(layer.initial_carry(params, batch), rng)
    mask = jnp.array(rng.integers(0, 2, (batch, time)), bool) if masked else None  # with holes, too
    forward = lambda params, x: layer.forward_from(params, x, carry, None, mask)[:2]  # noqa: E731
    assert_gradients_agree(forward, layer.backward, params, x, seed=seed)


@pytest.mark.slow
@some
@given(make=carriers, other=carriers, size=sizes, batch=batches, time=times, seed=seeds, masked=st.booleans())
def test_gradients_of_both_directions_and_stacks(
    make: Callable, other: Callable, size: int, batch: int, time: int, seed: int, masked: bool
) -> None:
    layer, rng = Chain((Bidirectional(make(size), other(2)), Dense(2), make(2))), np.random.default_rng(seed)
    params, x = random_params(layer, (time, 3), rng), normal(rng, (batch, time, 3))
    mask = prefixes(rng, batch, time) if masked else None
    start = layer.initial_carry(params, batch)
    forward = lambda params, x: layer.forward_from(params, x, start, None, mask)[:2]  # noqa: E731
    assert_gradients_agree(forward, layer.backward, params, x, seed=seed)


@few
@given(make=carriers, time=st.sampled_from([0, 1, 4, 7]), truncate=st.integers(1, 8), seed=seeds)
def test_truncated_is_cut_between_pieces(make: Callable, time: int, truncate: int, seed: int) -> None:
    """Against automatic differentiation with lax.stop_gradient on the carry between pieces of `truncate` steps."""
    rng, whole = np.random.default_rng(seed), make(3)
    params, x, dy = random_params(whole, (time, 2), rng), normal(rng, (2, time, 2)), normal(rng, (2, time, 3))

    def in_pieces(params: Any, x: jax.Array) -> jax.Array:
        carry, pieces = whole.initial_carry(params, 2), [jnp.zeros((2, 0, 3))]
        for begin in range(0, time, truncate):
            y, _, carry = whole.forward_from(params, x[:, begin : begin + truncate], lax.stop_gradient(carry))
            pieces.append(y)
        return jnp.concatenate(pieces, axis=1)

    @jax.jit
    def both_answers(params: Any, x: jax.Array, dy: jax.Array) -> Any:
        layer = type(whole)(**{**vars(whole), "truncate": truncate})
        y, cache = layer.forward(params, x)
        expected, pullback = jax.vjp(in_pieces, params, x)
        return (y, layer.backward(params, cache, dy)), (expected, pullback(dy)[::-1])

    found, expected = both_answers(params, x, dy)
    trees_close(found, expected)


@partial(jax.jit, static_argnums=0)
def read_on(layer: Layer, params: Any, state: Any, x: jax.Array, carry: Any) -> dict[str, Any]:
    """y and the carry after x: of training and of prediction."""
    y, _, after = layer.forward_from(params, x, carry)
    return {"trained": (y, after), "predicted": layer.infer_from(params, state, x, carry)}


@every_carrier
def test_one_piece_or_chunks(layer: Layer) -> None:
    rng = np.random.default_rng(0)
    params, x = random_params(layer, (7, 2), rng), normal(rng, (3, 7, 2))
    state = layer.init(jax.random.key(0), (7, 2))[1]
    whole, last = read_on(layer, params, state, x, layer.initial_carry(params, 3))["trained"]
    close(whole, jax.jit(layer.forward)(params, x)[0])
    for way in ("trained", "predicted"):
        carry, pieces = layer.initial_carry(params, 3), []
        for begin, end in ((0, 3), (3, 3), (3, 4), (4, 7)):
            y, carry = read_on(layer, params, state, x[:, begin:end], carry)[way]
            pieces.append(y)
        close(jnp.concatenate(pieces, axis=1), whole)
        trees_close(carry, last)


@pytest.mark.parametrize("layer", [RNN(3), LSTM(3), GRU(3)], ids=str)
def test_no_steps(layer: Layer) -> None:
    rng = np.random.default_rng(0)
    params = random_params(layer, (0, 2), rng)
    carry = random_like(layer.initial_carry(params, 4), rng)
    y, cache, after = layer.forward_from(params, jnp.zeros((4, 0, 2)), carry)
    assert y.shape == (4, 0, 3)
    trees_close(after, carry)
    dx, gradients = layer.backward(params, cache, y)
    assert dx.shape == (4, 0, 2)
    trees_close(gradients, jax.tree.map(jnp.zeros_like, params))


# ---- sequences of different lengths ------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "layer",
    [
        RNN(3),
        LSTM(3, truncate=2),
        GRU(3),
        GRU(3, reset_after=False),
        Bidirectional(LSTM(2), GRU(3)),
        Chain((Bidirectional(GRU(2)), LSTM(3))),
        Chain((LSTM(2), RNN(3), LastStep(), Dense(2))),
        Chain((Bidirectional(LSTM(2)), LastStep())),
    ],
    ids=str,
)
def test_a_padded_batch_is_each_sequence_alone(layer: Layer) -> None:
    lengths, rng = (3, 5, 1), np.random.default_rng(0)
    params = random_params(layer, (5, 2), rng)
    _, state, out_shape = layer.init(jax.random.key(0), (5, 2))
    x, dy = normal(rng, (3, 5, 2)), normal(rng, (3, *out_shape))
    mask = jnp.arange(5) < jnp.array(lengths)[:, None]
    start = layer.initial_carry(params, 3)

    @jax.jit
    def both_ways(x: jax.Array, dy: jax.Array, start: Any, mask: Any = None) -> tuple[Any, ...]:
        y, cache, after = layer.forward_from(params, x, start, None, mask)
        return y, after, *layer.backward(params, cache, dy)

    y, after, dx, gradients = both_ways(x, dy, start, mask)
    trees_close(jax.jit(layer.infer_from)(params, state, x, start, mask), (y, after))
    summed = jax.tree.map(jnp.zeros_like, params)
    start = layer.initial_carry(params, 1)
    for n, length in enumerate(lengths):
        one = slice(n, n + 1)
        is_sequence = y.ndim == 3
        its_dy = dy[one, :length] if is_sequence else dy[one]
        alone, after_alone, dx_alone, its_own = both_ways(x[one, :length], its_dy, start)
        close(y[one, :length] if is_sequence else y[one], alone)
        trees_close(jax.tree.map(lambda carry, one=one: carry[one], after), after_alone)
        close(dx[one, :length], dx_alone)
        close(dx[n, length:], 0)
        summed = jax.tree.map(jnp.add, summed, its_own)
        if is_sequence:
            close(y[n, length:], 0)
    trees_close(gradients, summed)
