"""Costs and output errors: worked by hand, against SciPy, scikit-learn, automatic and finite differences."""

import re
from functools import partial
from math import log, sqrt

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from referee import OFFSETS, STEP, four_point_slope
from scipy import special
from sklearn.metrics import log_loss

from gradus.equations import ACTIVATIONS, COSTS, Cost, CrossEntropy, LogLikelihood, Quadratic, derivative
from gradus.errors import SettingError

pytestmark = pytest.mark.usefixtures("float64")

MATCHED = [Quadratic("linear"), CrossEntropy(), LogLikelihood()]
ALL = [*(Quadratic(name) for name in ACTIVATIONS), CrossEntropy(), LogLikelihood()]

matched = pytest.mark.parametrize("cost", MATCHED, ids=repr)
every = pytest.mark.parametrize("cost", ALL, ids=repr)


@partial(jax.jit, static_argnums=0)
def compiled_cost(
    cost: Cost, z: jax.Array, y: jax.Array, weights: jax.Array | None = None
) -> tuple[jax.Array, jax.Array]:
    return cost(z, y, weights)


def weighted_inputs(*shape: int, seed: int = 0) -> jax.Array:
    return jnp.array(2 * np.random.default_rng(seed).standard_normal(shape))


def classes(*shape: int, seed: int = 1) -> jax.Array:
    """One row of zeros with a single 1 per example."""
    labels = np.random.default_rng(seed).integers(shape[-1], size=shape[:-1])
    return jnp.array(np.eye(shape[-1])[labels])


def probabilities(*shape: int, seed: int = 1) -> jax.Array:
    """Soft targets: every row is positive and sums to 1."""
    return jnp.array(np.random.default_rng(seed).dirichlet(np.ones(shape[-1]), size=shape[:-1]))


def test_quadratic_by_hand() -> None:
    # Two examples of two linear outputs. Errors a - y: (1, -2) and (0, 3).
    # C = 1/(2*2) (1 + 4 + 0 + 9) = 14/4 = 3.5, and delta = (a - y)/2.
    z, y = jnp.array([[2.0, 0], [1, 4]]), jnp.array([[1.0, 2], [1, 1]])
    C, delta = Quadratic()(z, y)
    assert C == 3.5
    np.testing.assert_array_equal(delta, [[0.5, -1], [0, 1.5]])
    np.testing.assert_array_equal(Quadratic().output(z), z)


def test_quadratic_with_sigmoid_by_hand() -> None:
    # a = sigmoid(ln 3) = 3/4, y = 0: C = 1/2 (3/4)^2 = 9/32.
    # delta = (a - y) f'(z) = 3/4 * 3/16 = 9/64.
    C, delta = Quadratic("sigmoid")(jnp.log(jnp.array([[3.0]])), jnp.zeros((1, 1)))
    np.testing.assert_allclose(C, 9 / 32, rtol=1e-14)
    np.testing.assert_allclose(delta, [[9 / 64]], rtol=1e-14)


def test_cross_entropy_by_hand() -> None:
    # One example, outputs a = 3/4 and 1/2, desired 1 and 0.
    # C = -[ln 3/4 + ln(1 - 1/2)] = ln 4/3 + ln 2 = ln 8/3, and delta = a - y = (-1/4, 1/2).
    C, delta = CrossEntropy()(jnp.log(jnp.array([[3.0, 1]])), jnp.array([[1.0, 0]]))
    np.testing.assert_allclose(C, log(8 / 3), rtol=1e-14)
    np.testing.assert_allclose(delta, [[-1 / 4, 1 / 2]], rtol=1e-14)


def test_log_likelihood_by_hand() -> None:
    # Two examples, a = (1, 2, 5)/8 of class 1 and (1, 1, 2)/4 of class 2.
    # C = -1/2 (ln 1/4 + ln 1/2) = ln sqrt 8; delta = (a - y)/2.
    z, y = jnp.log(jnp.array([[1.0, 2, 5], [1, 1, 2]])), jnp.array([[0.0, 1, 0], [0, 0, 1]])
    C, delta = LogLikelihood()(z, y)
    np.testing.assert_allclose(C, log(sqrt(8)), rtol=1e-14)
    np.testing.assert_allclose(delta, [[1 / 16, -6 / 16, 5 / 16], [1 / 8, 1 / 8, -2 / 8]], rtol=1e-14)


