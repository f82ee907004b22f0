"""The settings that data call for: by their kind and size alone (docs/defaults.md)."""

from pathlib import Path

import numpy as np
import pytest
from folders.pictures import save

import gradus
from gradus.folders import load_image_folder
from gradus.network import Network
from gradus.notation import parse
from gradus.runs.jobs import make_job
from gradus.sources import default_settings, find_kind


def table(rows: int, numbers: bool = False) -> gradus.Dataset:
    random = np.random.default_rng(0)
    y = random.normal(size=rows) if numbers else random.choice(["yes", "no", "maybe"], rows)
    return gradus.from_frame({"x": random.normal(size=rows), "y": y.tolist()})


def test_a_small_table_has_an_ensemble_and_a_large_one_has_not():
    assert default_settings(table(1000))["ensemble"] == 5
    assert "ensemble" not in default_settings(table(20_000))


def test_classes_and_numbers_have_the_settings_of_the_paper_but_for_the_rate_of_numbers():
    classes, numbers = default_settings(table(1000)), default_settings(table(1000, numbers=True))
    assert (classes["learning_rate"], numbers["learning_rate"]) == (0.04, 0.03)
    assert (classes["label_smoothing"], "label_smoothing" in numbers) == (0.1, False)
    assert ("selu" in classes["layers"], "mish" in numbers["layers"]) == (True, True)
    assert classes["layers"].endswith("ntkdense3-zeros")
    assert numbers["layers"].endswith("ntkdense1-zeros")
    assert (classes["epochs"], classes["batch_size"], classes["monitor"]) == (256, 256, "cost")


@pytest.mark.parametrize("rows", [20, 40, 150, 300])
def test_a_batch_is_no_larger_than_what_is_learned_from(rows: int):
    data = table(rows)
    settings = default_settings(data)
    assert settings["batch_size"] <= min(len(data.training.x), (rows - len(data.test.x)) * 4 // 5)


@pytest.mark.parametrize(
    ("size", "mode", "stages", "augment"),
    [((8, 8), "RGB", 3, "flip shift1"), ((32, 32), "RGB", 4, "flip shift3"), ((28, 28), "L", 4, "shift3"),
     ((64, 48), "RGB", 4, "flip shift5"), ((2, 9), "L", 1, "shift1")],
)  # fmt: skip
def test_pictures_are_halved_until_little_is_left(
    size: tuple[int, int], mode: str, stages: int, augment: str, tmp_path: Path
):
    for name in "ab":
        for k in range(4):
            save(tmp_path / name / f"{k}.png", size=size, mode=mode, colour=0)
    data = load_image_folder(tmp_path)
    settings = default_settings(data)
    assert settings["layers"].count("maxpool2") == stages
    assert settings["augment"] == augment
    network = Network.create(parse(settings["layers"]), gradus.LogLikelihood(), data.in_shape)
    assert network.shapes()[-1] == (2,)


@pytest.mark.parametrize(("characters", "epochs"), [(1_000, 10), (1_000_000, 10), (3_000_000, 4), (60_000_000, 1)])
def test_the_longer_a_text_the_fewer_times_it_is_read(characters: int, epochs: int):
    text = gradus.Text.from_string("ab" * (characters // 2))
    assert default_settings(text) == {"epochs": epochs, "patience": 3}


def test_who_gives_the_epochs_of_a_text_gets_all_of_them(tmp_path: Path):
    (tmp_path / "fox.txt").write_text("The quick brown fox jumps over the lazy dog.\n" * 20)
    path = str(tmp_path / "fox.txt")
    short = {"layers": "lstm4", "time": 8}
    given = make_job(path, None, short | {"epochs": 7}).settings
    assert (given["epochs"], given["patience"]) == (7, None)
    found = make_job(path, None, short | {"patience": 5}).settings
    assert (found["epochs"], found["patience"]) == (10, 5)


@pytest.mark.parametrize(
    ("files", "kind"),
    [(["a/1.png", "b/1.png"], "images"), (["a/1.txt", "b/1.txt"], "passages"), (["1.txt", "2.md"], "text"),
     (["a/1.png", "a/2.png", "notes.txt"], "images"), (["a/1.txt", "b/1.txt", "b/2.txt", "b/1.png"], "passages")],
)  # fmt: skip
def test_what_a_folder_holds_is_found_out(files: list[str], kind: str, tmp_path: Path):
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    assert find_kind(str(tmp_path)) == kind


def test_pictures_with_numbers_to_predict_have_the_cost_of_numbers():
    x = np.random.default_rng(0).random((40, 8, 8, 1))
    data = gradus.from_arrays(x, x.mean((1, 2, 3)), name="light")
    assert default_settings(data)["cost"] is None
    assert gradus.train(data, "flatten dense1", epochs=1).model.network.cost == gradus.Quadratic("linear")
