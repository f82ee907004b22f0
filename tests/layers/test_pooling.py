"""Pooling against plain loops, its rules at ties and zeros, and dropout's."""

import re
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_cases import image, poolings
from loops import pooled
from referee import apart, assert_gradients_agree, drawn, normal

from gradus.errors import SettingError
from gradus.layers import Chain, Dropout, GlobalAveragePool, Pool

pytestmark = pytest.mark.usefixtures("float64")


@drawn
@given(poolings(), st.integers(1, 3))
def test_values(drawn_layer: tuple, batch: int) -> None:
    layer, shape = drawn_layer
    x = normal(np.random.default_rng(0), (batch, *shape))
    stride = layer.window if layer.stride is None else layer.stride
    expected = pooled(np.asarray(x), layer.window, stride, layer.pooling, layer.padding)
    np.testing.assert_allclose(jax.jit(layer.forward)((), x)[0], expected, rtol=1e-13)


@pytest.mark.parametrize("kind", ["max", "average", "l2"])
@pytest.mark.parametrize(
    ("window", "stride", "padding", "shape"),
    [
        (2, None, "valid", (24, 24, 3)),
        (2, None, "valid", (5, 7, 2)),  # the last row and column are not looked at
        (2, None, "same", (5, 7, 2)),
        (3, 2, 1, (7, 7, 1)),
        ((3, 2), (1, 2), ((1, 0), (0, 1)), (4, 5, 2)),
        (2, 3, "valid", (8, 8, 1)),  # pixels between the windows that none looks at
        (1, None, "valid", (1, 1, 1)),
        ((4, 5), None, "valid", (4, 5, 2)),
        ((13, 5), None, "valid", (27, 11, 1)),  # more pixels in a window than are stacked
    ],
)
def test_gradients(kind: str, window, stride, padding, shape: tuple) -> None:
    layer, x = Pool(window, stride, kind, padding), apart(np.random.default_rng(0), (2, *shape))
    assert jax.eval_shape(layer.forward, (), x)[0].shape[1:] == layer.init(jax.random.key(0), shape)[2]
    assert_gradients_agree(layer.forward, layer.backward, (), x)


def test_at_ties_the_first_maximum_receives_the_error_as_in_jax_itself() -> None:
    x = jnp.array(np.random.default_rng(0).integers(0, 2, (3, 6, 6, 2)), dtype=float)
    for layer in (Pool(2), Pool(3, 1), Pool((2, 3), (1, 2), padding="same")):
        y, cache = layer.forward((), x)

        def by_jax(x: jax.Array, layer: Pool = layer) -> jax.Array:
            size, stride = ((1, *(s if isinstance(s, tuple) else (s, s)), 1) for s in (layer.window, layer.stride or 2))
            return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, size, stride, layer.padding.upper())

        expected, pullback = jax.jit(partial(jax.vjp, by_jax))(x)
        np.testing.assert_array_equal(y, expected)
        np.testing.assert_array_equal(layer.backward((), cache, y + 1)[0], pullback(y + 1)[0])


def test_average_and_l2_by_hand() -> None:
    # 3 4  0 0   average (3 + 4 + 0 + 5)/4 = 3 and 0;  l2 sqrt(9 + 16 + 0 + 25) = sqrt(50) and 0
    # 0 5  0 0   Errors 8 and 4: 8/4 and 4/4 for every pixel;  8 x / sqrt(50), and 0 where the norm is 0.
    x, dy = image([[3, 4, 0, 0], [0, 5, 0, 0]]), image([[8, 4]])
    y, cache = Pool(2, pooling="average").forward((), x)
    np.testing.assert_array_equal(y, image([[3, 0]]))
    np.testing.assert_array_equal(Pool(2, pooling="average").backward((), cache, dy)[0], image([[2, 2, 1, 1]] * 2))
    y, cache = Pool(2, pooling="l2").forward((), x)
    np.testing.assert_allclose(y, image([[50**0.5, 0]]), rtol=1e-15)
    dx = Pool(2, pooling="l2").backward((), cache, dy)[0]
    np.testing.assert_allclose(dx, 8 * x / 50**0.5, rtol=1e-15)