def test_weights_by_hand() -> None:
    # As in test_quadratic_by_hand: the examples cost 5/2 and 9/2, with errors (1, -2) and (0, 3).
    # Weights 3 and 1: C = 1/2 (3 * 5/2 + 9/2) = 6, and delta = (3, -6)/2 and (0, 3)/2.
    z, y = jnp.array([[2.0, 0], [1, 4]]), jnp.array([[1.0, 2], [1, 1]])
    C, delta = Quadratic()(z, y, jnp.array([3, 1]))
    assert C == 6
    np.testing.assert_array_equal(delta, [[1.5, -3], [0, 1.5]])


@every
@pytest.mark.parametrize("targets", [classes, probabilities])
@pytest.mark.parametrize("shape", [(1, 1), (4, 3), (2, 3, 4)], ids=str)
def test_delta_is_the_derivative_of_the_cost(cost: Cost, targets, shape: tuple[int, ...]) -> None:
    assert_delta_is_the_derivative(cost, np.array(weighted_inputs(*shape)), targets(*shape))


@every
def test_weighted_delta_is_the_derivative_of_the_weighted_cost(cost: Cost) -> None:
    weights = jnp.array([[0.0, 0.5, 3], [1, 2, 0]])
    assert_delta_is_the_derivative(cost, np.array(weighted_inputs(2, 3, 4)), classes(2, 3, 4), weights)


def assert_delta_is_the_derivative(cost: Cost, z: np.ndarray, y: jax.Array, weights: jax.Array | None = None) -> None:
    """By automatic and by finite differences."""
    C, delta, automatic, values = answers(cost, z, y, weights)
    assert C.shape == ()
    assert delta.shape == z.shape
    np.testing.assert_allclose(delta, automatic, rtol=1e-9, atol=1e-13)
    finite = four_point_slope(np.asarray(values)).reshape(z.shape)
    np.testing.assert_allclose(delta, finite, rtol=1e-6, atol=1e-10)


@partial(jax.jit, static_argnums=0)
def answers(cost: Cost, z: jax.Array, y: jax.Array, weights: jax.Array | None) -> tuple[jax.Array, ...]:
    """C and delta, dC/dz by automatic differentiation, and C where one output at a time is moved by some steps."""
    of_z = lambda z: cost(z, y, weights)[0]  # noqa: E731
    moves = STEP * jnp.array(OFFSETS)[:, None, None] * jnp.eye(z.size)
    values = lax.map(lambda move: of_z(z + move.reshape(z.shape)), moves.reshape(-1, z.size))
    return *cost(z, y, weights), jax.grad(of_z)(z), values.reshape(len(OFFSETS), z.size)


@matched
@pytest.mark.parametrize("shape", [(1, 2), (7, 3), (2, 3, 4)], ids=str)
def test_matched_pairs_give_a_minus_y_exactly(cost: Cost, shape: tuple[int, ...]) -> None:
    z, y = weighted_inputs(*shape), classes(*shape)
    m = np.prod(shape[:-1])
    np.testing.assert_array_equal(cost(z, y)[1], (cost.output(z) - y) / m)


def test_sigmoid_with_quadratic_keeps_the_derivative() -> None:
    """It learns slowly when it is badly wrong: its delta is cross-entropy's, times f'(z) (theory B4)."""
    z, y = jnp.array([[2.0], [5], [10]]), jnp.zeros((3, 1))
    (_, slow), (_, fast) = Quadratic("sigmoid")(z, y), CrossEntropy()(z, y)
    np.testing.assert_allclose(slow, fast * derivative("sigmoid")(z), rtol=1e-12)
    assert (jnp.diff(fast, axis=0) > 0).all()  # the worse the output, the larger the error ...
    assert (jnp.diff(slow, axis=0) < 0).all()  # ... and here the smaller


