"""gradus train FILE.npz: arrays of a person's own, as images and as numbers to predict."""

import json
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pytest
from shell import invoke


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    labels = np.arange(60) % 3
    images = (random.integers(0, 50, (60, 6, 5)) + 70 * labels[:, None, None]).astype(np.uint8)
    np.savez("pictures.npz", x=images, y=np.array(["cat", "dog", "hen"])[labels])
    x = random.normal(size=(200, 3)).astype(np.float32)
    np.savez("prices.npz", x=x, y=1000 + 50 * x[:, 0])
    np.save("x.npy", x)
    np.save("y.npy", (x[:, 1] > 0).astype(int))
    return tmp_path


def test_images_in_an_npz_are_classified(home: Path):
    result = invoke(
        "train",
        "pictures.npz",
        "--layers",
        "dense20 dense3",
        "--epochs",
        "6",
        "--learning-rate",
        "0.1",
        folder=Path.cwd(),
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "input    6x5x1" in result.stdout
    settings = tomllib.loads((home / "runs/pictures-1/settings.toml").read_text())["settings"]
    assert settings["data"] == "pictures.npz"


def test_numbers_are_predicted_and_resumed_in_their_units(home: Path):
    result = invoke("train", "prices.npz", "--epochs", "8", "--json", folder=Path.cwd())
    assert (result.returncode, result.stderr) == (0, "")
    *rows, last = map(json.loads, result.stdout.splitlines())
    assert {"validation_mse", "validation_mae", "validation_r2"} <= rows[-1].keys()
    assert last["test_r2"] > 0.9
    assert 0 < last["test_mae"] < 50
    resumed = invoke("train", "--resume", "prices-1", "--json", folder=Path.cwd())
    assert json.loads(resumed.stdout.splitlines()[-1])["test_r2"] == last["test_r2"]
    evaluated = json.loads(invoke("evaluate", "prices-1", "prices.npz", "--json", folder=Path.cwd()).stdout)
    assert {name: evaluated[name] for name in ("mse", "mae", "r2")} == {
        name: last[f"test_{name}"] for name in ("mse", "mae", "r2")
    }
    refused = invoke("evaluate", "prices-1", "pictures.npz", folder=Path.cwd())
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "the model of prices-1 has other classes or targets than pictures" in refused.stderr


def test_two_files_side_by_side_are_x_and_y(home: Path):
    result = invoke("train", "x.npy", "--epochs", "2", "--quiet", folder=Path.cwd())
    assert (result.returncode, result.stderr) == (0, "")
    assert "accuracy" in result.stdout


def test_an_ensemble_trains_from_the_command_line(home: Path):
    result = invoke("train", "prices.npz", "--epochs", "3", "--ensemble", "3", "--patience", "3", folder=Path.cwd())
    assert (result.returncode, result.stderr) == (0, "")
    assert "3 such networks, whose outputs are averaged" in result.stdout
    settings = tomllib.loads((home / "runs/prices-1/settings.toml").read_text())["settings"]
    assert settings["ensemble"] == 3
    before = (home / "runs/prices-1/model.safetensors").read_bytes()
    assert invoke("train", "--resume", "prices-1", "--quiet", folder=Path.cwd()).returncode == 0
    assert (home / "runs/prices-1/model.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.npz", None, "gone.npz: cannot be read (No such file or directory)"),
        ("x.npz", b"", "x.npz: is damaged, or holds objects, which are not loaded"),
        ("x.npz", b"PK\x03\x04 and no more", "x.npz: is damaged"),
        ("x.npz", {"a": np.zeros(3), "b": np.zeros(3)}, "x.npz: there is no array x; expected x and y, found a, b"),
        ("x.npz", {"x": np.zeros((3, 1)), "y": np.zeros(2, int)}, "3 inputs but 2 labels"),
        ("x.npz", {"x": np.zeros((3, 1)), "y": np.array([0, 1, {}], object)}, "holds objects, which are not loaded"),
        ("x.npz", {"x": np.zeros((3, 0)), "y": np.arange(3.0)}, "inputs are of shape (0,), which holds no number"),
        ("x.npz", {"x": np.zeros((3, 1), np.longdouble), "y": np.arange(3.0)}, "expected numbers of at most 64 bits"),
        ("x.npz", {"x": np.full((3, 1), 1e39), "y": np.arange(3.0)}, "example 0 holds a number beyond 3e+38; correct"),
        ("x.npz", {"x": np.zeros((3, 1)), "y": np.array([1, 2, 1e300])}, "example 2 holds a number beyond 1e+30"),
        ("x.npz", {"x": np.zeros((3, 1)), "y": np.zeros(3)}, "y is the same in every row; there is nothing to predict"),
        ("x.npz", {"x": np.zeros((3, 1)), "y": np.zeros(3, int)}, "y has one class only, '0'; expected two or more"),
        ("x.npz", {"x": np.zeros((9, 1)), "y": np.arange(9)}, "y has 9 classes in 9 rows, too many to learn; give "),
        ("x.npy", b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999,), }\n",
         "x.npy: is damaged"),
    ],
)  # fmt: skip
def test_arrays_that_cannot_be_used_are_one_line(
    name: str, content, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    if isinstance(content, dict):
        np.savez(name, **content)
    elif content is not None:
        Path(name).write_bytes(content)
    result = invoke("train", name, folder=Path.cwd())
    assert result.returncode == 3, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("gradus: ")
    assert len(result.stderr.splitlines()) == 1
    assert message in result.stderr


def test_classes_with_half_a_character_are_saved(tmp_path: Path):
    np.savez(tmp_path / "odd.npz", x=np.arange(40.0)[:, None], y=np.array(["\ud800", "\x1b[31m"])[np.arange(40) % 2])
    result = invoke("train", "odd.npz", "--epochs", "1", "--layers", "dense2", "--quiet", folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")


def test_other_files_in_an_archive_are_no_arrays(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("x.npy", b"nonsense")
        archive.writestr("y.npy", b"nonsense")
    result = invoke("train", "x.npz", folder=tmp_path)
    assert result.returncode == 3
    assert result.stderr == (
        "gradus: x.npz: is damaged, or holds objects, which are not loaded (a file in it is no array)\n"
    )


def test_arrays_larger_than_memory_are_refused_before_they_are_read(home: Path):
    result = invoke("train", "prices.npz", "--memory-limit", "5KB", folder=Path.cwd())
    assert (result.returncode, result.stdout) == (2, "")
    assert "prices.npz unpacked needs" in result.stderr


@pytest.mark.parametrize("members", ["0", "-1", "201"])
def test_an_ensemble_of_no_sensible_size_is_refused(members: str, home: Path):
    result = invoke("train", "prices.npz", "--ensemble", members, folder=Path.cwd())
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)
    assert f"ensemble {members}" in result.stderr


def test_options_of_a_data_set_do_not_apply_to_arrays(home: Path):
    result = invoke("train", "prices.npz", "--data-dir", ".", folder=Path.cwd())
    assert result.returncode == 2
    assert "--data-dir does not apply to arrays; leave it out" in result.stderr
