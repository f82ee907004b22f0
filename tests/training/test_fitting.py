"""Training: the right steps on the right examples, the same bits from the same seed, and settings refused."""

import math
import time
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from examples import blobs, compiled_backprop, last, leaves
from examples import small_network as network
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.data import Dataset, Examples
from gradus.equations import CrossEntropy
from gradus.errors import DivergedError, SettingError
from gradus.models import one_hot, scale_inputs
from gradus.network import Network
from gradus.notation import mlp
from gradus.runs import fit, fit_steps
from gradus.training import Epoch, Progress
from gradus.training.trainers import epoch_permutation


def prepared(data: Dataset, rows: np.ndarray) -> tuple[jax.Array, jax.Array]:
    """Inputs and desired outputs of some training examples, as the equations take them."""
    x, y = data.training.x[rows], jnp.asarray(data.training.y[rows])
    return scale_inputs(x, data.preprocessing), one_hot(y, 3)


@pytest.mark.parametrize("batch_size", [1, 10, 51, 103])
def test_an_epoch_is_the_steps_of_the_book_with_the_last_batch_weighted_right(batch_size: int):
    """Against a plain loop: w -> w - eta/m sum dC_x/dw - eta lambda/n w, over slices of the visiting order."""
    data, eta, l2 = blobs(), 0.3, 2.0
    n = len(data.training.x)
    start = network(data)
    record = last(fit(start, data, epochs=2, batch_size=batch_size, learning_rate=eta, l2=l2, seed=7))
    params = start.params
    for epoch in (1, 2):
        order, costs = np.asarray(epoch_permutation(7, epoch, n)), []
        for first in range(0, n, batch_size):
            rows = order[first : first + batch_size]
            x, y = prepared(data, rows)
            C, gradients, *_ = compiled_backprop(start.chain, start.cost, params, x, y)
            costs.append(float(C) * len(rows))
            step = eta * len(rows) / batch_size  # eta/m times the sum over the batch, with one m for all
            params = tuple(
                p and type(p)(p.w - step * (g.w + l2 / n * p.w), p.b - step * g.b)
                for p, g in zip(params, gradients, strict=True)
            )
    for trained, expected in zip(leaves(record.network), jax.tree.leaves(params), strict=True):
        np.testing.assert_allclose(trained, expected, rtol=2e-4, atol=1e-6)
    assert record.cost == pytest.approx(sum(costs) / n, rel=1e-4)


def moved(data: Dataset, eta: float, **settings) -> list[np.ndarray]:
    """How far an epoch from the same start moves each parameter, in units of eta."""
    start = network(data)
    record = last(fit(start, data, epochs=1, learning_rate=eta, **settings))
    return [(after - before) / eta for after, before in zip(leaves(record.network), leaves(start), strict=True)]


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.sampled_from([12, 10, 11]), weighted=st.booleans())
def test_every_example_counts_alike_in_whatever_order(seed: int, n: int, weighted: bool):
    """To first order in eta, an epoch in batches of 5, 5 and 2 is -eta/m times the sum of all gradients, with m = 5."""
    data = blobs(n)
    weights = np.arange(1, n + 1) / np.arange(1, n + 1).mean() if weighted else None
    data = replace(data, sample_weights=weights)
    start = network(data)
    x, y = scale_inputs(data.training.x, data.preprocessing), one_hot(jnp.asarray(data.training.y), 3)
    _, mean_gradient, *_ = compiled_backprop(start.chain, start.cost, start.params, x, y, None, weights)
    for found, gradient in zip(moved(data, 1e-3, batch_size=5, seed=seed), jax.tree.leaves(mean_gradient), strict=True):
        np.testing.assert_allclose(found, -n / 5 * gradient, rtol=0.02, atol=0.02)


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov"])
def test_with_velocity_a_small_batch_adds_its_share_to_all_steps_to_come(optimizer: str):
    """Against a plain loop over batches of 5, 5 and 2: v -> 0.9 v + share g, w -> w - eta v (Nesterov: 0.9 v + g)."""
    data, eta = blobs(12), 0.2
    start = network(data)
    record = last(fit(start, data, epochs=3, batch_size=5, learning_rate=eta, optimizer=optimizer, seed=7))
    params, v = start.params, jax.tree.map(jnp.zeros_like, start.params)
    for epoch in (1, 2, 3):
        order = np.asarray(epoch_permutation(7, epoch, 12))
        for first in (0, 5, 10):
            rows = order[first : first + 5]
            x, y = prepared(data, rows)
            _, gradients, *_ = compiled_backprop(start.chain, start.cost, params, x, y)
            share = len(rows) / 5
            g = jax.tree.map(lambda gradient, share=share: share * gradient, gradients)
            v = jax.tree.map(lambda old, new: 0.9 * old + new, v, g)
            step = jax.tree.map(lambda v, g: 0.9 * v + g, v, g) if optimizer == "nesterov" else v
            params = jax.tree.map(lambda p, d: p - eta * d, params, step)
    for trained, expected in zip(leaves(record.network), jax.tree.leaves(params), strict=True):
        np.testing.assert_allclose(trained, expected, rtol=1e-4, atol=1e-6)


