"""The cases of the layers of image networks, for the one list in test_layers.py."""

from math import sqrt

import jax
import jax.numpy as jnp
import numpy as np
from case import Case
from hypothesis import strategies as st
from referee import apart

from gradus.layers import (
    Activation,
    BatchNorm,
    Chain,
    Conv,
    ConvParams,
    Dense,
    DenseParams,
    Dropout,
    GlobalAveragePool,
    LayerNorm,
    Pool,
    Residual,
)
from gradus.layers.norm import Moments, NormParams

one_or_two = st.one_of(st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3)))
pixels = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
shapes = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


def image(array: list) -> jax.Array:
    """One image in one channel."""
    return jnp.array(array, dtype=float)[None, :, :, None]


def fitting_size(draw, n, span, before_and_behind):
    """A height or width on which a window fits, often barely."""
    return draw(st.integers(max(1, span - before_and_behind), span + n))


@st.composite
def convolutions(draw):
    groups, kernel, dilation = draw(st.integers(1, 3)), draw(one_or_two), draw(st.integers(1, 2))
    padding = draw(st.sampled_from(["valid", "same", 0, 1, ((0, 2), (1, 0))]))
    layer = Conv(groups * draw(st.integers(1, 2)), kernel, draw(one_or_two), dilation, padding, groups)
    return layer, (*fitting_image(draw, layer.windows()), groups * draw(st.integers(1, 2)))


@st.composite
def poolings(draw):
    window, kind = draw(one_or_two), draw(st.sampled_from(["max", "average", "l2"]))
    small = min(window) if isinstance(window, tuple) else window
    explicit = [] if small == 1 else [1, ((0, 1), (1, 0))]
    padding = draw(st.sampled_from(["valid", "same", 0, *explicit]))
    layer = Pool(window, draw(st.none() | one_or_two), kind, padding)
    return layer, (*fitting_image(draw, layer.windows()), draw(st.integers(1, 3)))


def fitting_image(draw, windows):
    if windows.padding == "same":
        return draw(st.integers(1, 6)), draw(st.integers(1, 6))
    spans, pads = windows.spans(), windows.pads((1, 1))
    return tuple(fitting_size(draw, 4, span, sum(sides)) for span, sides in zip(spans, pads, strict=True))


def residuals():
    same = Conv(2, 3, padding="same")
    layers = [Dense(2), same, BatchNorm(), Chain((same, Activation("tanh"), Dense(2)))]
    return st.tuples(st.sampled_from(layers).map(Residual), st.just((3, 2, 2)))


def conv_by_hand() -> None:
    #     1 2 3        1  2       z = 1*1 + 2*2 - 1*5 + 10 = 10   1*2 + 2*3 - 1*6 + 10 = 12
    # x = 4 5 6    w = 0 -1           1*4 + 2*5 - 1*8 + 10 = 16   1*5 + 2*6 - 1*9 + 10 = 18
    #     7 8 9    b = 10
    x, layer = image([[1, 2, 3], [4, 5, 6], [7, 8, 9]]), Conv(1, 2)
    params = ConvParams(jnp.array([[1.0, 2], [0, -1]])[:, :, None, None], jnp.array([10.0]))
    z, cache = layer.forward(params, x)
    np.testing.assert_array_equal(z, image([[10, 12], [16, 18]]))
    dx, gradients = layer.backward(params, cache, image([[1, 0], [0, 2]]))
    assert gradients.b == 3  # BP3: 1 + 2
    # BP4: each weight meets the error 1 in the first window and 2 in the last: 1*1 + 2*5  1*2 + 2*6
    #                                                                           1*4 + 2*8  1*5 + 2*9
    np.testing.assert_array_equal(gradients.w[:, :, 0, 0], [[11, 14], [20, 23]])
    # BP2: the kernel laid on those two windows, once and twice: 1*1  1*2          0
    #                                                            1*0  1*-1 + 2*1   2*2
    #                                                            0    2*0          2*-1
    np.testing.assert_array_equal(dx, image([[1, 2, 0], [0, 1, 4], [0, 0, -2]]))


def pool_by_hand() -> None:
    # Windows 1 5 and 2 2: maxima 5 and 2. Of the three 2s the first, row by row, receives the error.
    #         3 4     2 0
    x, layer = image([[1, 5, 2, 2], [3, 4, 2, 0]]), Pool(2)
    y, cache = layer.forward((), x)
    np.testing.assert_array_equal(y, image([[5, 2]]))
    dx, gradients = layer.backward((), cache, image([[10, 20]]))
    np.testing.assert_array_equal(dx, image([[0, 10, 20, 0], [0, 0, 0, 0]]))
    assert gradients == ()


def global_average_by_hand() -> None:
    # (1 + 2 + 3 + 6) / 4 = 3; the error 8 goes back as 8 / 4 to each pixel
    y, cache = GlobalAveragePool().forward((), image([[1, 2], [3, 6]]))
    np.testing.assert_array_equal(y, [[3]])
    np.testing.assert_array_equal(GlobalAveragePool().backward((), cache, 8 * y / 3)[0], image([[2, 2], [2, 2]]))


