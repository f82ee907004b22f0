"""Convolution against plain loops, and what it says of images that do not fit."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_cases import convolutions
from loops import convolved
from referee import assert_gradients_agree, drawn, initial_shapes, normal, random_like

from gradus.equations.xla import kernel_gradient, kernel_gradient_by_convolution
from gradus.errors import SettingError
from gradus.layers import Chain, Conv, ConvParams, count

pytestmark = pytest.mark.usefixtures("float64")


@drawn
@given(convolutions(), st.integers(1, 3))
def test_values(drawn_layer: tuple, batch: int) -> None:
    layer, shape = drawn_layer
    rng = np.random.default_rng(0)
    params, x = random_like(initial_shapes(layer, shape)[0], rng), normal(rng, (batch, *shape))
    settings = layer.stride, layer.dilation, layer.padding, layer.groups
    expected = convolved(*(np.asarray(a) for a in (x, *params)), *settings)
    np.testing.assert_allclose(jax.jit(layer.forward)(params, x)[0], expected, rtol=1e-11, atol=1e-12)


def test_two_filters_on_a_padded_colour_image_with_stride_2() -> None:
    # Theory E6: 5x5x3, padded to 7x7x3, and filters of 3x3x3 with stride 2: (7 - 3)/2 + 1 = 3, so 3x3x2.
    rng = np.random.default_rng(0)
    x, w, b = (rng.integers(-2, 3, shape).astype(float) for shape in [(1, 5, 5, 3), (3, 3, 3, 2), (2,)])
    layer, params = Conv(2, 3, stride=2, padding=1), ConvParams(jnp.array(w), jnp.array(b))
    padded, expected = np.pad(x[0], ((1, 1), (1, 1), (0, 0))), np.zeros((1, 3, 3, 2))
    assert padded.shape == (7, 7, 3)
    for i in range(3):
        for j in range(3):
            for f in range(2):
                expected[0, i, j, f] = np.sum(padded[2 * i : 2 * i + 3, 2 * j : 2 * j + 3] * w[..., f]) + b[f]
    np.testing.assert_array_equal(layer.forward(params, jnp.array(x))[0], expected)
    assert_gradients_agree(layer.forward, layer.backward, params, jnp.array(x))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Conv(20, 5), (28, 28, 1)),
        (Conv(3, 5), (12, 12, 2)),
        (Conv(2, (7, 6)), (7, 6, 3)),  # a kernel as large as the image: a dense layer
        (Conv(3, 1), (1, 1, 4)),
        (Conv(2, 3, padding=2), (1, 1, 1)),
        (Conv(2, 1, stride=3, padding=1), (2, 2, 1)),  # windows on nothing but padding
        (Conv(6, 3, padding="same", groups=3), (5, 4, 3)),  # depthwise, two maps a channel
        (Conv(2, (3, 2), (2, 3), (2, 1), "same"), (6, 7, 2)),
        (Conv(1, 2, stride=4), (7, 7, 1)),  # the last pixel is not looked at
    ],
    ids=str,
)
def test_gradients_of_the_usual_and_the_odd(layer: Conv, shape: tuple) -> None:
    rng = np.random.default_rng(1)
    params, out_shape = initial_shapes(layer, shape)
    x = normal(rng, (2, *shape))
    assert jax.eval_shape(layer.forward, params, x)[0].shape == (2, *out_shape)
    assert_gradients_agree(layer.forward, layer.backward, random_like(params, rng), x)


@drawn
@given(convolutions(), st.integers(1, 3))
def test_both_forms_of_the_kernel_gradient_agree(drawn_layer: tuple, batch: int) -> None:
    """Sizes decide which of the two is used; those of the cases above are small."""
    layer, shape = drawn_layer
    rng = np.random.default_rng(0)
    shapes, out_shape = initial_shapes(layer, shape)
    params, a, delta = random_like(shapes, rng), normal(rng, (batch, *shape)), normal(rng, (batch, *out_shape))

    @jax.jit
    def answers(params: ConvParams, a: jax.Array, delta: jax.Array) -> list[jax.Array]:
        automatic = jax.vjp(lambda w: layer.forward(params._replace(w=w), a)[0], params.w)[1](delta)[0]
        forms = (kernel_gradient, kernel_gradient_by_convolution)
        return [automatic, *(form(layer.windows(), delta, a, layer.groups) for form in forms)]

    automatic, *found = answers(params, a, delta)
    for gradient in found:
        np.testing.assert_allclose(gradient, automatic, rtol=1e-9, atol=1e-12)


def test_a_kernel_as_large_as_the_image_is_a_dense_layer() -> None:
    rng = np.random.default_rng(0)
    params, x = ConvParams(normal(rng, (4, 3, 2, 5)), normal(rng, (5,))), normal(rng, (6, 4, 3, 2))
    z = Conv(5, (4, 3)).forward(params, x)[0]
    expected = x.reshape(6, -1) @ params.w.reshape(-1, 5) + params.b
    np.testing.assert_allclose(z.reshape(6, 5), expected, rtol=1e-12)


def test_sizes_and_counts() -> None:
    # Theory E1 and E2: 28x28 with 5x5 gives 24x24, and 20 maps have 20 * (25 + 1) = 520 parameters
    params, _, shape = Conv(20, 5).init(jax.random.key(0), (28, 28, 1))
    assert shape == (24, 24, 20)
    assert count(params) == 520
    # 40 maps of 5x5 on 20 channels: 40 * (25 * 20 + 1) = 20,040
    params, _, shape = Conv(40, 5).init(jax.random.key(0), (12, 12, 20))
    assert (shape, count(params)) == ((8, 8, 40), 20_040)
    assert Conv(1, 3, stride=2, padding="same").init(jax.random.key(0), (7, 8, 1))[2] == (4, 4, 1)


def test_the_spread_of_initial_weights_is_he() -> None:
    # 2 / (inputs of a map) = 2 / (5 * 5 * 20 / 2) with 2 groups
    w = Conv(400, 5, groups=2).init(jax.random.key(0), (12, 12, 20))[0].w
    assert w.shape == (5, 5, 10, 400)
    np.testing.assert_allclose(w.var(), 2 / 250, rtol=0.02)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Chain((Conv(8, 3), Conv(40, 5))).init(jax.random.key(0), (6, 6, 1)),
            "layer 2 (conv40-5x5) got images of 4x4, smaller than its kernel 5x5; "
            'add padding="same" or pool less before it',
        ),
        (
            lambda: Conv(1, 3, dilation=2).init(jax.random.key(0), (4, 9, 1)),
            'got images of 4x9, smaller than its kernel 3x3 dilated to 5x5; add padding="same" or pool less before it',
        ),
        (
            lambda: Conv(4, 3, groups=2).init(jax.random.key(0), (5, 5, 3)),
            "got 3 channels, which cannot be divided into 2 groups",
        ),
        (lambda: Conv(3, 3, groups=2), "3 maps cannot be divided into 2 groups"),
        (
            lambda: Conv(4, 3).init(jax.random.key(0), (28, 28)),
            "got inputs of shape 28x28, expected images (height, width, channels); images in grey have 1 channel",
        ),
        (lambda: Conv(0, 3), "a convolution's maps 0: expected a whole number of at least 1"),
        (lambda: Conv(True, 3), "a convolution's maps True: expected a whole number of at least 1"),
        (lambda: Conv(4, 2.5), "windows with size 2.5; it needs whole numbers of at least 1, one or two"),
        (
            lambda: Conv(4, (1, 2, 3)),
            "windows with size (1, 2, 3); it needs whole numbers of at least 1, one or two",
        ),
        (
            lambda: Conv(4, 3, stride=0),
            "windows with stride 0; it needs whole numbers of at least 1, one or two",
        ),
        (
            lambda: Conv(4, 3, dilation="2"),
            "windows with dilation '2'; it needs whole numbers of at least 1, one or two",
        ),
        (
            lambda: Conv(4, 3, padding="full"),
            'padding is \'full\'; it needs "valid", "same", a number of pixels or ((top, bottom), (left, right))',
        ),
        (
            lambda: Conv(4, 3, padding=((1, -1), (0, 0))),
            "padding is ((1, -1), (0, 0)); "
            'it needs "valid", "same", a number of pixels or ((top, bottom), (left, right))',
        ),
        (
            lambda: Conv(4, 3, weights="glorot"),
            "unknown initial weights 'glorot'; choose one of zeros, ones, gaussian, scaled, xavier, he",
        ),
    ],
)
def test_unusable_settings(make, message: str) -> None:
    with pytest.raises(SettingError, match=f"^{re.escape(message)}$"):
        make()


@pytest.mark.parametrize("padding", [[1, 1], None, 1.0, True, (1, 1), ((1, 1),), ((1, 1), (1, 1.5))])
def test_padding_of_a_wrong_kind(padding) -> None:
    with pytest.raises(SettingError, match="padding is"):
        Conv(4, 3, padding=padding)


def test_a_huge_kernel_costs_nothing_until_it_meets_an_image() -> None:
    huge = Conv(10**9, 10**9)
    with pytest.raises(SettingError, match="got images of 28x28, smaller than its kernel 1000000000x1000000000"):
        huge.init(jax.random.key(0), (28, 28, 1))


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (Conv(20, 5), "conv20-5x5"),
        (Conv(20, (5, 3)), "conv20-5x3"),
        (Conv(20, 5, 2, 2, "same", 4), "conv20-5x5-stride2-same-dilate2-groups4"),
        (Conv(20, 5, padding=1), "conv20-5x5-pad1"),
        (Conv(20, 5, padding=((1, 1), (1, 1))), "conv20-5x5-pad1"),
        (Conv(20, 5, (2, 1)), "conv20-5x5-stride2x1"),
    ],
)
def test_names(layer: Conv, name: str) -> None:
    assert str(layer) == name