def test_padding_is_never_pooled() -> None:
    x = image([[-3, -1]])
    assert (Pool(2, 2, padding=1).forward((), x)[0] == image([[-3, -1]])).all()
    assert (Pool((1, 3), 1, "average", "same").forward((), x)[0] == -2).all()


def test_what_is_not_a_number_stays_so() -> None:
    for kind in ("max", "average", "l2"):
        for place in np.ndindex(2, 2):
            x = np.ones((1, 2, 2, 1))
            x[0, place[0], place[1], 0] = np.nan
            assert jnp.isnan(Pool(2, pooling=kind).forward((), jnp.array(x))[0]).all()


def test_sizes() -> None:
    # Theory E4: 24x24 becomes 12x12. Frameworks' floor: 5 // 2 = 2 windows; "same": ceil(5 / 2) = 3.
    sizes = [(Pool(2), 24, 12), (Pool(2), 5, 2), (Pool(2, padding="same"), 5, 3), (Pool(3, 2), 7, 3)]
    for layer, n, expected in sizes:
        assert layer.init(jax.random.key(0), (n, n, 3))[2] == (expected, expected, 3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Chain((Pool(3),)).init(jax.random.key(0), (4, 2, 1)),
            "layer 1 (maxpool3) got images of 4x2, smaller than its window 3x3; "
            'add padding="same" or pool less before it',
        ),
        (lambda: Pool(2, pooling="min"), "unknown pooling 'min'; choose one of max, average, l2"),
        (
            lambda: Pool(2, pooling=["max"]),
            "unknown pooling ['max'] (did you mean max?); choose one of max, average, l2",
        ),
        (lambda: Pool(0), "windows with size 0; it needs whole numbers of at least 1, one or two"),
        (lambda: Pool(2, padding=2), "padding 2: expected less than the window of 2"),
        (
            lambda: GlobalAveragePool().init(jax.random.key(0), (7,)),
            "got inputs of shape 7, expected images (height, width, channels); images in grey have 1 channel",
        ),
        (lambda: Dropout(0), "dropout's keep probability 0: expected a number in (0, 1]"),
        (lambda: Dropout(float("nan")), "dropout's keep probability nan: expected a number in (0, 1]"),
        (lambda: Dropout("1"), "dropout's keep probability '1': expected a number in (0, 1]"),
        (
            lambda: Dropout(0.5).forward((), jnp.ones((1, 1))),
            "dropout draws random numbers in training; give forward a key, or predict with infer",
        ),
    ],
)
def test_unusable_settings(make, message: str) -> None:
    with pytest.raises(SettingError, match=f"^{re.escape(message)}$"):
        make()


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (Pool(2), "maxpool2"),
        (Pool(2, 2), "maxpool2"),
        (Pool(2, pooling="average"), "averagepool2"),
        (Pool(2, pooling="l2"), "l2pool2"),
        (Pool((3, 2), 2, padding="same"), "maxpool3x2-stride2-same"),
        (Pool(3, 2, padding=1), "maxpool3-stride2-pad1"),
        (GlobalAveragePool(), "globalaveragepool"),
        (Dropout(0.5), "dropout0.5"),
    ],
)
def test_names(layer, name: str) -> None:
    assert str(layer) == name


def test_dropout_keeps_the_expected_activation() -> None:
    # Of 100,000 nodes of 1, each kept with probability p and divided by p: mean 1, and its variance (1 - p)/p/100,000
    for p in (0.2, 0.5, 0.9):
        y, _ = Dropout(p).forward((), jnp.ones((100, 1000)), jax.random.key(0))
        assert abs(y.mean() - 1) < 4 * ((1 - p) / p / 100_000) ** 0.5
        assert abs((y > 0).mean() - p) < 4 * (p * (1 - p) / 100_000) ** 0.5


def test_dropout_draws_anew_with_every_key_and_predicts_without() -> None:
    x, layer = jnp.ones((4, 50)), Dropout(0.5)
    one, other = (layer.forward((), x, jax.random.key(seed))[0] for seed in (0, 1))
    assert (one != other).any()
    np.testing.assert_array_equal(layer.forward((), x, jax.random.key(0))[0], one)
    np.testing.assert_array_equal(layer.infer((), (), x), x)
