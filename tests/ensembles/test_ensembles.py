"""Ensembles: members that train at once are those that train alone, and their outputs are averaged."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradus.data import Dataset, from_arrays
from gradus.ensemble import Ensemble
from gradus.ensembles import EnsembleTrainer, build_ensemble
from gradus.ensembles.folds import make_folds
from gradus.equations import COSTS, Quadratic
from gradus.errors import DataError, DivergedError, SettingError
from gradus.models import Model, evaluate, evaluate_numbers
from gradus.network import backprop
from gradus.training import (
    Epoch,
    Progress,
    Settings,
    best_network,
    build_network,
    load_checkpoint,
    save_checkpoint,
    train_epochs,
)

MEMBERS = 3


@pytest.fixture(scope="module")
def flowers() -> Dataset:
    """Three classes of 61 examples each."""
    random = np.random.default_rng(0)
    y = np.arange(183) % 3
    return from_arrays(random.normal(size=(183, 4)).astype(np.float32) + y[:, None], y, name="flowers")


@pytest.fixture(scope="module")
def numbers() -> Dataset:
    random = np.random.default_rng(1)
    x = random.normal(size=(100, 2)).astype(np.float32)
    return from_arrays(x, 50 + 10 * x[:, 0] * x[:, 1], name="numbers")


def trainer(data: Dataset, layers: str = "dense5 dropout0.8", **settings) -> EnsembleTrainer:
    settings = {"epochs": 4, "learning_rate": 0.1, "batch_size": 16} | settings
    ensemble = build_ensemble(data, f"{layers} dense{data.outputs}", MEMBERS, seed=7)
    return EnsembleTrainer(ensemble, data, Settings(**settings))


def epochs(trainer: EnsembleTrainer) -> list[Epoch]:
    return [record for record in train_epochs(trainer) if isinstance(record, Epoch)]


@pytest.mark.parametrize("cost", [*COSTS.values(), Quadratic("linear")], ids=str)
def test_the_average_of_z_gives_the_mean_output(cost):
    z = jax.random.normal(jax.random.key(0), (5, 7, 4)) * 10
    np.testing.assert_allclose(cost.output(cost.average(z)), cost.output(z).mean(axis=0), atol=1e-6)


def test_the_average_of_confident_members_does_not_underflow():
    z = jnp.array([[[200.0, 0.0]], [[0.0, 200.0]], [[200.0, 0.0]]])
    average = COSTS["log-likelihood"].average(z)
    np.testing.assert_allclose(COSTS["log-likelihood"].output(average), [[2 / 3, 1 / 3]], rtol=1e-6)


def test_outputs_without_a_z_are_refused():
    with pytest.raises(SettingError, match="an ensemble of networks with relu outputs has no z"):
        Quadratic("relu").average(jnp.ones((2, 1, 1)))


@pytest.mark.parametrize("n", [12, 13, 100])
def test_folds_divide_the_examples_and_every_class(n: int):
    y = np.sort(np.arange(n) % 3)
    folds = make_folds(y, 4, seed=5)
    counts = np.array([np.bincount(y[folds.fold == k], minlength=3) for k in range(4)])
    assert counts.sum() == n
    assert np.ptp(counts.sum(axis=1)) <= 1
    assert np.ptp(counts, axis=0).max() <= 1
    rows = folds.held_out
    assert sorted(rows[rows >= 0]) == [*range(n)]
    for k, order in enumerate(folds.order(seed=5, epoch=2)):
        assert len({*order}) == len(order) == folds.epoch_size
        assert not {*order} & {*rows[k]}


@pytest.mark.parametrize("members", [1, 0, 14])
def test_folds_need_as_many_examples(members: int):
    with pytest.raises(SettingError, match=f"ensemble {members}: expected 2 to 13"):
        make_folds(np.zeros(13, int), members, seed=0)


def test_members_that_train_at_once_are_those_that_train_alone(flowers: Dataset):
    """Each member, step by step with `backprop` and plain descent, with the same examples and the same keys."""
    together = trainer(flowers, epochs=2)
    last = epochs(together)[-1]
    x, y = jnp.asarray(together.examples[0]), jax.nn.one_hot(together.examples[1], 3)
    for k in range(MEMBERS):
        params = build_network(flowers, "dense5 dropout0.8 dense3", seed=7 + k).params
        for epoch in (1, 2):
            order = together.folds.order(0, epoch)[k]
            key = jax.random.fold_in(jax.random.fold_in(jax.random.key(0), epoch), k)
            for i, start in enumerate(range(0, len(order), 16)):
                rows = order[start : start + 16]
                gradients = backprop(
                    together.config.chain, together.config.cost, params, x[rows], y[rows], jax.random.fold_in(key, i)
                ).gradients
                share = len(rows) / 16
                params = jax.tree.map(lambda w, g, share=share: w - 0.1 * share * g, params, gradients)
        for found, expected in zip(
            jax.tree.leaves(last.network.member(k).params), jax.tree.leaves(params), strict=True
        ):
            np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["flowers", "numbers"])
def test_validation_is_of_each_example_by_the_member_that_does_not_know_it(kind: str, request):
    data: Dataset = request.getfixturevalue(kind)
    together = trainer(data, epochs=1, monitor="cost")
    (epoch,) = epochs(together)
    evaluations = []
    for k in range(MEMBERS):
        part = type(data.training)(*(array[together.folds.fold == k] for array in together.data.training))
        member = epoch.network.member(k)
        if data.target_scaling:
            evaluations.append(evaluate_numbers(member, part, data.preprocessing, data.target_scaling))
        else:
            evaluations.append(evaluate(member, part, data.preprocessing))
    sizes = np.bincount(together.folds.fold)
    np.testing.assert_allclose(epoch.validation.member_scores, [-one.cost for one in evaluations], rtol=1e-5)
    expected = {
        name: np.average([one.as_dict()[name] for one in evaluations], weights=sizes)
        for name in evaluations[0].as_dict()
        if name != "r2"
    }
    found = epoch.validation.as_dict()
    found.pop("r2", None)
    assert found == pytest.approx(expected, rel=1e-5)


def test_each_member_keeps_its_own_best_epoch(flowers: Dataset):
    records = epochs(trainer(flowers, epochs=12, learning_rate=2.0, patience=12, monitor="cost"))
    scores = np.array([record.validation.member_scores for record in records])
    best = scores.argmax(axis=0)
    assert len({*best}) > 1, "the members have the same best epoch, and the test says nothing"
    for k, epoch in enumerate(best):
        kept, then = records[-1].best_network.member(k), records[epoch].network.member(k)
        assert jax.tree.all(jax.tree.map(lambda a, b: bool((a == b).all()), kept.params, then.params))


def test_training_resumes_bit_for_bit(flowers: Dataset, tmp_path: Path):
    whole = trainer(flowers, patience=4)
    first = next(record for record in train_epochs(whole) if isinstance(record, Progress))
    save_checkpoint(first.position, tmp_path / "checkpoint")
    position = load_checkpoint(tmp_path / "checkpoint", whole)
    assert position.step == 1
    *_, resumed = train_epochs(whole, position)
    expected = epochs(whole)[-1]
    for one in ("network", "best_network"):
        found, then = getattr(resumed, one), getattr(expected, one)
        assert jax.tree.all(jax.tree.map(lambda a, b: bool((a == b).all()), found.params, then.params))
    assert resumed.validation == expected.validation


def test_a_checkpoint_belongs_to_its_number_of_members(flowers: Dataset, tmp_path: Path):
    save_checkpoint(trainer(flowers).initial_position(), tmp_path / "checkpoint")
    two = EnsembleTrainer(
        build_ensemble(flowers, "dense5 dropout0.8 dense3", 2), flowers, Settings(epochs=4, learning_rate=0.1)
    )
    with pytest.raises(DataError, match="belongs to a training of another network"):
        load_checkpoint(tmp_path / "checkpoint", two)


def test_a_model_of_an_ensemble_averages(flowers: Dataset, tmp_path: Path):
    position = epochs(trainer(flowers))[-1].position
    ensemble = best_network(trainer(flowers).network, position)
    model = Model.for_data(ensemble, flowers)
    model.save(tmp_path / "model")
    loaded = Model.load(tmp_path / "model")
    assert isinstance(loaded.network, Ensemble)
    x = flowers.test.x
    expected = np.mean([ensemble.member(k).predict(jnp.asarray(x)) for k in range(MEMBERS)], axis=0)
    np.testing.assert_allclose(loaded.probabilities(x), expected, atol=1e-6)
    right = (expected.argmax(axis=1) == flowers.test.y).mean()
    assert loaded.evaluate(flowers.test).as_dict()["accuracy"] == pytest.approx(right)
    assert "3 such networks, whose outputs are averaged" in loaded.network.summary()
    assert loaded.network.parameter_count() == 3 * ensemble.member(0).parameter_count()


def test_divergence_names_a_layer(flowers: Dataset):
    with pytest.raises(DivergedError, match=r"of layer \d \("):
        epochs(trainer(flowers, learning_rate=1e30, epochs=3))


def test_what_does_not_go_with_an_ensemble_is_refused(flowers: Dataset):
    ensemble = build_ensemble(flowers, "dense3", 2)
    with pytest.raises(SettingError, match="an ensemble needs mini-batches; lbfgs takes all examples at once"):
        EnsembleTrainer(ensemble, flowers, Settings(optimizer="lbfgs"))
    weighted = from_arrays(flowers.training.x, flowers.training.y, sample_weights=np.ones(len(flowers.training.y)))
    with pytest.raises(SettingError, match="which have no sample weights"):
        EnsembleTrainer(ensemble, weighted, Settings(learning_rate=0.1))
    with pytest.raises(SettingError, match="batch size 500: expected 1 to"):
        EnsembleTrainer(ensemble, flowers, Settings(learning_rate=0.1, batch_size=500))


def test_memory_is_that_of_all_members(flowers: Dataset):
    needs = trainer(flowers).needs()
    assert needs.parameters == MEMBERS * build_network(flowers, "dense5 dropout0.8 dense3").parameter_count()
