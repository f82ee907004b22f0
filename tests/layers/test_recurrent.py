"""Recurrent layers: values, carries, truncation, masks and both directions. test_layers has what all layers keep."""

import re
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

from gradus.equations import LogLikelihood
from gradus.errors import SettingError
from gradus.layers import Chain, Dense, Embedding, Layer
from gradus.network import Network, backprop
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


def test_last() -> None:
    # the last step of each sequence, or the last that the mask has; a sequence without steps gives 0
    x = jnp.arange(12.0).reshape(3, 2, 2)
    y, cache = LastStep().forward((), x)
    np.testing.assert_array_equal(y, [[2, 3], [6, 7], [10, 11]])
    np.testing.assert_array_equal(
        LastStep().backward((), cache, 10 * y)[0], [[[0, 0], [20, 30]], [[0, 0], [60, 70]], [[0, 0], [100, 110]]]
    )
    mask = jnp.array([[True, True], [True, False], [False, False]])
    y, cache, _ = LastStep().forward_from((), x, (), None, mask)
    np.testing.assert_array_equal(y, [[2, 3], [4, 5], [0, 0]])
    np.testing.assert_array_equal(LastStep().backward((), cache, y + 1)[0][1:], [[[5, 6], [0, 0]], [[0, 0], [0, 0]]])


def test_bidirectional() -> None:
    # the second half of the features is the layer on the reversed sequence, reversed back
    layer, rng = Bidirectional(RNN(2), LSTM(3)), np.random.default_rng(0)
    params, x = random_params(layer, (4, 2), rng), normal(rng, (2, 4, 2))
    y, _ = layer.forward(params, x)
    close(y[..., :2], RNN(2).forward(params[0], x)[0])
    close(y[..., 2:], LSTM(3).forward(params[1], x[:, ::-1])[0][:, ::-1])
    assert layer.init(jax.random.key(0), (4, 2))[2] == (4, 5)


# ---- values ------------------------------------------------------------------------------------------------------


def sigma(z: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0, -z))


def rnn_step(w_x: list, w_h: list, b: list, b_h: None, x: np.ndarray, h: np.ndarray, c: np.ndarray) -> tuple:
    return np.tanh(w_x[0] @ x + w_h[0] @ h + b[0]), c


def lstm_step(w_x: list, w_h: list, b: list, b_h: None, x: np.ndarray, h: np.ndarray, c: np.ndarray) -> tuple:
    w = [np.concatenate([of_h, of_x], axis=1) for of_h, of_x in zip(w_h, w_x, strict=True)]
    hx = np.concatenate([h, x])  # the theory's [h, x]
    f, i, o = (sigma(w[gate] @ hx + b[gate]) for gate in (0, 1, 3))
    c = f * c + i * np.tanh(w[2] @ hx + b[2])
    return o * np.tanh(c), c


def gru_step(w_x: list, w_h: list, b: list, b_h: Any, x: np.ndarray, h: np.ndarray, c: np.ndarray) -> tuple:
    u, r = (sigma(w_x[gate] @ x + w_h[gate] @ h + b[gate]) for gate in (0, 1))
    reset = w_h[2] @ (r * h) if b_h is None else r * (w_h[2] @ h + b_h)
    return u * h + (1 - u) * np.tanh(w_x[2] @ x + b[2] + reset), c


@pytest.mark.parametrize(
    ("layer", "gates", "step"),
    [(RNN(3), 1, rnn_step), (LSTM(3), 4, lstm_step), (GRU(3), 3, gru_step), (GRU(3, reset_after=False), 3, gru_step)],
)
def test_values_by_a_loop(layer: Layer, gates: int, step: Callable) -> None:
    """One example, one step, one gate at a time, in NumPy, from theory F's equations."""
    rng = np.random.default_rng(0)
    params, x = random_params(layer, (5, 2), rng), normal(rng, (2, 5, 2))
    y, _ = layer.forward(params, x)
    w_x, w_h, b = (np.split(np.asarray(array), gates) for array in params[:3])
    b_h = getattr(params, "b_h", None)
    for example, outputs in zip(np.asarray(x), y, strict=True):
        h, c = np.zeros(3), np.zeros(3)
        for x_t, h_t in zip(example, outputs, strict=True):
            h, c = step(w_x, w_h, b, b_h, x_t, h, c)
            close(h_t, h)


