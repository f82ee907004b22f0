"""Label smoothing: where the cost is least, and a training step with it."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from examples import FOX, blobs, last, leaves, small_network

import gradus
from gradus.equations import LogLikelihood, smooth_labels
from gradus.errors import SettingError
from gradus.language import text_network, text_settings
from gradus.network import backprop
from gradus.training import Settings
from gradus.training.trainers import epoch_permutation


@pytest.mark.parametrize(("epsilon", "classes"), [(0.1, 10), (0.3, 2), (0.01, 4)])
def test_the_cost_is_least_at_a_finite_distance(epsilon: float, classes: int):
    """z_y - z_j = ln(K (1 - epsilon) / epsilon + 1); there delta is 0, and C the entropy of the smoothed label."""
    y = smooth_labels(jnp.eye(classes)[:1], epsilon)
    z = jnp.zeros((1, classes)).at[0, 0].set(math.log(classes * (1 - epsilon) / epsilon + 1))
    C, delta = LogLikelihood()(z, y)
    np.testing.assert_allclose(delta, 0, atol=1e-6)
    np.testing.assert_allclose(C, -np.sum(np.asarray(y) * np.log(np.asarray(y))), rtol=1e-5)
    assert LogLikelihood()(z * 1.1, y)[0] > C < LogLikelihood()(z * 0.9, y)[0]


def test_a_smoothed_label_sums_to_1_and_is_that_of_optax():
    y = jax.nn.one_hot(jnp.array([0, 2, 1]), 3)
    np.testing.assert_allclose(smooth_labels(y, 0.2), optax.smooth_labels(y, 0.2), rtol=1e-6)
    np.testing.assert_allclose(smooth_labels(y, 0.2).sum(axis=1), 1, rtol=1e-6)


def test_an_epoch_is_that_of_smoothed_labels_written_out():
    data = blobs(30)
    record = last(gradus.fit(small_network(data), data, epochs=1, learning_rate=0.3, label_smoothing=0.1))
    network = small_network(data)
    params = network.params
    for rows in np.asarray(epoch_permutation(0, 1, 30)).reshape(3, 10):
        x, y = data.training.x[rows] / 10, 0.9 * np.eye(3)[data.training.y[rows]] + 0.1 / 3
        gradients = backprop(network.chain, network.cost, params, jnp.asarray(x), jnp.asarray(y)).gradients
        params = jax.tree.map(lambda w, g: w - 0.3 * g, params, gradients)
    for found, expected in zip(leaves(record.network), jax.tree.leaves(params), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_validation_keeps_its_labels():
    data = blobs()
    settings = {"epochs": 1, "learning_rate": 1e-12}
    plain = last(gradus.fit(small_network(data), data, **settings))
    smoothed = last(gradus.fit(small_network(data), data, label_smoothing=0.5, **settings))
    assert smoothed.validation.cost == pytest.approx(plain.validation.cost, rel=1e-6)
    assert smoothed.cost != pytest.approx(plain.cost, rel=1e-3)


@pytest.mark.slow
def test_a_text_is_smoothed_as_well():
    costs = []
    for epsilon in (0.0, 0.5):
        network = text_network(FOX, "lstm4", time=16)
        settings = text_settings(network, FOX, epochs=1, label_smoothing=epsilon)
        costs.append(last(gradus.fit(network, FOX, epochs=1, label_smoothing=epsilon)).cost)
        assert settings.label_smoothing == epsilon
    assert costs[0] != costs[1]


def test_trainings_without_it_have_the_description_of_before():
    assert "label_smoothing" not in Settings(learning_rate=0.1).description()
    assert Settings(learning_rate=0.1, label_smoothing=0.1).description()["label_smoothing"] == 0.1


@pytest.mark.parametrize("epsilon", [-0.1, 1.0, math.nan])
def test_shares_that_are_none_are_refused(epsilon: float):
    with pytest.raises(SettingError, match=r"label smoothing .*: expected a number in \[0, 1\)"):
        Settings(learning_rate=0.1, label_smoothing=epsilon)


def test_it_does_not_go_with_second_order_methods_and_numbers():
    with pytest.raises(SettingError, match="label smoothing does not go with lbfgs; leave it out"):
        Settings(optimizer="lbfgs", label_smoothing=0.1)
    data = gradus.from_arrays(np.zeros((20, 1)), np.linspace(0, 1, 20))
    with pytest.raises(SettingError, match="label smoothing is for classes, but arrays has numbers to predict"):
        next(gradus.fit(gradus.build_network(data, "dense1"), data, learning_rate=0.1, label_smoothing=0.1))
