"""What a person may choose: penalties, optimisers, clipping, patience, a limit of time."""

import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from examples import blobs, last, leaves, small_network

from gradus.data import Dataset, Examples
from gradus.equations import CrossEntropy
from gradus.errors import SettingError
from gradus.layers import is_weight
from gradus.models import one_hot, scale_inputs
from gradus.network import Network, backprop
from gradus.optimizers import MAX_HALVINGS, OPTIMIZERS
from gradus.runs import fit, fit_steps
from gradus.training import Epoch
from gradus.training.trainers import epoch_permutation


def full_batches(data: Dataset, **settings) -> list[Epoch]:
    """Training in which every epoch is one step on all examples."""
    n = len(data.training.x)
    return list(fit(small_network(data), data, batch_size=n, seed=2, **settings))


def plain_loop(data: Dataset, optimizer: optax.GradientTransformation, steps: int) -> list[np.ndarray]:
    """The same with optax alone, on the gradients of `backprop`."""
    network = small_network(data)
    params, state = network.params, optimizer.init(network.params)
    for epoch in range(1, steps + 1):
        order = np.asarray(epoch_permutation(2, epoch, len(data.training.x)))
        x, y = scale_inputs(data.training.x[order], data.preprocessing), one_hot(jnp.asarray(data.training.y[order]), 3)
        _, gradients, *_ = backprop(network.chain, network.cost, params, x, y)
        updates, state = optimizer.update(gradients, state, params)
        params = optax.apply_updates(params, updates)
    return [np.asarray(leaf) for leaf in jax.tree.leaves(params)]


WEIGHTS = jax.tree.map_with_path(lambda path, _: is_weight(path), small_network(blobs()).params)


@pytest.mark.parametrize(
    ("name", "optimizer"),
    [
        ("gradient-descent", optax.sgd(0.01)),
        ("momentum", optax.sgd(0.01, momentum=0.9)),
        ("nesterov", optax.sgd(0.01, momentum=0.9, nesterov=True)),
        ("adam", optax.adam(0.01)),
        ("adam95", optax.adam(0.01, b2=0.95)),
        ("adamw", optax.adamw(0.01, weight_decay=5 / 103, mask=WEIGHTS)),
        ("rmsprop", optax.rmsprop(0.01, decay=0.9)),
    ],
)
def test_an_optimiser_by_its_name_takes_the_steps_of_optax(name: str, optimizer: optax.GradientTransformation):
    data = blobs()
    ours = full_batches(data, epochs=4, optimizer=name, learning_rate=0.01, l2=5.0 if name == "adamw" else 0.0)
    for a, b in zip(leaves(ours[-1].network), plain_loop(data, optimizer, 4), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-6)
    assert name in OPTIMIZERS