def test_cross_entropy_against_scipy_and_sklearn() -> None:
    z, y = weighted_inputs(6, 3), jnp.round(probabilities(6, 3))
    a = special.expit(np.array(z))
    C = CrossEntropy()(z, y)[0]
    np.testing.assert_allclose(C, -(special.xlogy(y, a) + special.xlog1py(1 - y, -a)).sum() / 6, rtol=1e-12)
    np.testing.assert_allclose(C, 3 * log_loss(np.ravel(y), np.ravel(a)), rtol=1e-12)
    np.testing.assert_allclose(CrossEntropy().output(z), a, rtol=1e-12)


def test_cross_entropy_of_soft_targets_against_scipy() -> None:
    z, y = weighted_inputs(6, 3), probabilities(6, 3)
    a = special.expit(np.array(z))
    expected = -(special.xlogy(y, a) + special.xlog1py(1 - y, -a)).sum() / 6
    np.testing.assert_allclose(CrossEntropy()(z, y)[0], expected, rtol=1e-12)


def test_log_likelihood_against_scipy_and_sklearn() -> None:
    z, y = weighted_inputs(9, 4), classes(9, 4)
    a = special.softmax(np.array(z), axis=-1)
    labels = np.argmax(y, axis=-1)
    C = LogLikelihood()(z, y)[0]
    np.testing.assert_allclose(C, log_loss(labels, a, labels=range(4)), rtol=1e-12)
    np.testing.assert_allclose(C, -np.log(a[np.arange(9), labels]).mean(), rtol=1e-12)
    np.testing.assert_allclose(LogLikelihood().output(z), a, rtol=1e-12)


def test_quadratic_against_numpy() -> None:
    z, y = weighted_inputs(5, 3), probabilities(5, 3)
    expected = np.mean(np.linalg.norm(special.expit(np.array(z)) - y, axis=1) ** 2) / 2
    np.testing.assert_allclose(Quadratic("sigmoid")(z, y)[0], expected, rtol=1e-12)


@every
def test_a_sequence_averages_over_batch_and_time(cost: Cost) -> None:
    z, y = weighted_inputs(2, 3, 4), classes(2, 3, 4)
    C, delta = compiled_cost(cost, z, y)
    flat_C, flat_delta = compiled_cost(cost, z.reshape(6, 4), y.reshape(6, 4))
    np.testing.assert_allclose(C, flat_C, rtol=1e-14)
    np.testing.assert_allclose(delta.reshape(6, 4), flat_delta, rtol=1e-14)
    one_by_one = [compiled_cost(cost, z[i, t][None], y[i, t][None])[0] for i in range(2) for t in range(3)]
    np.testing.assert_allclose(C, np.mean(one_by_one), rtol=1e-12)


@every
def test_weights_of_1_change_no_bit(cost: Cost) -> None:
    z, y = weighted_inputs(2, 3, 4), classes(2, 3, 4)
    for plain, weighted in zip(cost(z, y), cost(z, y, jnp.ones((2, 3))), strict=True):
        np.testing.assert_array_equal(plain, weighted)


@every
def test_a_mask_divided_by_its_mean_averages_over_the_steps_there_are(cost: Cost) -> None:
    """Two sequences of a batch, of 3 steps and of 1."""
    z, y = weighted_inputs(2, 3, 4), classes(2, 3, 4)
    mask = jnp.array([[True, True, True], [True, False, False]])
    C, delta = compiled_cost(cost, z, y, mask / mask.mean())
    alone_C, alone_delta = compiled_cost(cost, z[mask], y[mask])
    np.testing.assert_allclose(C, alone_C, rtol=1e-14)
    np.testing.assert_allclose(delta[mask], alone_delta, rtol=1e-14)
    np.testing.assert_array_equal(delta[~mask], 0)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("weights", [jnp.array([True, False]), jnp.array([1, 2]), jnp.array([0.5, 1.5])], ids=str)
def test_weights_of_any_type_leave_the_inputs_type(dtype: type, weights: jax.Array) -> None:
    z = jnp.zeros((2, 3), dtype)
    C, delta = LogLikelihood()(z, z.at[:, 0].set(1), weights)
    assert C.dtype == delta.dtype == dtype


