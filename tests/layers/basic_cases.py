"""The cases of the layers of the simplest networks, for the one list in test_layers.py."""

from math import log

import jax.numpy as jnp
import numpy as np
from case import Case
from hypothesis import strategies as st
from referee import apart

from gradus.equations import ACTIVATIONS, INITIAL_WEIGHTS
from gradus.layers import (
    Activation,
    Chain,
    Dense,
    DenseParams,
    Flatten,
    Layer,
    NTKDense,
    NTKDenseParams,
    Scale,
    ScaleParams,
    Softmax,
)


def dense_by_hand() -> None:
    # z = w a + b.  Example 1: (1*1 + 2*2, 3*1 - 1*2, 0*1 + 4*2) + b = (5, 1, 8) + (1, 0, -1) = (6, 1, 7)
    #               Example 2: (1*0 - 2, 3*0 + 1, 0*0 - 4) + b         = (-2, 1, -4) + (1, 0, -1) = (-1, 1, -5)
    params = DenseParams(w=jnp.array([[1.0, 2], [3, -1], [0, 4]]), b=jnp.array([1.0, 0, -1]))
    a = jnp.array([[1.0, 2], [0, -1]])
    layer = Dense(3)
    z, cache = layer.forward(params, a)
    np.testing.assert_array_equal(z, [[6, 1, 7], [-1, 1, -5]])
    delta = jnp.array([[1.0, 0, 2], [3, -1, 0]])
    dx, gradients = layer.backward(params, cache, delta)
    # BP3: delta summed over the two examples: (1 + 3, 0 - 1, 2 + 0)
    np.testing.assert_array_equal(gradients.b, [4, -1, 2])
    # BP4: dw_jk = delta_j a_k, summed: j = 1: 1*(1, 2) + 3*(0, -1) = (1, -1)
    #                                   j = 2: 0*(1, 2) - 1*(0, -1) = (0, 1);  j = 3: 2*(1, 2) = (2, 4)
    np.testing.assert_array_equal(gradients.w, [[1, -1], [0, 1], [2, 4]])
    # BP2: w^T delta. Example 1: 1*(1, 2) + 2*(0, 4) = (1, 10);  2: 3*(1, 2) - 1*(3, -1) = (0, 7)
    np.testing.assert_array_equal(dx, [[1, 10], [0, 7]])


def ntk_dense_by_hand() -> None:
    # Four inputs, so sqrt(n) = 2. z = (1*2 + 3*4 + 0*1 - 1*6)/2 + 1 = 8/2 + 1 = 5
    params = NTKDenseParams(w=jnp.array([[2.0, 4, 1, 6]]), b=jnp.array([1.0]))
    z, cache = NTKDense(1).forward(params, jnp.array([[1.0, 3, 0, -1]]))
    np.testing.assert_array_equal(z, [[5]])
    # delta = 3: db = 3; dw = 3 (1, 3, 0, -1)/2; dx = 3 (2, 4, 1, 6)/2
    dx, gradients = NTKDense(1).backward(params, cache, jnp.array([[3.0]]))
    np.testing.assert_array_equal(gradients.b, [3])
    np.testing.assert_array_equal(gradients.w, [[1.5, 4.5, 0, -1.5]])
    np.testing.assert_array_equal(dx, [[3, 6, 1.5, 9]])


def scale_by_hand() -> None:
    # s = (2, -1): (1, 3) becomes (2, -3), and (4, 0) becomes (8, 0).
    # Back from (1, 1) and (2, 5): dx = (2, -1) and (4, -5); ds = (1*1 + 4*2, 3*1 + 0*5) = (9, 3)
    params = ScaleParams(jnp.array([2.0, -1]))
    y, cache = Scale().forward(params, jnp.array([[1.0, 3], [4, 0]]))
    np.testing.assert_array_equal(y, [[2, -3], [8, 0]])
    dx, gradients = Scale().backward(params, cache, jnp.array([[1.0, 1], [2, 5]]))
    np.testing.assert_array_equal(dx, [[2, -1], [4, -5]])
    np.testing.assert_array_equal(gradients.s, [9, 3])


