"""The cases of the layers that read sequences, for the one list in test_layers.py."""

import jax
import jax.numpy as jnp
import numpy as np
from case import Case
from hypothesis import strategies as st

from gradus.layers import Embedding
from gradus.layers.embedding import EmbeddingParams
from gradus.recurrent import GRU, LSTM, RNN, Bidirectional, LastStep, LSTMCarry

sizes = st.integers(1, 4)
sequences = st.tuples(st.sampled_from([5, 2, 1, 0]), sizes)
grus = st.builds(GRU, sizes, reset_after=st.booleans())
carriers = st.one_of(st.builds(RNN, sizes), st.builds(LSTM, sizes), grus)
embeddings = st.builds(Embedding, sizes, sizes)


def close(found, expected) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)


def lstm_by_hand() -> None:
    # One cell, one step, x = 1, h_0 = 1/2, c_0 = 8/5.  w_x = (ln 3, 0, ln 2, 0), w_h = (0, 0, 0, 2 ln 3), b = 0:
    #   z_f = ln 3: f = 3/4;  z_i = 0: i = 1/2;  z_g = ln 2: g = tanh(ln 2) = (2 - 1/2)/(2 + 1/2) = 3/5
    #   z_o = 2 ln 3 * 1/2 = ln 3: o = 3/4
    #   c = 3/4 * 8/5 + 1/2 * 3/5 = 6/5 + 3/10 = 3/2;  h = 3/4 tanh(3/2)
    # Back from dy = 1, with t = tanh(3/2): dc = o (1 - t^2) = 3/4 (1 - t^2)
    #   delta_f = dc c_0 f (1 - f) = dc * 8/5 * 3/16 = 3/10 dc;  delta_i = dc g i (1 - i) = dc * 3/5 * 1/4 = 3/20 dc
    #   delta_g = dc i (1 - g^2) = dc * 1/2 * 16/25 = 8/25 dc;   delta_o = t o (1 - o) = 3/16 t
    # dw_x = delta x = delta;  dw_h = delta h_0 = delta / 2;  db = delta;  dx = ln 3 delta_f + ln 2 delta_g
    layer, ln2, ln3 = LSTM(1), np.log(2), np.log(3)
    column = lambda *numbers: jnp.array(numbers)[:, None]  # noqa: E731
    params = layer.init(jax.random.key(0), (1, 1))[0]
    params = params._replace(w_x=column(ln3, 0, ln2, 0), w_h=column(0, 0, 0, 2 * ln3), b=jnp.zeros(4))
    carry = LSTMCarry(jnp.array([[1 / 2]]), jnp.array([[8 / 5]]))
    y, cache, after = layer.forward_from(params, jnp.ones((1, 1, 1)), carry)
    t = np.tanh(3 / 2)
    close(after.c, [[3 / 2]])
    close(y, [[[3 / 4 * t]]])
    dx, gradients = layer.backward(params, cache, jnp.ones((1, 1, 1)))
    dc = 3 / 4 * (1 - t**2)
    delta = column(3 / 10 * dc, 3 / 20 * dc, 8 / 25 * dc, 3 / 16 * t)
    close(gradients.w_x, delta)
    close(gradients.w_h, delta / 2)
    close(gradients.b, delta[:, 0])
    close(dx, [[[ln3 * delta[0, 0] + ln2 * delta[2, 0]]]])


def rnn_by_hand() -> None:
    # One unit, two steps, w_x = ln 2, w_h = 5/3 ln 2, b = 0, x = (1, 0):
    #   h_1 = tanh(ln 2) = 3/5;  z_2 = 5/3 ln 2 * 3/5 = ln 2: h_2 = 3/5.  f'(z) = 1 - 9/25 = 16/25 at both
    # Back from dy = (0, 1): delta_2 = 16/25;  dh_1 = 5/3 ln 2 * 16/25 = 16/15 ln 2;  delta_1 = 16/25 dh_1
    # dw_x = delta_1 * 1 + delta_2 * 0;  dw_h = delta_1 * 0 + delta_2 * 3/5 = 48/125;  db = delta_1 + delta_2
    # dx = ln 2 (delta_1, delta_2)
    layer, ln2 = RNN(1), np.log(2)
    params = layer.init(jax.random.key(0), (2, 1))[0]
    params = params._replace(w_x=jnp.array([[ln2]]), w_h=jnp.array([[5 / 3 * ln2]]), b=jnp.zeros(1))
    y, cache = layer.forward(params, jnp.array([[[1.0], [0]]]))
    close(y, [[[3 / 5], [3 / 5]]])
    dx, gradients = layer.backward(params, cache, jnp.array([[[0.0], [1]]]))
    delta = 16 / 25 * 16 / 15 * ln2, 16 / 25
    close(dx, [[[ln2 * delta[0]], [ln2 * delta[1]]]])
    close(gradients.w_x, [[delta[0]]])
    close(gradients.w_h, [[48 / 125]])
    close(gradients.b, [sum(delta)])