@pytest.mark.parametrize("cost", COSTS.values(), ids=repr)
@pytest.mark.parametrize("size", [100, 1e4])
def test_finite_where_a_rounds_to_0_or_1(cost: Cost, size: float) -> None:
    z = jnp.array([[size, -size, 0], [-size, size, -size], [-size, -size, -size]], dtype=jnp.float32)
    for label in range(3):
        y = jnp.zeros_like(z).at[:, label].set(1)
        for evaluate in (cost, jax.jit(cost.__call__)):
            C, delta = evaluate(z, y)
            assert C.dtype == delta.dtype == jnp.float32
            assert jnp.isfinite(C)
            assert jnp.isfinite(delta).all()


def test_costs_far_out_by_hand() -> None:
    """A confident mistake costs what it should: -ln a = 1e4 where a = e^-10000 is 0 in float32."""
    z = jnp.array([[1e4, 0]], dtype=jnp.float32)
    C, delta = LogLikelihood()(z, jnp.array([[0, 1]], dtype=jnp.float32))
    assert C == 1e4
    np.testing.assert_array_equal(delta, [[1, -1]])
    C, delta = CrossEntropy()(z[:, :1], jnp.zeros((1, 1), dtype=jnp.float32))
    assert C == 1e4
    np.testing.assert_array_equal(delta, [[1]])
    C, delta = CrossEntropy()(z[:, :1], jnp.ones((1, 1), dtype=jnp.float32))
    assert C == 0
    np.testing.assert_array_equal(delta, [[0]])


@pytest.mark.parametrize("cost", [CrossEntropy(), LogLikelihood()], ids=repr)
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_never_negative(cost: Cost, dtype: type) -> None:
    for scale in (1e-3, 1, 10, 50, 1e4):
        z = (scale * weighted_inputs(500, 1, 4)).astype(dtype)
        for y in (classes(500, 1, 4), probabilities(500, 1, 4)):
            C, _ = jax.vmap(cost)(z, y.astype(dtype))  # one cost an example: a mean would hide a negative one
            assert (C >= 0).all()


@pytest.mark.parametrize("cost", [CrossEntropy(), LogLikelihood()], ids=repr)
def test_smaller_as_a_nears_y(cost: Cost) -> None:
    y = jnp.array([[0.0, 1]])
    values = [float(cost(jnp.array([[-z, z]]), y)[0]) for z in (-5.0, -1.0, 0.0, 1.0, 5.0, 15.0)]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(values)


def test_masked_outputs_count_for_nothing() -> None:
    """z = -infinity: C and delta are those of the outputs that are left, and delta there is 0."""
    z, y = weighted_inputs(5, 3), classes(5, 3)
    C, delta = LogLikelihood()(z, y)
    masked = jnp.array(np.insert(z, 1, -np.inf, axis=1))
    masked_C, masked_delta = LogLikelihood()(masked, np.insert(y, 1, 0, axis=1))
    np.testing.assert_allclose(masked_C, C, rtol=1e-14)
    np.testing.assert_allclose(masked_delta, np.insert(delta, 1, 0, axis=1), rtol=1e-14)
    np.testing.assert_array_equal(masked_delta[:, 1], 0)
    np.testing.assert_array_equal(LogLikelihood().output(masked)[:, 1], 0)


def test_names() -> None:
    assert COSTS.find("quadratic") == Quadratic("sigmoid")
    assert COSTS.find("cross-entropy") == CrossEntropy()
    assert COSTS.find("log-likelihood") == LogLikelihood()
    assert len(COSTS) == 3


def test_costs_are_equal_and_hashable_by_settings() -> None:
    assert Quadratic("tanh") == Quadratic("tanh") != Quadratic("relu")
    assert len({Quadratic("tanh"), Quadratic("tanh"), CrossEntropy(), CrossEntropy(), LogLikelihood()}) == 3


def test_unknown_name() -> None:
    expected = "unknown cost 'hinge'; choose one of quadratic, cross-entropy, log-likelihood"
    with pytest.raises(SettingError, match=f"^{re.escape(expected)}$"):
        COSTS.find("hinge")


def test_unknown_output_activation() -> None:
    with pytest.raises(SettingError, match=r"^unknown activation 'sine'.*; choose one of linear, sigmoid"):
        Quadratic("sine")