def test_training_learns():
    record = last(fit(network(blobs()), blobs(), epochs=30, learning_rate=0.5))
    assert record.validation.accuracy >= 0.95
    assert record.validation.cost < 0.3


def test_the_same_seed_gives_the_same_bits_however_often_the_loop_returns_to_python(monkeypatch):
    data = blobs()
    runs = []
    for seconds in (0.0, 10.0):  # after every step, or once an epoch
        monkeypatch.setattr("gradus.training.loop.CHUNK_SECONDS", seconds)
        records = list(fit_steps(network(data), data, epochs=3, learning_rate=0.5, seed=3))
        runs.append((sum(isinstance(record, Progress) for record in records), leaves(records[-1].network)))
    (many, first), (few, second) = runs
    assert many == 3 * 11
    assert few < many
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_the_seconds_of_an_epoch_grow_with_its_steps_and_add_up_to_no_more_than_the_clock(monkeypatch):
    monkeypatch.setattr("gradus.training.loop.CHUNK_SECONDS", 0.0)  # return after every step
    began = time.perf_counter()
    records = list(fit_steps(network(blobs()), blobs(), epochs=2, batch_size=10, learning_rate=0.1))
    elapsed = time.perf_counter() - began
    epochs = [record for record in records if isinstance(record, Epoch)]
    assert 0 < sum(epoch.seconds for epoch in epochs) <= elapsed
    seconds = [record.position.seconds for record in records if isinstance(record, Progress) and record.epoch == 1]
    assert seconds == sorted(seconds)
    assert 0 < seconds[0] < seconds[-1] == epochs[0].seconds


def test_a_full_last_batch_needs_no_program_of_its_own(monkeypatch):
    monkeypatch.delattr("gradus.training.trainers.Trainer.run_last_step")
    data = blobs().with_examples(60)
    assert last(fit(network(data), data, epochs=2, batch_size=20, learning_rate=0.1)).epoch == 2


def test_without_a_seed_it_is_0():
    runs = [last(fit(network(blobs()), blobs(), epochs=1, learning_rate=0.5, **seed)) for seed in ({}, {"seed": 0})]
    assert all(np.array_equal(a, b) for a, b in zip(*(leaves(run.network) for run in runs), strict=True))


def test_another_seed_visits_in_another_order():
    assert not np.array_equal(epoch_permutation(0, 1, 100), epoch_permutation(1, 1, 100))
    assert not np.array_equal(epoch_permutation(0, 1, 100), epoch_permutation(0, 2, 100))
    assert sorted(np.asarray(epoch_permutation(0, 1, 100))) == list(range(100))


def test_every_epoch_is_recorded_and_stretches_run_up_to_its_last_step():
    records = list(fit_steps(network(blobs()), blobs(), epochs=2, batch_size=10, learning_rate=0.1))
    assert [record.epoch for record in records if isinstance(record, Epoch)] == [1, 2]
    ends = [before for before, after in zip(records, records[1:], strict=False) if isinstance(after, Epoch)]
    assert [(end.step, end.steps) for end in ends] == [(11, 11), (11, 11)]


