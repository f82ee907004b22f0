"""When a training is measured, what on, and how it reaches metrics.csv."""

import csv
import math
from pathlib import Path

import jax
import numpy as np
import pytest

from gradus.data import Dataset, Examples, Preprocessing, load_text
from gradus.equations import LogLikelihood
from gradus.language import text_network
from gradus.models import ClassificationEvaluation, evaluate
from gradus.network import Network
from gradus.notation import mlp
from gradus.runs import RunFolder, epoch_metrics, examples_probe, fit_steps, text_probe, with_layer_statistics
from gradus.runs.probe import SHARE
from gradus.training import Epoch, LayerStatistics


def stripes(n: int, validation: int = 40) -> Dataset:
    """Examples in the order of their three classes."""
    y = np.arange(n) * 3 // n
    x = (np.eye(3)[y] * 40 + np.random.default_rng(0).normal(0, 9, (n, 3))).astype(np.float32)
    rest = Examples(x[:validation], y[:validation])
    return Dataset("stripes", Examples(x, y), rest, rest, ("a", "b", "c"), Preprocessing(10.0))


def start(weights: str = "scaled") -> Network:
    return Network.create(mlp([3, 4, 3], "relu", weights), LogLikelihood(), (3,), 1)


def run(data: Dataset, network: Network, epochs: int, **settings) -> list[Epoch]:
    records = fit_steps(network, data, epochs=epochs, learning_rate=0.1, **settings)
    return [r for r in with_layer_statistics(records, examples_probe(data)) if isinstance(r, Epoch)]


def test_the_probe_and_the_sample_are_spread_over_all_of_the_data():
    data = stripes(5000, validation=300)
    probe = examples_probe(data)
    assert probe.x.shape == (64, 3)
    assert np.asarray(probe.y).sum(axis=0) == pytest.approx([64 / 3] * 3, abs=1)
    assert len(probe.training.keywords["examples"].x) == 300


def test_small_data_is_measured_whole():
    assert examples_probe(stripes(6, 3)).x.shape == (6, 3)


@pytest.mark.parametrize("n", [3, 40, 63, 64, 65, 1200, 9999, 50000])
def test_measuring_goes_through_a_small_share_of_the_examples(n: int):
    data = stripes(n, validation=min(n, 1100))
    probe = examples_probe(data)
    sample = len(probe.training.keywords["examples"].x)
    assert (len(probe.x) + sample / 3) / (n * probe.every) <= SHARE


def test_the_first_epoch_is_measured_and_then_every_so_many():
    data, network = stripes(3000), start()
    every = examples_probe(data).every
    assert every > 1
    records = run(data, network, 2 * every)
    assert [r.epoch for r in records if r.layers] == [1, 1 + every]
    assert [r.epoch for r in records if r.training] == [1, 1 + every]
    *_, plain = fit_steps(network, data, epochs=2 * every, learning_rate=0.1)
    leaves = [jax.tree.leaves(r.network.params) for r in (plain, records[-1])]
    assert all(np.array_equal(a, b) for a, b in zip(*leaves, strict=True))
    assert (records[-1].cost, records[-1].validation) == (plain.cost, plain.validation)


def test_an_update_is_that_of_its_epoch():
    data, network = stripes(3000), start()
    every = examples_probe(data).every
    records = run(data, network, 1 + every)
    for before, record in ((network, records[0]), (records[-2].network, records[-1])):
        now, then = (some.params[1].w for some in (record.network, before))
        assert record.layers[0].update_ratio == pytest.approx(
            float(np.linalg.norm(now - then) / np.linalg.norm(then)), rel=1e-4
        )


def test_the_training_accuracy_is_that_of_the_sample_in_prediction():
    data = stripes(200, validation=200)
    record = run(data, start(), 1)[0]
    assert record.training == evaluate(record.network, data.training, data.preprocessing)
    assert record.learning_rate == 0.1


def test_the_same_training_has_the_same_records():
    data = stripes(3000)
    first, second = ([epoch_metrics(r) | {"seconds": 0} for r in run(data, start(), 3)] for _ in range(2))
    assert first == second


@pytest.mark.slow
def test_a_text_is_measured_in_chunks_of_it(tmp_path: Path):
    (tmp_path / "abc.txt").write_text("abcdefgh" * 1000)
    text = load_text(str(tmp_path / "abc.txt"))
    probe = text_probe(text, 16)
    assert probe.x.shape == (64, 16)
    following = np.asarray(probe.y).argmax(axis=-1)
    np.testing.assert_array_equal(following[:, :-1], probe.x[:, 1:])
    assert probe.x.size / (len(text.training) * probe.every) <= SHARE
    network = text_network(text, "lstm4", time=16)
    names = [record.name for record in _text_records(network, text)]
    assert names == ["layer1_embedding", "layer2_lstm", "layer3_dense"]


def _text_records(network: Network, text) -> tuple[LayerStatistics, ...]:
    records = fit_steps(network, text, epochs=2)
    epochs = [r for r in with_layer_statistics(records, text_probe(text, 16)) if isinstance(r, Epoch)]
    assert epochs[0].learning_rate > epochs[1].learning_rate > 0
    assert epochs[0].training is None
    return epochs[0].layers


def test_metrics_leave_cells_empty_that_were_not_measured_or_are_not_defined(tmp_path: Path):
    network, folder = start(), RunFolder(tmp_path)
    layer = LayerStatistics("layer1_dense", gradient_norm=0.5, update_ratio=math.nan)
    rest = {"best_network": network, "previous_network": network, "position": None}
    training, validation = ClassificationEvaluation(1.25, 0.75), ClassificationEvaluation(1.5, 0.5)
    first = Epoch(1, 2.0, validation, 0.1, network, 0.3, **rest, training=training,
                  layers=(layer,))  # fmt: skip
    second = Epoch(2, 1.0, ClassificationEvaluation(1.0, 0.9), 0.1, network, 0.3, **rest)
    for epochs in ((first,), (first, second)):
        folder.append_metrics([*map(epoch_metrics, epochs)])
    rows = list(csv.reader((tmp_path / "metrics.csv").read_text().splitlines()))
    assert rows == [
        ["epoch", "cost", "training_cost", "training_accuracy", "validation_cost", "validation_accuracy",
         "learning_rate", "seconds", "layer1_dense_gradient_norm", "layer1_dense_update_ratio"],
        ["1", "2.0", "1.25", "0.75", "1.5", "0.5", "0.3", "0.1", "0.5", ""],
        ["2", "1.0", "", "", "1.0", "0.9", "0.3", "0.1", "", ""],
    ]  # fmt: skip


def test_weights_that_begin_at_zero_have_no_ratio_in_the_first_epoch():
    record = run(stripes(90), start("zeros"), 1)[0]
    assert epoch_metrics(record)["layer2_dense_update_ratio"] is None
    assert math.isfinite(epoch_metrics(record)["layer2_dense_gradient_norm"])
