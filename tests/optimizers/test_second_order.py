"""Newton-CG and L-BFGS: problems whose minimum is known, and training that goes down at every step."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from examples import blobs, leaves, small_network

from gradus.data import Dataset, Examples, load
from gradus.equations import LogLikelihood, Quadratic
from gradus.errors import SettingError
from gradus.layers import BatchNorm, Chain, Dense
from gradus.models import one_hot, scale_inputs
from gradus.network import Network
from gradus.notation import mlp
from gradus.optimizers.hessian import Objective, split_into_parts
from gradus.optimizers.newton_cg import MAX_PRODUCTS, NewtonCG, conjugate_gradients
from gradus.runs import fit
from gradus.training import build_network, save_checkpoint


def test_conjugate_gradients_solve_a_system():
    random = np.random.default_rng(0)
    B, b = random.standard_normal((4, 4)), random.standard_normal(4)
    A = B @ B.T + np.eye(4)
    with jax.enable_x64(True):
        matrix, target, start = jnp.asarray(A), jnp.asarray(b), jnp.asarray(random.standard_normal(4))
        x, residual, count = conjugate_gradients(lambda v: {"a": matrix @ v["a"]}, {"a": target}, {"a": start})
        exact, _, _ = conjugate_gradients(lambda v: matrix @ v, 1e-16 * target, 1e-16 * start)
        x, exact, residual, count = np.asarray(x["a"]), np.asarray(exact), np.asarray(residual["a"]), int(count)
    np.testing.assert_allclose(residual, b - A @ x, atol=1e-10)
    assert np.linalg.norm(A @ x - b) <= 0.1 * np.linalg.norm(b)
    np.testing.assert_allclose(exact, np.linalg.solve(A, 1e-16 * b), rtol=1e-6)
    assert count <= 5  # with that of the first residual


@pytest.mark.parametrize("optimizer", ["newton-cg", "lbfgs"])
def test_a_quadratic_cost_of_a_linear_network_has_the_minimum_of_least_squares(optimizer: str):
    data = blobs()
    network = Network.create(Chain((Dense(3),)), Quadratic("linear"), (2,))
    x, y = scale_inputs(data.training.x, data.preprocessing), one_hot(jnp.asarray(data.training.y), 3)
    x, y = np.asarray(x), np.asarray(y)
    with_one = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    solution, *_ = np.linalg.lstsq(with_one, y, rcond=None)
    expected = np.sum((with_one @ solution - y) ** 2) / (2 * len(x))
    *_, record = fit(network, data, epochs=25, optimizer=optimizer)
    assert record.cost == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("optimizer", ["newton-cg", "lbfgs"])
@pytest.mark.parametrize("layers", ["64-16-10", "conv4-3x3 maxpool2 dense10", "dense20 dropout0.8 dense10"])
def test_the_cost_falls_and_passes_are_counted(optimizer: str, layers: str):
    data = load("digits").with_examples(200)
    records = list(fit(build_network(data, layers), data, epochs=8, optimizer=optimizer, l2=0.1))
    costs, passes = ([getattr(record, name) for record in records] for name in ("cost", "passes"))
    assert costs[-1] < 0.5 * costs[0]
    if "dropout" not in layers:
        assert all(after <= before * 1.05 for before, after in zip(costs, costs[1:], strict=False))
    assert all(after > before for before, after in zip(passes, passes[1:], strict=False))
    assert passes[0] >= 2


class Parabola:
    """C = w^2 / 2."""

    def value_and_gradient(self, w: jax.Array, *_) -> tuple[jax.Array, jax.Array]:
        return w**2 / 2, w


@pytest.mark.parametrize(
    ("d", "ratio", "factor"), [(-1.0, 0.9, 1 / 3), (-1.0, 0.5, 1.0), (-1.0, 0.1, 3.0), (1.0, 0.9, 10.0)]
)
def test_damping_follows_how_well_the_model_predicts(d: float, ratio: float, factor: float, monkeypatch):
    """A step d from w = 2, of whose change of C the model predicts change / ratio; a rise is not accepted."""
    w, change = jnp.asarray(2.0), ((2 + d) ** 2 - 2**2) / 2
    monkeypatch.setattr(NewtonCG, "direction", lambda *_: (jnp.asarray(d), jnp.asarray(change / ratio), 1))
    method = NewtonCG(Parabola())
    start = method.initial_state(w)
    C, new_w, state = method.step(w, start, (), jnp.zeros(()), jax.random.key(0))
    is_accepted = change < 0
    assert float(C) == 2
    assert float(new_w) == (2 + d if is_accepted else 2)
    assert float(state.damping) == pytest.approx(factor * float(start.damping))
    assert np.isfinite(state.cost) == is_accepted
    assert float(state.direction) == (d if is_accepted else 0)
    assert float(state.passes) == 3  # the gradients at both ends and a product


def test_the_model_predicts_the_change_that_its_own_quadratic_has():
    """g d + 1/2 d (G + mu) d at the d that was found, whatever it is: the search begins at a d of its own."""
    data = blobs(60)  # so few that the sample is all of them
    network = small_network(data)
    objective = Objective(network.chain, network.cost, data.preprocessing, len(data.classes), 60)
    parts, zero, key = split_into_parts(data.training), jnp.zeros(()), jax.random.key(0)
    method, params, vdot = NewtonCG(objective), network.params, optax.tree.vdot
    start = jax.tree.map(lambda w: jnp.cos(jnp.arange(w.size, dtype=w.dtype)).reshape(w.shape), params)
    _, g = objective.value_and_gradient(params, parts, zero, key)
    state = method.initial_state(params)._replace(direction=start, damping=jnp.asarray(0.5))
    d, predicted, _ = method.direction(params, g, state, parts, zero, key)
    product = objective.gauss_newton_product(params, d, parts, zero, key)
    expected = vdot(g, d) + (vdot(d, product) + 0.5 * vdot(d, d)) / 2
    assert float(predicted) == pytest.approx(float(expected), rel=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_newton_never_accepts_a_rise_even_where_the_curvature_is_negative(seed: int):
    """Sigmoid with the quadratic cost is not convex in z^L: where outputs are badly wrong, v^T G v may be below 0."""
    network = Network.create(mlp([2, 4, 3], "sigmoid", "gaussian"), Quadratic("sigmoid"), (2,), seed)
    network = replace(network, params=jax.tree.map(lambda w: 4 * w, network.params))
    costs = [epoch.cost for epoch in fit(network, blobs(60), epochs=12, optimizer="newton-cg")]
    assert np.diff(costs).max() <= 0
    assert costs[-1] < costs[0]


def test_a_step_of_newton_takes_one_gradient_and_its_products():
    data = blobs()  # fewer than 1000 examples, all in one part
    first, second, *_ = fit(small_network(data), data, epochs=2, optimizer="newton-cg")
    products = first.position.state.optimizer_state.passes - 2  # the gradients at both ends of the first step
    assert 0 < products <= MAX_PRODUCTS
    assert 1 < second.passes - first.passes <= 1 + MAX_PRODUCTS
    state, n = second.position.state.optimizer_state, len(data.training.x)
    objective = Objective(second.network.chain, second.network.cost, data.preprocessing, len(data.classes), n)
    C, g = objective.value_and_gradient(
        second.network.params, split_into_parts(data.training), jnp.zeros(()), jax.random.key(0)
    )
    assert state.cost == pytest.approx(float(C), rel=1e-5)
    for kept, gradient in zip(jax.tree.leaves(state.gradient), jax.tree.leaves(g), strict=True):
        np.testing.assert_allclose(kept, gradient, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("optimizer", ["newton-cg", "lbfgs"])
def test_the_same_bits_and_from_a_checkpoint_too(optimizer: str, tmp_path):
    data = blobs()
    runs = [list(fit(small_network(data), data, epochs=5, optimizer=optimizer)) for _ in range(2)]
    save_checkpoint(runs[0][1].position, tmp_path / "checkpoint")
    rest = list(fit(small_network(data), data, epochs=5, optimizer=optimizer, resume=tmp_path / "checkpoint"))
    for other in (runs[1][-1], rest[-1]):
        assert all(
            np.array_equal(a, b) for a, b in zip(leaves(runs[0][-1].network), leaves(other.network), strict=True)
        )
        assert other.passes == runs[0][-1].passes


def test_class_weights_are_taken_into_the_cost():
    data = blobs()
    weighted = list(fit(small_network(data), data, epochs=3, optimizer="newton-cg", class_weights=[1.0, 0.0, 0.0]))
    plain = list(fit(small_network(data), data, epochs=3, optimizer="newton-cg"))
    assert weighted[-1].cost < plain[-1].cost  # one class alone is learned at once


def test_batch_normalisation_has_its_running_averages():
    data = blobs()
    network = Network.create(Chain((Dense(5), BatchNorm(), *mlp([5, 3]).layers)), LogLikelihood(), (2,))
    *_, record = fit(network, data, epochs=10, optimizer="newton-cg")
    assert record.validation.accuracy > 0.9


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": 0.1}, "learning rate does not go with newton-cg; leave it out"),
        ({"l1": 0.1}, "l1 does not go with newton-cg"),
        ({"clip_norm": 0.1}, "clip norm does not go with newton-cg"),
        ({"schedule": "cosine"}, "schedule cosine does not go with newton-cg"),
        ({"augmentation": "shift1"}, "augmentation does not go with newton-cg"),
    ],
)
def test_what_does_not_go_together(settings: dict, message: str):
    with pytest.raises(SettingError, match=message):
        fit(small_network(blobs()), blobs(), optimizer="newton-cg", **settings)


def test_without_validation_data():
    data = blobs()
    nothing = Examples(data.training.x[:0], data.training.y[:0])
    bare = Dataset("bare", data.training, nothing, data.test, data.classes)
    assert [record.validation for record in fit(small_network(bare), bare, epochs=2, optimizer="lbfgs")] == [None, None]
