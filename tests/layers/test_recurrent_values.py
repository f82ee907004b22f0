"""Recurrent layers: values against plain loops and PyTorch, settings and names."""

import re
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from referee import initial_shapes, normal, random_like

from gradus.equations import LogLikelihood
from gradus.errors import SettingError
from gradus.layers import Chain, Dense, Embedding, Layer
from gradus.network import Network, backprop
from gradus.recurrent import GRU, LSTM, RNN, Bidirectional, LastStep

pytestmark = pytest.mark.usefixtures("float64")

close = lambda found, expected: np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)  # noqa: E731


def random_params(layer: Layer, in_shape: tuple, rng: np.random.Generator) -> Any:
    return random_like(initial_shapes(layer, in_shape)[0], rng)


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
