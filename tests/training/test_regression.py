"""Networks that predict numbers: linear outputs with the quadratic cost, targets in their own units."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

import gradus
from gradus.data import Dataset, Examples, TargetScaling, from_arrays
from gradus.equations import LogLikelihood, Quadratic
from gradus.errors import DataError, SettingError
from gradus.models import Model, RegressionEvaluation
from gradus.network import Network
from gradus.notation import mlp
from gradus.runs import fit
from gradus.training import Epoch, Settings, build_network


@pytest.fixture(scope="module")
def planes() -> Dataset:
    """Two targets of three inputs, in units far from 1, one of them always above 0."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 3)).astype(np.float32)
    first = 5000 + 300 * x[:, 0] - 200 * x[:, 1] + rng.normal(0, 10, 600)
    second = np.exp(x[:, 2] + 0.5 * x[:, 0])
    return from_arrays(x, np.stack([first, second], axis=1), targets=["price", "size"], name="planes")


@pytest.fixture(scope="module")
def last(planes: Dataset) -> Epoch:
    *_, last = fit(build_network(planes, "dense20 dense2"), planes, epochs=20, learning_rate=0.05)
    return last


def test_numbers_are_split_as_classes_are(planes: Dataset):
    parts = (planes.training, planes.validation, planes.test)
    assert [part.y.shape for part in parts] == [(420, 2), (90, 2), (90, 2)]
    assert (planes.classes, planes.targets, planes.outputs) == ((), ("price", "size"), 2)


def test_targets_are_standardised_by_the_training_part(planes: Dataset):
    t = planes.scaled_targets(planes.training.y)
    np.testing.assert_allclose(t.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(t.std(axis=0), 1, atol=1e-9)
    assert planes.target_scaling is not None
    np.testing.assert_allclose(planes.target_scaling.mean, planes.training.y.mean(axis=0))


def test_one_float_each_is_one_target():
    data = from_arrays(np.zeros((20, 2)), np.linspace(0, 1, 20))
    assert (data.targets, data.training.y.shape) == (("target",), (14, 1))
    assert from_arrays(np.zeros((20, 2)), np.zeros((20, 3))).targets == ("target 1", "target 2", "target 3")


def test_a_network_predicts_in_the_units_of_the_targets(planes: Dataset, last: Epoch):
    model = Model.for_data(last.network, planes)
    assert isinstance(last.validation, RegressionEvaluation)
    a, y = model.predict(planes.test.x), planes.test.y
    assert r2_score(y[:, 0], a[:, 0]) > 0.98
    evaluation = model.evaluate(planes.test)
    assert re.fullmatch(r"MSE \S+  MAE \S+  R2 0\.\d{4}", str(evaluation))  # as the line of an epoch has it
    assert evaluation.as_dict() == pytest.approx(
        {
            "cost": (((a - y) / planes.training.y.std(axis=0)) ** 2).sum(axis=1).mean() / 2,
            "mse": mean_squared_error(y, a),
            "mae": mean_absolute_error(y, a),
            "r2": r2_score(y, a),
        },
        rel=1e-4,
    )
    assert model.metrics(planes.test).as_dict() == pytest.approx({"mse": mean_squared_error(y, a),
                                                                  "mae": mean_absolute_error(y, a),
                                                                  "r2": r2_score(y, a)})  # fmt: skip


def test_a_linear_network_finds_least_squares(planes: Dataset):
    """Newton's method solves in a few steps what NumPy solves at once."""
    network = build_network(planes, "dense2")
    *_, last = fit(network, planes, optimizer="newton-cg", epochs=30)
    x, t = planes.training.x, planes.scaled_targets(planes.training.y)
    expected = np.linalg.lstsq(np.c_[x, np.ones(len(x))], t, rcond=None)[0].T
    found = last.network.params[-1]
    np.testing.assert_allclose(np.c_[found.w, found.b], expected, atol=1e-3)


def test_the_model_file_keeps_targets_and_their_units(planes: Dataset, last: Epoch, tmp_path: Path):
    model = Model.for_data(last.network, planes)
    model.save(tmp_path / "model")
    loaded = Model.load(tmp_path / "model")
    assert (loaded.targets, loaded.target_scaling, loaded.classes) == (planes.targets, planes.target_scaling, ())
    np.testing.assert_array_equal(loaded.predict(planes.test.x), model.predict(planes.test.x))


def test_logarithms_of_skewed_targets_are_restored():
    y = np.exp(np.random.default_rng(1).normal(3, 1, (500, 1)))
    scaling = TargetScaling.fit(y, shift=[0.0])
    t = scaling.standardize(y)
    np.testing.assert_allclose(t, (np.log(y) - np.log(y).mean()) / np.log(y).std(), atol=1e-9)
    np.testing.assert_allclose(scaling.restore(t), y, rtol=1e-9)
    assert TargetScaling.from_dict(json.loads(json.dumps(scaling.to_dict()))) == scaling
    assert np.isfinite(scaling.standardize(np.array([[-5.0]]))).all()


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"mean": [0.0], "deviation": [0.0], "shift": [None]},
        {"mean": [0.0], "deviation": [1.0, 1.0], "shift": [None]},
        {"mean": [float("nan")], "deviation": [1.0], "shift": [None]},
        {"mean": ["0"], "deviation": [1.0], "shift": [None]},
        {"mean": 5, "deviation": [1.0], "shift": [None]},
        {"mean": [], "deviation": [], "shift": []},
    ],
)
def test_a_scaling_that_no_file_of_ours_has_is_refused(content):
    with pytest.raises((TypeError, ValueError)):
        TargetScaling.from_dict(content)


