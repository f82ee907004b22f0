"""The report of a run: what it shows for every kind of data, and that nothing in it comes from elsewhere."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from unittest import mock

import jax
import numpy as np
import pytest
from cli.shell import invoke
from folders.pictures import make_folder

import gradus
from gradus.data import Examples
from gradus.ensembles import build_ensemble
from gradus.layers import BatchNorm, Dropout
from gradus.models import Model, scale_inputs
from gradus.reports import LANGUAGES, Source, make_report
from gradus.reports.insight import permutation_importance, reliability, saliency
from gradus.reports.report import resource

HOSTILE = "<script>alert('x')</script>"
ROWS = [{"epoch": 1, "cost": 1.0, "validation_cost": 1.1, "validation_accuracy": 0.5},
        {"epoch": 2, "cost": 0.5, "validation_cost": 0.7, "validation_accuracy": 0.75}]  # fmt: skip


def model_of(data: gradus.Dataset, layers: str) -> Model:
    return Model.for_data(gradus.build_network(data, layers), data)


def report(data: gradus.Dataset | gradus.Text, model: Model, language: str = "en", **settings: object) -> str:
    return make_report(Source("run-1", model, ROWS, {"data": "digits", "epochs": 2, **settings}, data), language)


def arrays_of(channels: int) -> gradus.Dataset:
    x = np.random.default_rng(0).integers(0, 256, (40, 8, 8, channels)).astype(np.uint8)
    return gradus.from_arrays(x, np.arange(40) % 2, divide_by=255.0)


def headings(page: str) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", page)


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> gradus.Dataset:
    return gradus.load(make_folder(tmp_path_factory.mktemp("pets")))


@pytest.fixture(scope="module")
def table() -> gradus.Dataset:
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 2))
    y = np.where(x[:, 0] > 0, HOSTILE, "no")
    return gradus.from_frame({"first": x[:, 0], "second": x[:, 1], "y": y.tolist()})


def test_pictures_have_kernels_maps_and_mistakes_with_pictures(pets: gradus.Dataset):
    page = report(pets, model_of(pets, "conv4-3x3 batchnorm relu maxpool2 flatten dropout0.5 dense2"))
    assert headings(page) == [
        "The data", "Learning curves", "Result", "Class by class", "Confusion matrix", "Calibration",
        "The worst mistakes", "The kernels of the first layer", "What the network sees", "Network", "Settings",
        "Repeat it",
    ]  # fmt: skip
    assert "20 images in 2 classes" in page
    assert re.search(r'<img src="data:image/png;base64,[^"]+" alt=""><small>(dark|light)/\d+\.png</small>', page)


def test_a_table_has_the_importance_of_its_columns_and_rows_in_words(table: gradus.Dataset):
    page = report(table, model_of(table, "dense2"))
    assert headings(page)[-4:] == ["Importance of the columns", "Network", "Settings", "Repeat it"]
    assert re.search(r"first -?\d\.\d+, second -?\d\.\d+, y ", page)


def test_vectors_have_the_importance_of_their_inputs():
    x = np.random.default_rng(0).normal(size=(100, 3))
    data = gradus.from_arrays(x, (x[:, 1] > 0).astype(int))
    page = report(data, model_of(data, "dense2"))
    assert "Importance of the columns" in headings(page)
    assert set(re.findall(r"<td>(x_\d)</td>", page)) == {"x_1", "x_2", "x_3"}


def test_numbers_have_residuals(table: gradus.Dataset):
    random = np.random.default_rng(0)
    data = gradus.from_frame({"x": random.normal(size=100), "a": random.normal(size=100), "b": random.normal(size=100)},
                             ["a", "b"])  # fmt: skip
    page = report(data, model_of(data, "dense2"))
    assert headings(page)[2:6] == ["Result", "Predicted and true numbers", "Predicted and true numbers",
                                   "The worst mistakes"]  # fmt: skip
    assert "Each point is an example of b" in page


def test_a_language_model_has_samples():
    text = gradus.Text.from_string("the quick brown fox. " * 50)
    network = gradus.text_network(text, "lstm4", time=10)
    page = report(text, Model(network, gradus.Preprocessing(), text.vocabulary))
    assert headings(page) == ["The data", "Learning curves", "Result", "Samples", "Network", "Settings", "Repeat it"]
    assert "bits per character" in page


def test_names_from_outside_are_text_and_nothing_is_fetched(table: gradus.Dataset):
    page = report(table, model_of(table, "dense2"), name=HOSTILE)
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert set(re.findall(r"(?:src|href)=.(data:|#|.{9})", page)) == {"data:", "#"}
    assert "url(" not in page
    assert len(page) < 5_000_000


def test_both_languages_have_all_words():
    english, chinese = (tomllib.loads(resource(f"texts/{language}.toml")) for language in LANGUAGES)
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", chinese[key])), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_run_has_the_same_report(language: str, table: gradus.Dataset):
    model = model_of(table, "dense2")
    page = report(table, model, language)
    assert page == report(table, model, language)
    assert f'<html lang="{language}">' in page
    assert ("准确率" in page) == (language == "zh")


def test_saliency_is_the_gradient_of_the_answer(pets: gradus.Dataset):
    network = gradus.build_network(pets, "conv4-3x3 batchnorm tanh maxpool2 dropout0.5 dense2")
    state = tuple(s if not isinstance(layer, BatchNorm) else s._replace(mean=s.mean + 0.3, variance=s.variance * 2)
                  for layer, s in zip(network.chain.layers, network.state, strict=True))  # fmt: skip
    model = Model.for_data(gradus.Network(network.chain, network.cost, network.in_shape, network.params, state), pets)
    assert any(isinstance(layer, Dropout) for layer in network.chain.layers)
    x = pets.test.x[:3]

    def answer(x: jax.Array) -> jax.Array:
        return network.chain.infer(network.params, state, x).max(axis=-1).sum()

    expected = jax.grad(answer)(scale_inputs(x, pets.preprocessing))
    np.testing.assert_allclose(saliency(model, x), expected, rtol=1e-5, atol=1e-6)


def test_saliency_goes_through_layers_inside_layers_as_they_predict():
    data = arrays_of(4)
    layers = "conv4-3x3-same residual(conv4-3x3-same batchnorm tanh dropout0.5) residual(batchnorm) dense2"
    network = gradus.build_network(data, layers)
    state = jax.tree.map(lambda numbers: 1.5 * numbers + 0.3, network.state)
    model = Model.for_data(gradus.Network(network.chain, network.cost, network.in_shape, network.params, state), data)
    x = scale_inputs(data.test.x[:3], data.preprocessing)
    expected = jax.grad(lambda x: network.chain.infer(network.params, state, x).max(axis=-1).sum())(x)
    np.testing.assert_allclose(saliency(model, data.test.x[:3]), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5])
def test_pictures_have_any_number_of_channels(channels: int):
    data = arrays_of(channels)
    assert "What the network sees" in headings(report(data, model_of(data, "conv4-3x3 relu dense2")))


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 20, 1)])
def test_pictures_have_any_shape(shape: tuple[int, ...]):
    data = gradus.from_arrays(np.random.default_rng(0).normal(size=(40, *shape)), np.arange(40) % 2)
    assert "What the network sees" in headings(report(data, model_of(data, "conv4-1x1 relu dense2")))


def test_a_network_without_convolutions_shows_its_weights_and_saliency():
    data = arrays_of(1)
    page = report(data, model_of(data, "dense6 dense2"))
    assert headings(page)[7:9] == ["The weights of the first layer", "What the network sees"]
    assert "maps of the first convolution" not in page


def test_convolutions_after_another_layer_have_maps():
    data = arrays_of(1)
    assert "maps of the first convolution" in report(data, model_of(data, "batchnorm conv4-3x3 relu dense2"))


def test_large_pictures_and_long_names_stay_below_5_mb():
    random = np.random.default_rng(0)
    x = random.integers(0, 256, (140, 256, 256, 3)).astype(np.uint8)
    pictures = gradus.from_arrays(x, np.arange(140) % 2, divide_by=255.0)
    assert len(report(pictures, model_of(pictures, "dense2"))) < 1_000_000
    names = [f"{k}" + "n" * 20_000 for k in range(30)]
    named = gradus.from_arrays(random.random((300, 3)), np.arange(300) % 30, classes=names)
    assert len(report(named, model_of(named, "dense30"))) < 1_000_000


@pytest.mark.parametrize("row", [{"epoch": 3, "cost": None}, {"epoch": 3, "cost": 0.4}])
def test_curves_have_gaps_where_an_epoch_lacks_numbers(row: dict[str, float | None]):
    data = arrays_of(1)
    source = Source("run-1", model_of(data, "dense2"), [*ROWS, row], {"data": "digits"}, data)
    assert "Learning curves" in headings(make_report(source))


def test_where_nothing_is_held_out_the_report_says_so(table: gradus.Dataset):
    empty = Examples(table.test.x[:0], table.test.y[:0])
    page = report(replace(table, validation=empty, test=empty), model_of(table, "dense2"))
    assert "Neither a test nor a validation part was held out" in page


def test_an_ensemble_shows_one_of_its_networks(pets: gradus.Dataset):
    model = Model.for_data(build_ensemble(pets, "conv4-3x3 relu flatten dense2", 2), pets)
    assert "What the network sees" in headings(report(pets, model))


def test_a_run_that_diverged_and_pictures_of_one_pixel_have_reports(table: gradus.Dataset):
    diverged = [*ROWS, {"epoch": 3, "cost": None}]
    assert "<h2>Learning curves" in make_report(Source("run-1", model_of(table, "dense2"), diverged, {}, table))
    x = np.random.default_rng(0).random((40, 1, 1, 3))
    data = gradus.from_arrays(x, np.arange(40) % 2, classes=["no", "yes"])
    assert "What the network sees" in headings(report(data, model_of(data, "conv4-1x1 relu flatten dense2")))


def test_many_targets_do_not_make_a_page_too_large():
    random = np.random.default_rng(0)
    data = gradus.from_arrays(random.random((60, 5)), random.random((60, 60)))
    page = report(data, model_of(data, "dense60"))
    assert headings(page).count("Predicted and true numbers") == 10
    assert len(page) < 5_000_000


def test_reliability_by_hand():
    confidence = np.array([0.55, 0.57, 0.95, 1.0])
    means, accuracies, counts = reliability(confidence, np.array([True, False, True, True]))
    np.testing.assert_allclose(means, [0.56, 0.975])
    np.testing.assert_allclose(accuracies, [0.5, 1])
    assert counts.tolist() == [2, 2]


def test_a_column_that_the_network_does_not_use_has_no_importance(table: gradus.Dataset):
    model = model_of(table, "dense2")
    w = np.zeros((2, 2), np.float32)
    w[0, 0], w[1, 0] = 3, -3
    network = model.network
    params = tuple(p._replace(w=w) if hasattr(p, "w") else p for p in network.params)
    model = Model.for_data(gradus.Network(network.chain, network.cost, network.in_shape, params, network.state), table)
    rises = permutation_importance(model, table.test, table.encoder.groups)
    assert list(rises) == ["first", "second"]
    assert rises["second"] == pytest.approx(0, abs=1e-6)
    assert rises["first"] > 0.1


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    rows = [f"{k % 7},{'yes' if k % 7 > 3 else 'no'}" for k in range(60)]
    (home / "people.csv").write_text("size,liked\n" + "\n".join(rows) + "\n")
    result = invoke("train", "people.csv", "--layers", "dense2", "--epochs", "2", "--ensemble", "1", "--quiet",
                    folder=home)  # fmt: skip
    assert result.returncode == 0, result.stderr
    return home


def test_every_run_has_a_report_and_it_can_be_written_again(home: Path):
    path = home / "runs" / "people-1" / "report.html"
    page = path.read_text()
    assert "gradus train people.csv" in page
    path.unlink()
    result = invoke("report", "people-1", folder=home)
    assert (result.returncode, result.stdout) == (0, "runs/people-1/report.html\n")
    assert path.read_text() == page
    assert invoke("report", "people-1", "--language", "zh", folder=home).returncode == 0
    assert "准确率" in path.read_text()


def test_where_the_data_has_gone_the_report_says_so(home: Path):
    (home / "people.csv").rename(home / "moved.csv")
    result = invoke("report", "people-1", folder=home)
    (home / "moved.csv").rename(home / "people.csv")
    assert result.returncode == 0
    assert "The data could not be read (people.csv: cannot be read" in (home / "runs/people-1/report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [(("report", "nowhere"), 3, "there is no run folder 'nowhere'"),
     (("report", "people-1", "--language", "fr"), 2, "--language 'fr': expected en or zh")],
)  # fmt: skip
def test_bad_arguments(arguments: tuple[str, ...], code: int, message: str, home: Path):
    result = invoke(*arguments, folder=home)
    assert result.returncode == code
    assert message in result.stderr


def test_a_report_that_cannot_be_written_costs_the_run_nothing(home: Path):
    with mock.patch("gradus.reports.writing.write_atomically", side_effect=OSError(28, "No space left on device", "x")):
        result = invoke("train", "people.csv", "--layers", "dense2", "--epochs", "1", "--ensemble", "1", "--quiet",
                        "--name", "people-9", folder=home)  # fmt: skip
    assert result.returncode == 0
    assert result.stderr.startswith("gradus: there is no report: ")
    assert (home / "runs" / "people-9" / "model.safetensors").exists()