def gru_by_hand() -> None:
    # One unit, one step, x = 1, h_0 = 1/5.  w_x = (ln 3, 0, ln 2), w_h = 0, b = 0, b_h = 0:
    #   u = 3/4;  r = 1/2;  g = tanh(ln 2) = 3/5;  h = 3/4 * 1/5 + 1/4 * 3/5 = 3/10
    # Back from dy = 1: delta_u = (h_0 - g) u (1 - u) = -2/5 * 3/16 = -3/40;  delta_g = (1 - u)(1 - g^2) = 4/25
    #   delta_r = delta_g * (w_hg h_0 + b_h) r (1 - r) = 0;  db_h = delta_g r = 2/25
    # dw_h = (delta_u, delta_r, delta_g r) h_0 = (-3/200, 0, 2/125), the last the same with the reset before;
    # dx = ln 3 delta_u + ln 2 delta_g.   Reset before: delta_r = delta_g w_hg h_0 r (1 - r) = 0 as well
    ln2, ln3 = np.log(2), np.log(3)
    for layer in (GRU(1), GRU(1, reset_after=False)):
        params = layer.init(jax.random.key(0), (1, 1))[0]
        params = params._replace(w_x=jnp.array([[ln3], [0], [ln2]]), w_h=jnp.zeros((3, 1)))
        carry = layer.initial_carry(params, 1)._replace(h=jnp.array([[1 / 5]]))
        y, cache, _ = layer.forward_from(params, jnp.ones((1, 1, 1)), carry)
        close(y, [[[3 / 10]]])
        dx, gradients = layer.backward(params, cache, jnp.ones((1, 1, 1)))
        close(gradients.w_x, [[-3 / 40], [0], [4 / 25]])
        close(gradients.w_h, [[-3 / 200], [0], [2 / 125]])
        close(gradients.b, [-3 / 40, 0, 4 / 25])
        close(dx, [[[-3 / 40 * ln3 + 4 / 25 * ln2]]])
        if layer.reset_after:
            close(gradients.b_h, [2 / 25])


def bidirectional_by_hand() -> None:
    # Two units with w_x = ln 2, w_h = 0, b = 0 read x = (1, 0), one of them from the end: both give tanh(x ln 2).
    # tanh(ln 2) = 3/5, f' = 16/25, and 1 at 0.  dy = (1, 10), (2, 20): dx = ln 2 (11 * 16/25, 22 * 1)
    layer, ln2 = Bidirectional(RNN(1)), np.log(2)
    one = layer.init(jax.random.key(0), (2, 1))[0][0]._replace(w_x=jnp.array([[ln2]]), w_h=jnp.zeros((1, 1)))
    y, cache = layer.forward((one, one), jnp.array([[[1.0], [0]]]))
    close(y, [[[3 / 5, 3 / 5], [0, 0]]])
    dx, (forwards, backwards) = layer.backward((one, one), cache, jnp.array([[[1.0, 10], [2, 20]]]))
    close(dx, [[[ln2 * 11 * 16 / 25], [ln2 * 22]]])
    # dw_h = delta_t h before t: forwards 2 * 3/5; backwards the step x = 1 comes second, after h = 0
    close(forwards.w_h, [[6 / 5]])
    close(backwards.w_h, [[0]])


def embedding_by_hand() -> None:
    # Column k of w is the vector of k. Of class 1, met twice, the errors (1, 2) and (5, 6) add up.
    layer, params = Embedding(3, 2), EmbeddingParams(jnp.array([[1.0, 2, 3], [4, 5, 6]]))
    y, cache = layer.forward(params, jnp.array([[1, 0, 1]]))
    np.testing.assert_array_equal(y, [[[2, 5], [1, 4], [2, 5]]])
    _, gradients = layer.backward(params, cache, jnp.array([[[1.0, 2], [3, 4], [5, 6]]]))
    np.testing.assert_array_equal(gradients.w, [[3, 6, 0], [4, 8, 0]])


def last_by_hand() -> None:
    y, cache = LastStep().forward((), jnp.array([[[1.0, 2], [3, 4]]]))
    np.testing.assert_array_equal(y, [[3, 4]])
    np.testing.assert_array_equal(LastStep().backward((), cache, 10 * y)[0], [[[0, 0], [30, 40]]])


SEQUENCE_CASES = [
    Case(RNN, st.tuples(st.builds(RNN, sizes), sequences), rnn_by_hand),
    Case(LSTM, st.tuples(st.builds(LSTM, sizes), sequences), lstm_by_hand),
    Case(GRU, st.tuples(grus, sequences), gru_by_hand),
    Case(
        Bidirectional,
        st.tuples(st.builds(Bidirectional, carriers, st.none() | carriers), sequences),
        bidirectional_by_hand,
    ),
    Case(
        Embedding,
        st.tuples(embeddings, st.lists(sizes, max_size=2).map(tuple)),
        embedding_by_hand,
        inputs=lambda rng, shape, layer: jnp.array(rng.integers(-1, layer.classes + 1, shape)),  # -1 for padding
    ),
    Case(LastStep, st.tuples(st.just(LastStep()), st.tuples(sizes, sizes)), last_by_hand),
]