def dropout_by_hand() -> None:
    # A node that is kept with probability 1/4 counts four times: 3 becomes 12 or 0, and so does the error 5: 20 or 0.
    layer, x = Dropout(0.25), jnp.full((1, 200), 3.0)
    y, cache = layer.forward((), x, jax.random.key(1))
    assert set(np.unique(y)) == {0, 12}
    np.testing.assert_array_equal(layer.backward((), cache, jnp.full_like(x, 5))[0], jnp.where(y == 12, 20, 0))


def layer_norm_by_hand() -> None:
    # x = (1, 5): mean 3, variance 4, deviation sqrt(4 + 5) = 3, x^ = (-2/3, 2/3), y = (3, 6) x^ + (1, 1) = (-1, 5)
    layer, params = LayerNorm(epsilon=5), NormParams(jnp.array([3.0, 6]), jnp.array([1.0, 1]))
    y, cache = layer.forward(params, jnp.array([[1.0, 5]]))
    np.testing.assert_allclose(y, [[-1, 5]], rtol=1e-14)
    dx, gradients = layer.backward(params, cache, jnp.array([[9.0, 0]]))
    # dgamma = 9 * -2/3 = -6 and 0; dbeta = 9, 0.  dx^ = (27, 0): mean 27/2, mean of dx^ x^ = -18/2 = -9
    # dx = (27 - 27/2 - 6, 0 - 27/2 + 6) / 3 = (5/2, -5/2)
    np.testing.assert_allclose(gradients.gamma, [-6, 0], rtol=1e-14)
    np.testing.assert_allclose(gradients.beta, [9, 0], rtol=1e-14)
    np.testing.assert_allclose(dx, [[5 / 2, -5 / 2]], rtol=1e-13)


def batch_norm_by_hand() -> None:
    # The same numbers down a batch of two examples: x^ = -2/3, 2/3 and y = 3 x^ + 1 = -1, 3
    layer, params = BatchNorm(momentum=0.75, epsilon=5), NormParams(jnp.array([3.0]), jnp.array([1.0]))
    y, cache = layer.forward(params, jnp.array([[1.0], [5]]))
    np.testing.assert_allclose(y, [[-1], [3]], rtol=1e-14)
    dx, gradients = layer.backward(params, cache, jnp.array([[9.0], [0]]))
    np.testing.assert_allclose(gradients.gamma, [-6], rtol=1e-14)
    np.testing.assert_allclose(gradients.beta, [9], rtol=1e-14)
    np.testing.assert_allclose(dx, [[5 / 2], [-5 / 2]], rtol=1e-13)
    # Running mean 3/4 * 0 + 1/4 * 3 = 3/4; the unbiased variance is 4 * 2/1 = 8: 3/4 * 1 + 1/4 * 8 = 11/4
    state = layer.update_state(Moments(jnp.zeros(1), jnp.ones(1)), cache)
    np.testing.assert_allclose((state.mean, state.variance), ([3 / 4], [11 / 4]), rtol=1e-14)
    # Prediction: (x - 3/4) / sqrt(11/4 + 5) * 3 + 1 at x = 1
    at_one = 3 * (1 / 4) / sqrt(31 / 4) + 1
    np.testing.assert_allclose(layer.infer(params, state, jnp.ones((1, 1))), [[at_one]], rtol=1e-14)


def residual_by_hand() -> None:
    # y = x + (2 x + 1) = 10 at x = 3; dy = 5: dx = 5 + 2 * 5 = 15, dw = 5 * 3 = 15, db = 5
    layer, params = Residual(Dense(1)), DenseParams(jnp.array([[2.0]]), jnp.array([1.0]))
    y, cache = layer.forward(params, jnp.array([[3.0]]))
    dx, gradients = layer.backward(params, cache, jnp.array([[5.0]]))
    assert (y, dx, gradients.w, gradients.b) == (10, 15, 15, 5)


IMAGE_CASES = [
    Case(Conv, convolutions(), conv_by_hand),
    Case(Pool, poolings(), pool_by_hand, inputs=lambda rng, shape, layer: apart(rng, shape)),
    Case(GlobalAveragePool, st.tuples(st.just(GlobalAveragePool()), pixels), global_average_by_hand),
    Case(Dropout, st.tuples(st.sampled_from([0.25, 0.5, 0.9, 1]).map(Dropout), shapes), dropout_by_hand, random=True),
    Case(LayerNorm, st.tuples(st.sampled_from([1e-3, 0.1]).map(LayerNorm), shapes), layer_norm_by_hand),
    Case(
        BatchNorm,
        st.tuples(st.builds(BatchNorm, st.sampled_from([0, 0.9]), st.sampled_from([1e-3, 0.1])), shapes),
        batch_norm_by_hand,
        trains_as_infers=False,
    ),
    Case(Residual, residuals(), residual_by_hand, trains_as_infers=False),
]