def test_patience_watches_the_cost(planes: Dataset):
    records = list(fit(build_network(planes, "dense5 dense2"), planes, epochs=40, learning_rate=0.5, patience=3))
    costs = [record.validation.cost for record in records if record.validation]
    best = int(np.argmin(costs))
    assert len(records) == min(40, best + 4)
    assert records[-1].best_network.params[-1].w is records[best].network.params[-1].w


def test_monitor_lets_a_classifier_be_judged_by_its_cost():
    data = gradus.load("digits").with_examples(100)
    settings = {"epochs": 30, "learning_rate": 1.0, "patience": 30, "seed": 3}
    network = build_network(data, "hidden30")
    by_cost, by_accuracy = ([*fit(network, data, monitor=name, **settings)] for name in ("cost", None))
    costs = [record.validation.cost for record in by_cost if record.validation]
    best = by_cost[int(np.argmin(costs))].network.params[-1]
    np.testing.assert_array_equal(by_cost[-1].best_network.params[-1].w, best.w)
    assert not np.array_equal(by_accuracy[-1].best_network.params[-1].w, best.w)


@pytest.mark.parametrize(
    ("layers", "options", "message"),
    [
        ("dense3", {}, "end them with dense2, a unit a target"),
        ([3, 4, 5], {}, r"3 inputs and 2 targets; write 3-4-2"),
        ("dense2", {"cost": "cross-entropy"}, "cost cross-entropy is for classes, but planes has numbers to predict"),
        ("dense2", {"cost": "hinge"}, "hinge"),
    ],
)
def test_networks_that_do_not_fit_numbers_are_refused(planes: Dataset, layers, options, message: str):
    with pytest.raises(SettingError, match=message):
        build_network(planes, layers, **options)


def test_a_classifier_cost_is_refused_for_numbers(planes: Dataset):
    network = Network.create(mlp([3, 2]), LogLikelihood(), (3,))
    with pytest.raises(SettingError, match=r"the cost is that of a classifier, .* take Quadratic\(\)"):
        next(fit(network, planes, epochs=1, learning_rate=0.1))


def test_class_weights_are_refused_for_numbers(planes: Dataset):
    with pytest.raises(SettingError, match="class weights are for classes, but planes has numbers to predict"):
        next(fit(build_network(planes, "dense2"), planes, epochs=1, learning_rate=0.1, class_weights="balanced"))


def test_classes_and_targets_exclude_each_other():
    part = Examples(np.zeros((4, 1)), np.arange(4) % 2)
    with pytest.raises(DataError, match="expected the names of either classes or targets"):
        Dataset("both", part, part, part, ("a", "b"), targets=("c",))
    with pytest.raises(DataError, match="expected the names of either classes or targets"):
        Dataset("neither", part, part, part, ())
    with pytest.raises(DataError, match=r"targets are int64 of shape \(4,\), expected 1 per example"):
        Dataset("labels", part, part, part, (), targets=("c",))


def test_the_cost_of_numbers_is_the_matched_pair(planes: Dataset):
    assert build_network(planes, "dense2").cost == Quadratic("linear")


def test_settings_name_what_they_can_monitor():
    with pytest.raises(SettingError, match="monitor 'loss': expected accuracy or cost"):
        Settings(monitor="loss")