def in_order(params: Any, order: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    """w_x, w_h and b with the gates in another order."""
    return tuple(
        np.concatenate([np.split(np.asarray(array), len(order))[gate] for gate in order]) for array in params[:3]
    )


@pytest.mark.parametrize(
    ("kind", "order"), [(RNN, (0,)), (LSTM, (1, 0, 2, 3)), (GRU, (1, 0, 2))], ids=["RNN", "LSTM", "GRU"]
)
def test_against_pytorch(kind: Callable, order: tuple[int, ...]) -> None:
    """PyTorch's gates are in the order input, forget, candidate, output, and reset, update, candidate."""
    torch = pytest.importorskip("torch")
    layer, rng = kind(4), np.random.default_rng(0)
    params, x, dy = random_params(layer, (6, 3), rng), normal(rng, (2, 6, 3)), normal(rng, (2, 6, 4))
    theirs = getattr(torch.nn, kind.__name__)(3, 4, batch_first=True, dtype=torch.float64)
    w_x, w_h, b = in_order(params, order)
    b_h = np.zeros_like(b)
    if kind is GRU:
        b_h[8:] = params.b_h
    with torch.no_grad():
        for name, value in zip(
            ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"), (w_x, w_h, b, b_h), strict=True
        ):
            getattr(theirs, name).copy_(torch.tensor(np.array(value)))
    inputs = torch.tensor(np.array(x), requires_grad=True)
    outputs, last = theirs(inputs)
    y, cache, carry = layer.forward_from(params, x, layer.initial_carry(params, 2))
    close(y, outputs.detach())
    for ours, state in zip(carry, last if kind is LSTM else (last,), strict=True):
        close(ours, state[0].detach())
    outputs.backward(torch.tensor(np.array(dy)))
    dx, gradients = layer.backward(params, cache, dy)
    close(dx, inputs.grad)
    expected = (theirs.weight_ih_l0.grad, theirs.weight_hh_l0.grad, theirs.bias_ih_l0.grad)
    jax.tree.map(close, in_order(gradients, order), tuple(np.asarray(gradient) for gradient in expected))
    if kind is GRU:
        close(gradients.b_h, theirs.bias_hh_l0.grad[8:])


# ---- a network that reads text -----------------------------------------------------------------------------------


def test_a_language_model_learns() -> None:
    ids = jnp.array([[0, 1, 2, 0, 1, 2, 0]])
    chain = Chain((Embedding(3, 4), LSTM(8), Dense(3)))
    network = Network.create(chain, LogLikelihood(), (6,))
    assert network.shapes() == [(6, 4), (6, 8), (6, 3)]
    assert "embedding3x4" in network.summary()
    x, y, params = ids[:, :-1], jnp.eye(3)[ids[:, 1:]], network.params

    @jax.jit
    def step(params: Any) -> tuple[Any, jax.Array]:
        C, gradients, *_ = backprop(chain, network.cost, params, x, y)
        return jax.tree.map(lambda p, g: p - g, params, gradients), C

    params, before = step(params)
    for _ in range(100):
        params, C = step(params)
    assert before > 20 * C


def test_the_forget_gate_begins_open() -> None:
    np.testing.assert_array_equal(LSTM(2).init(jax.random.key(0), (1, 1))[0].b, [1, 1, 0, 0, 0, 0, 0, 0])


def test_padding_has_no_embedding() -> None:
    layer, params = Embedding(2, 3), (jnp.arange(6.0).reshape(3, 2) + 1,)
    params = type(layer.init(jax.random.key(0), (1,))[0])(*params)
    x = jnp.array([[-1, 0, 1, 2]])
    y, cache = layer.forward(params, x)
    np.testing.assert_array_equal(y, [[[0, 0, 0], [1, 3, 5], [2, 4, 6], [0, 0, 0]]])
    dx, gradients = layer.backward(params, cache, jnp.ones((1, 4, 3)))
    np.testing.assert_array_equal(gradients.w, jnp.ones((3, 2)))
    np.testing.assert_array_equal(dx, jnp.zeros((1, 4)))
    np.testing.assert_array_equal(layer.forward(params, x.astype(float))[0], y)


# ---- settings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LSTM(0), "a recurrent layer's size 0: expected a whole number of at least 1"),
        (lambda: RNN("8"), "a recurrent layer's size '8': expected a whole number of at least 1"),
        (lambda: GRU(True), "a recurrent layer's size True: expected a whole number of at least 1"),
        (lambda: LSTM(8, 0), "a recurrent layer's truncate 0: expected a whole number of at least 1"),
        (lambda: LSTM(8, 2.5), "a recurrent layer's truncate 2.5: expected a whole number of at least 1"),
        (lambda: GRU(8, None, 1), "reset_after 1: expected True or False"),
        (lambda: Embedding(0, 3), "an embedding's classes 0: expected a whole number of at least 1"),
        (lambda: Embedding(3, None), "an embedding's size None: expected a whole number of at least 1"),
        (lambda: Bidirectional("LSTM"), "a bidirectional layer of 'LSTM': expected layers, as in BiDi"),
        (lambda: Bidirectional(LSTM(2), 3), "a bidirectional layer of 3: expected layers, as in BiDi"),
        (lambda: LSTM(2).init(jax.random.key(0), (3,)), "got inputs of 1 axes, expected sequences (time, features)"),
    ],
)
def test_unusable_settings(make: Callable, message: str) -> None:
    with pytest.raises(SettingError, match=re.escape(message.removesuffix("BiDi"))):
        make()


def test_layers_name_themselves() -> None:
    layers = [RNN(128), LSTM(128, truncate=16), GRU(8), GRU(8, reset_after=False), Embedding(65, 32), LastStep()]
    names = ["rnn128", "lstm128-truncate16", "gru8", "gru8-reset-before", "embedding65x32", "last"]
    assert [str(layer) for layer in layers] == names
    assert str(Bidirectional(LSTM(128))) == "bidirectional(lstm128)"
    assert str(Bidirectional(LSTM(128), GRU(3))) == "bidirectional(lstm128,gru3)"