@pytest.mark.parametrize(
    ("settings", "clipping"),
    [
        ({"clip_norm": 0.01}, optax.clip_by_global_norm(0.01)),
        ({"clip_value": 0.002}, optax.clip(0.002)),
        ({"clip_norm": 0.01, "clip_value": 0.002}, optax.chain(optax.clip(0.002), optax.clip_by_global_norm(0.01))),
    ],
)
def test_gradients_are_clipped(settings: dict, clipping: optax.GradientTransformation):
    data = blobs()
    ours = full_batches(data, epochs=2, learning_rate=0.5, **settings)
    for a, b in zip(leaves(ours[-1].network), plain_loop(data, optax.chain(clipping, optax.sgd(0.5)), 2), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_weight_decay_multiplies_weights_and_leaves_biases_alone():
    """Where the penalty is all of the gradient, w -> (1 - eta lambda/n) w (theory D1); L1 takes a fixed step."""
    data = blobs(100)
    x = data.training.x * 0
    start = small_network(data)
    # Weights into a unit that gets zeros have no gradient; those are the first layer's.
    silent = Dataset("silent", Examples(x, data.training.y), data.validation, data.test, data.classes)
    w = np.asarray(start.params[1].w)
    settings = {"epochs": 1, "batch_size": 100, "learning_rate": 0.5}
    decayed = last(fit(start, silent, l2=20.0, **settings)).network.params[1].w
    np.testing.assert_allclose(decayed, w * (1 - 0.5 * 20 / 100), rtol=1e-6)
    moved = last(fit(start, silent, l1=0.2, **settings)).network.params[1].w
    np.testing.assert_allclose(moved, w - 0.5 * 0.2 / 100 * np.sign(w), rtol=1e-6)
    bare = last(fit(start, silent, **settings)).network
    both = last(fit(start, silent, l1=3.0, l2=3.0, **settings)).network
    np.testing.assert_array_equal(bare.params[1].b, both.params[1].b)
    np.testing.assert_array_equal(bare.params[3].b, both.params[3].b)


def test_another_learning_rate_lambda_or_schedule_needs_no_other_program():
    data = blobs()
    last(fit(small_network(data), data, epochs=1, learning_rate=0.1))
    with jax.log_compiles(False), count_compilations() as compiled:
        last(fit(small_network(data), data, epochs=1, learning_rate=0.3, l2=1.0, l1=0.5, schedule="cosine"))
    assert compiled == []


class count_compilations:  # noqa: N801
    """Collects the names of the steps that are compiled inside the block."""

    def __enter__(self) -> list[str]:
        from gradus.training import step

        self.found, self.sizes = [], {f: f._cache_size() for f in (step.run_steps, step.train_last_batch)}
        return self.found

    def __exit__(self, *error: object) -> None:
        self.found += [str(f) for f, size in self.sizes.items() if f._cache_size() != size]


def uneven(accuracies: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the validation accuracies be these."""
    from gradus.models import ClassificationEvaluation
    from gradus.training.trainers import MiniBatchTrainer

    numbers = iter(accuracies)
    monkeypatch.setattr(
        MiniBatchTrainer, "evaluate", lambda trainer, network: ClassificationEvaluation(1.0, next(numbers))
    )


def test_patience_stops_and_keeps_the_best_weights(monkeypatch: pytest.MonkeyPatch):
    uneven([0.5, 0.6, 0.9, 0.8, 0.9, 0.7, 1.0], monkeypatch)
    records = list(fit(small_network(blobs()), blobs(), epochs=7, learning_rate=0.1, patience=3))
    assert [record.epoch for record in records] == [1, 2, 3, 4, 5, 6]  # 4, 5 and 6 are no better than 3
    best = leaves(records[2].network)
    assert all(np.array_equal(a, b) for a, b in zip(leaves(records[-1].best_network), best, strict=True))
    assert not np.array_equal(leaves(records[-1].network)[0], best[0])


def test_without_patience_the_last_weights_are_kept(monkeypatch: pytest.MonkeyPatch):
    uneven([0.9, 0.5], monkeypatch)
    *_, record = fit(small_network(blobs()), blobs(), epochs=2, learning_rate=0.1)
    assert record.best_network is not None
    assert all(np.array_equal(a, b) for a, b in zip(leaves(record.best_network), leaves(record.network), strict=True))


def test_eta_is_halved_where_validation_stalls_until_it_is_a_128th(monkeypatch: pytest.MonkeyPatch):
    uneven([0.5, 0.6, 0.6, 0.6, 0.7, *[0.1] * 100], monkeypatch)
    settings = {"learning_rate": 0.8, "schedule": "halve-when-stalled", "patience": 2}
    records = list(fit(small_network(blobs()), blobs(), epochs=100, **settings))
    rates = [record.learning_rate for record in records]
    # epochs 3 and 4 are no better than 2, so 5 has half of it; 5 is better; then two epochs at every rate
    expected = [0.8] * 4 + [0.4] * 3 + [0.8 / 2**k for k in range(2, MAX_HALVINGS) for _ in range(2)]
    np.testing.assert_allclose(rates, expected)


def test_a_limit_of_time_stops_in_the_middle_of_an_epoch(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gradus.training.loop.CHUNK_SECONDS", 0.0)
    records = list(fit_steps(small_network(blobs()), blobs(), learning_rate=0.1, time_limit=1e-9))
    assert [(record.epoch, record.step) for record in records] == [(1, 1)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"optimizer": "sgd"}, "unknown optimizer 'sgd'; choose one of gradient-descent, momentum"),
        ({"schedule": "never"}, "unknown schedule 'never'; choose one of constant"),
        ({"l1": math.nan}, "l1 nan: expected a number of at least 0"),
        ({"clip_norm": 0.0}, "clip norm 0.0: expected a number above 0"),
        ({"clip_value": -1.0}, "clip value -1.0: expected a number above 0"),
        ({"patience": 0}, "patience 0: expected a whole number of at least 1"),
        ({"time_limit": math.inf}, "time limit inf: expected a number above 0"),
        ({"learning_rate": None, "optimizer": optax.sgd(0.1), "clip_norm": 1.0}, "chain optax's clipping to it"),
        ({"learning_rate": None, "optimizer": optax.sgd(0.1), "schedule": "step"}, "an optax optimizer has its own"),
    ],
)
def test_settings_that_cannot_be_used(settings: dict, message: str):
    with pytest.raises(SettingError, match=re.escape(message)):
        fit(small_network(blobs()), blobs(), **({"learning_rate": 0.1} | settings))


def test_patience_without_validation_data():
    data = blobs()
    nothing = Examples(data.training.x[:0], data.training.y[:0])
    bare = Dataset("bare", data.training, nothing, data.test, data.classes)
    with pytest.raises(SettingError, match="patience and halving need validation data; there is none"):
        fit(Network.create(small_network(data).chain, CrossEntropy(), (2,)), bare, learning_rate=0.1, patience=3)