def test_the_length_of_a_stretch_is_learned_once_and_not_in_every_epoch(monkeypatch):
    monkeypatch.setattr("gradus.training.loop.CHUNK_SECONDS", 10.0)
    records = list(fit_steps(network(blobs()), blobs(), epochs=4, batch_size=10, learning_rate=0.1))
    stretches = [sum(isinstance(r, Progress) and r.epoch == epoch for r in records) for epoch in (1, 2, 3, 4)]
    assert stretches[0] > stretches[-1] == 1 + (len(blobs().training.x) % 10 > 0)


def test_an_optax_optimiser_takes_the_steps_it_would_take_alone():
    """optax.sgd is plain descent, so both must agree."""
    data = blobs()
    ours = last(fit(network(data), data, epochs=2, learning_rate=0.1, seed=5))
    theirs = last(fit(network(data), data, epochs=2, optimizer=optax.sgd(0.1), seed=5))
    for a, b in zip(leaves(ours.network), leaves(theirs.network), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    adam = last(fit(network(data), data, epochs=5, optimizer=optax.adam(0.05), seed=5))
    named = last(fit(network(data), data, epochs=5, optimizer="adam", learning_rate=0.05, seed=5))
    for a, b in zip(leaves(adam.network), leaves(named.network), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    assert adam.validation.accuracy > 0.9


def test_data_without_validation_has_epochs_without_it():
    data = blobs()
    bare = Dataset("bare", data.training, Examples(data.training.x[:0], data.training.y[:0]), data.test, data.classes)
    assert last(fit(network(bare), bare, epochs=1, learning_rate=0.01)).validation is None


def test_a_cost_that_is_no_longer_finite_stops_with_the_last_good_network():
    data = blobs()
    start = Network.create(mlp([2, 5, 3], "relu"), CrossEntropy(), data.in_shape)
    good = start
    with pytest.raises(
        DivergedError,
        match=r"training diverged in epoch \d+ at step \d+; the first number .* of layer .*; try a learning rate",
    ) as caught:
        for record in fit(start, data, epochs=50, learning_rate=1e15):
            good = record.network
    assert all(np.array_equal(a, b) for a, b in zip(leaves(caught.value.network), leaves(good), strict=True))
    assert all(np.isfinite(leaf).all() for leaf in leaves(good))


@pytest.mark.parametrize(
    ("given_settings", "message"),
    [
        ({"learning_rate": 0.0}, "learning rate 0.0: expected a number above 0"),
        ({"learning_rate": -1.0}, "learning rate -1.0: expected"),
        ({"learning_rate": math.nan}, "learning rate nan: expected"),
        ({"learning_rate": math.inf}, "learning rate inf: expected"),
        ({"learning_rate": 0.1, "batch_size": 0}, "batch size 0: expected 1 to 103"),
        (
            {"learning_rate": 0.1, "batch_size": 104},
            "batch size 104: expected 1 to 103, the number of training examples",
        ),
        ({"learning_rate": 0.1, "epochs": 0}, "epochs 0: expected a whole number of at least 1"),
        ({"learning_rate": 0.1, "l2": -1.0}, "l2 -1.0: expected a number of at least 0"),
        ({}, "give either a learning rate or an optax optimizer"),
        ({"learning_rate": 0.1, "optimizer": optax.adam(0.1)}, "give either a learning rate or an optax optimizer"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_at_the_call(given_settings: dict, message: str):
    with pytest.raises(SettingError, match=message):
        fit_steps(network(blobs()), blobs(), **given_settings)


def test_a_network_that_does_not_fit_the_data_is_refused():
    data = blobs()
    with pytest.raises(SettingError, match="the inputs are 2 each, but the network takes 4"):
        fit(Network.create(mlp([4, 3]), CrossEntropy(), (4,)), data, learning_rate=0.1)
    with pytest.raises(SettingError, match="the network has 4 outputs, but the data has 3 classes"):
        fit(Network.create(mlp([2, 4]), CrossEntropy(), (2,)), data, learning_rate=0.1)