def activation_by_hand() -> None:
    # sigmoid(0, ln 3) = (1/2, 3/4), f' = (1/4, 3/16); BP2's factor: (8, -16) (.) f' = (2, -3)
    layer, z = Activation("sigmoid"), jnp.array([[0.0, log(3)]])
    a, cache = layer.forward((), z)
    np.testing.assert_allclose(a, [[1 / 2, 3 / 4]], rtol=1e-14)
    dx, gradients = layer.backward((), cache, jnp.array([[8.0, -16]]))
    np.testing.assert_allclose(dx, [[2, -3]], rtol=1e-14)
    assert gradients == ()


def softmax_by_hand() -> None:
    # z = ln(1, 2, 5): a = (1, 2, 5)/8.  da = (8, 0, 16): sum a da = 1 + 0 + 10 = 11
    # dz = a (da - 11) = (1/8 * -3, 2/8 * -11, 5/8 * 5) = (-3, -22, 25)/8, which sums to 0
    layer, z = Softmax(), jnp.log(jnp.array([[1.0, 2, 5]]))
    a, cache = layer.forward((), z)
    np.testing.assert_allclose(a, [[1 / 8, 2 / 8, 5 / 8]], rtol=1e-14)
    dx, gradients = layer.backward((), cache, jnp.array([[8.0, 0, 16]]))
    np.testing.assert_allclose(dx, [[-3 / 8, -22 / 8, 25 / 8]], rtol=1e-14)
    assert gradients == ()


def flatten_by_hand() -> None:
    # Two images of 2x2 pixels in one channel become their rows; the errors go back to their pixels.
    images = jnp.array([[[[1.0], [2]], [[3], [4]]], [[[5], [6]], [[7], [8]]]])
    y, cache = Flatten().forward((), images)
    np.testing.assert_array_equal(y, [[1, 2, 3, 4], [5, 6, 7, 8]])
    dx, gradients = Flatten().backward((), cache, 10 * y)
    np.testing.assert_array_equal(dx, 10 * images)
    assert gradients == ()


def chain_by_hand() -> None:
    # z1 = 2*3 - 1 = 5, ReLU 5, z2 = -4*5 + 7 = -13.  Back from delta2 = 2: db2 = 2, dw2 = 2*5 = 10,
    # da1 = -4*2 = -8, delta1 = -8 * 1, db1 = -8, dw1 = -8*3 = -24, dx = 2*-8 = -16.
    chain = Chain((Dense(1), Activation("relu"), Dense(1)))
    one = DenseParams(jnp.array([[2.0]]), jnp.array([-1.0]))
    two = DenseParams(jnp.array([[-4.0]]), jnp.array([7.0]))
    z, cache = chain.forward((one, (), two), jnp.array([[3.0]]))
    assert z == -13
    dx, (first, nothing, last) = chain.backward((one, (), two), cache, jnp.array([[2.0]]))
    assert (last.b, last.w, first.b, first.w, dx) == (2, 10, -8, -24, -16)
    assert nothing == ()


sizes = st.integers(1, 7)
vectors = st.tuples(sizes)
vectors_or_sequences = st.lists(sizes, min_size=1, max_size=2).map(tuple)
any_shape = st.lists(st.integers(1, 5), min_size=0, max_size=3).map(tuple)


def draw_layer(layers: st.SearchStrategy[Layer], shapes: st.SearchStrategy) -> st.SearchStrategy:
    return st.tuples(layers, shapes)


BASIC_CASES = [
    Case(
        Dense,
        draw_layer(st.builds(Dense, sizes, st.sampled_from(sorted(INITIAL_WEIGHTS))), vectors_or_sequences),
        dense_by_hand,
    ),
    Case(
        NTKDense,
        draw_layer(st.builds(NTKDense, sizes, st.booleans()), vectors_or_sequences),
        ntk_dense_by_hand,
    ),
    Case(Scale, draw_layer(st.just(Scale()), vectors_or_sequences), scale_by_hand),
    Case(
        Activation,
        draw_layer(st.builds(Activation, st.sampled_from(sorted(ACTIVATIONS))), any_shape),
        activation_by_hand,
        inputs=lambda rng, shape, layer: apart(rng, shape),
    ),
    Case(Softmax, draw_layer(st.just(Softmax()), vectors_or_sequences), softmax_by_hand),
    Case(Flatten, draw_layer(st.just(Flatten()), any_shape), flatten_by_hand),
    Case(
        Chain,
        draw_layer(
            st.builds(
                lambda hidden, outputs: Chain((Dense(hidden), Activation("tanh"), Dense(outputs), Softmax())),
                sizes,
                sizes,
            ),
            vectors,
        ),
        chain_by_hand,
    ),
]
