"""Files that may come from anywhere: refused in one line, whoever reads them, and obeyed by nobody."""

import json
import os
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
from click.testing import CliRunner
from examples import FOX, write_mnist

from gradus.cli import gradus
from gradus.data import Preprocessing, load, load_text, printable
from gradus.data.idx import read_idx
from gradus.errors import DataError, SettingError
from gradus.files import read_regular
from gradus.images import read_digit, read_picture
from gradus.language import sample, text_network
from gradus.models import Model
from gradus.runs import RunFolder


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a system with pipes in folders")
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("fifo.txt", load_text),
        ("idx", lambda path: read_idx(path, 3)),
        ("mine.png", lambda path: read_digit(path, (8, 8, 1))),
        ("mine.jpg", lambda path: read_picture(path, 64)),
        ("settings.toml", lambda path: RunFolder(path.parent).read_settings()),
        ("metrics.csv", lambda path: RunFolder(path.parent).read_metrics(1)),
        ("model.safetensors", Model.load),
    ],
)
def test_a_pipe_is_refused_at_once_by_whatever_reads_it(tmp_path: Path, name: str, read):
    with pytest.raises(DataError, match=f"{name}: is a pipe or a device; expected a regular file"):
        read(pipe(tmp_path / name))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_a_file_without_an_end_is_refused():
    with pytest.raises(DataError, match="zero: is a pipe or a device"):
        read_regular(Path("/dev/zero"))


def test_no_more_is_read_than_a_file_may_have(tmp_path: Path):
    (tmp_path / "large").write_bytes(bytes(11))
    assert read_regular(tmp_path / "large", 11) == bytes(11)
    with pytest.raises(DataError, match="large: larger than 10 bytes, the most that such a file may have"):
        read_regular(tmp_path / "large", 10)


def test_a_name_that_no_file_can_have_is_refused():
    with pytest.raises(DataError, match="no file can have this name"):
        load_text("a\0.txt")


@pytest.mark.parametrize("divide_by", [10**400, 1e31, 1e-31, 2**200])
def test_inputs_are_divided_by_what_float32_can_hold(divide_by: float):
    with pytest.raises(SettingError, match="divide_by"):
        Preprocessing(divide_by)
    assert Preprocessing(1152921504606846976).divide_by == 2**60


def test_a_number_beyond_int32_divides():
    from gradus.models import scale_inputs

    assert float(scale_inputs(np.ones(1), Preprocessing(2**60))[0]) == 2.0**-60


def test_mnist_without_test_images_is_noticed_before_training(tmp_path: Path):
    write_mnist(tmp_path)
    for name in ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"):
        header = b"\0\0\x08\x03" + bytes(4) + b"\0\0\0\x1c" * 2 if "images" in name else b"\0\0\x08\x01" + bytes(4)
        (tmp_path / name).write_bytes(header)
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte.gz: has no images, so a trained network cannot be"):
        load("mnist", tmp_path)


def test_characters_that_a_terminal_obeys_are_replaced():
    text = "red \x1b[31m\x9b2J\u202eback\u2066\ud800\u2028 狗 é \u200d\n\t"
    assert printable(text) == "red \ufffd[31m\ufffd2J\ufffdback\ufffd\ufffd\ufffd 狗 é \u200d\ufffd\ufffd"
    assert printable(text, keep="\n\t").endswith("\u200d\n\t")


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    """A model of digits in runs/foreign whose classes have hostile names, and mine.png, all in the current folder."""
    from PIL import Image, ImageDraw

    monkeypatch.chdir(tmp_path)
    model = Model.load(Path(__file__).parent / "before" / "images" / "model.safetensors")
    model = replace(model, classes=tuple(f"{name}\n\x1b[2J\u2028" for name in model.classes))
    (tmp_path / "runs" / "foreign").mkdir(parents=True)
    model.save("runs/foreign/model.safetensors")
    drawn = Image.new("L", (60, 60), 255)
    ImageDraw.Draw(drawn).line([(30, 10), (30, 50)], fill=0, width=6)
    drawn.save("mine.png")
    return model


def test_class_names_of_a_foreign_model_are_printed_and_not_obeyed(foreign: Model):
    result = CliRunner().invoke(gradus, ["predict", "foreign", "mine.png"])
    assert result.exit_code == 0
    assert "\ufffd\ufffd[2J\ufffd (" in result.output
    assert result.output.count("\n") == 1
    answer = json.loads(CliRunner().invoke(gradus, ["predict", "foreign", "mine.png", "--json"]).output)
    assert answer["class"] in foreign.classes


@pytest.mark.parametrize(("number", "message"), [(np.nan, "numbers that are not finite"), (3e38, "not finite numbers")])
def test_no_class_is_predicted_from_what_is_not_finite(foreign: Model, number: float, message: str):
    params = jax.tree.map(lambda leaf: leaf.at[:].set(number), foreign.network.params)
    replace(foreign, network=replace(foreign.network, params=params)).save("runs/foreign/model.safetensors")
    result = CliRunner().invoke(gradus, ["predict", "foreign", "mine.png"])
    assert result.exit_code == 3
    assert message in result.stderr
    assert result.stdout == ""


def test_no_text_is_sampled_from_what_is_not_finite():
    network = text_network(FOX, "rnn2", time=5)
    params = jax.tree.map(lambda leaf: leaf.at[:].set(3e38), network.params)
    with pytest.raises(DataError, match="the model's outputs are not finite numbers"):
        next(sample(replace(network, params=params), FOX.vocabulary))
