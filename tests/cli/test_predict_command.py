"""gradus predict on many pictures: each gets its answer or its line, and a sheet shows what the network saw."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from shell import QUICK, invoke


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run and three pictures, the second of which shows nothing."""
    folder = tmp_path_factory.mktemp("predict")
    assert invoke("train", "digits", *QUICK, "--quiet", folder=folder).returncode == 0
    for name in ("one.png", "seven.gif"):
        image = Image.new("RGB", (120, 160), "white")
        ImageDraw.Draw(image).line([(60, 20), (60, 140)] if name == "one.png" else [(20, 20), (90, 20), (50, 140)],
                                   fill="black", width=12)  # fmt: skip
        image.save(folder / name)
    Image.new("RGB", (120, 160), "white").save(folder / "blank.png")
    return folder


PICTURES = ("one.png", "blank.png", "seven.gif")


def test_a_refused_picture_leaves_the_others_their_answers(home: Path):
    result = invoke("predict", "digits-1", *PICTURES, "missing.png", folder=home)
    assert result.returncode == 3
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == ["one.png", "seven.gif"]
    blank, missing = result.stderr.splitlines()
    assert blank.startswith("gradus: blank.png: shows nothing")
    assert missing.startswith("gradus: missing.png: cannot be read")


def test_json_has_a_line_for_each_picture(home: Path):
    result = invoke("predict", "digits-1", *PICTURES, "one.png", "--json", folder=home)
    assert result.returncode == 3
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["image"] for line in lines] == ["one.png", "blank.png", "seven.gif", "one.png"]
    assert lines[0] == lines[3]
    assert "shows nothing" in lines[1]["error"]


def test_the_sheet_shows_what_the_network_saw(home: Path):
    result = invoke("predict", "digits-1", "one.png", "--show", "sheet.png", folder=home)
    assert result.returncode == 0
    with Image.open(home / "sheet.png") as file:
        sheet = np.asarray(file.convert("L"))
    # beside the picture, from 12 + 160 + 12 on, are the 8x8 pixels, each 20 wide: a bright stroke on black
    seen = sheet[12 : 12 + 160, 184 : 184 + 160]
    assert set(np.unique(np.ptp(seen.reshape(8, 20, 8, 20), axis=(1, 3)))) == {0}
    assert (seen.min(), seen.max()) == (0, 255)


def test_a_sheet_has_a_greatest_number_of_pictures(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gradus.answers.sheet.MAX_ANSWERS", 6)
    result = invoke("predict", "digits-1", *["one.png"] * 7, "--show", "many.png", folder=home)
    assert (result.returncode, len(result.stdout.splitlines())) == (0, 7)
    assert result.stderr == "gradus: many.png: shows the first 6 of 7 pictures; the others have no room\n"
    with Image.open(home / "many.png") as file:
        assert file.height == 2 * (160 + 3 * 12 + 2 * 15)


@pytest.mark.parametrize("name", ["sheet.jpg", "sheet"])
def test_the_sheet_is_a_png(name: str, home: Path):
    result = invoke("predict", "digits-1", "one.png", "--show", name, folder=home)
    assert result.returncode == 2
    assert "expected a name ending in .png" in result.stderr
    assert result.stdout == ""


def test_the_sheet_replaces_no_picture(home: Path):
    before = (home / "one.png").read_bytes()
    result = invoke("predict", "digits-1", "one.png", "--show", "./one.png", folder=home)
    assert result.returncode == 2
    assert (
        result.stderr == "gradus: --show one.png: is one of the images, and would be overwritten; choose another name\n"
    )
    assert (home / "one.png").read_bytes() == before


def test_white_strokes_on_transparency_are_visible_on_the_sheet(home: Path):
    image = Image.new("RGBA", (160, 160), (255, 255, 255, 0))
    ImageDraw.Draw(image).line([(80, 20), (80, 140)], fill="white", width=16)
    image.save(home / "chalk.png")
    assert invoke("predict", "digits-1", "chalk.png", "--show", "chalk-seen.png", folder=home).returncode == 0
    with Image.open(home / "chalk-seen.png") as file:
        original = np.asarray(file.convert("L"))[12 : 12 + 160, 12 : 12 + 160]
    assert (original.min(), original.max()) == (0, 255)


@pytest.fixture
def sheet(home: Path) -> str:
    """The name of a photograph of three strokes: two in the first line, one in the second."""
    image = Image.new("RGB", (400, 320), "white")
    for left, top in ((60, 30), (240, 40), (150, 180)):
        ImageDraw.Draw(image).line([(left, top), (left + 8, top + 90)], fill="black", width=10)
    image.save(home / "three.png")
    return "three.png"


def test_each_of_several_digits_gets_an_answer(home: Path, sheet: str):
    result = invoke("predict", "digits-1", sheet, "one.png", folder=home)
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == [
        "three.png#1", "three.png#2", "three.png#3", "one.png",
    ]  # fmt: skip
    table = invoke("predict", "digits-1", sheet, "one.png", "--csv", folder=home).stdout.splitlines()
    assert [line.split(",")[0] for line in table] == ["image", "three.png#1", "three.png#2", "three.png#3", "one.png"]
    lines = [json.loads(line) for line in invoke("predict", "digits-1", sheet, "one.png", "--json",
                                                 folder=home).stdout.splitlines()]  # fmt: skip
    assert lines[1]["image"] == "three.png#2"
    assert np.abs(np.subtract(lines[1]["box"], (235, 40, 254, 131))).max() <= 6
    assert list(lines[1]) == ["image", "box", "class", "probabilities"]
    assert list(lines[3]) == ["image", "class", "probabilities"]


def test_the_sheet_has_a_box_around_each_of_several_digits(home: Path, sheet: str):
    invoke("predict", "digits-1", sheet, "one.png", sheet, "--show", "boxes.png", folder=home)
    with Image.open(home / "boxes.png") as file:
        shown = np.asarray(file.convert("RGB")).astype(int)
    is_red = (shown[..., 0] > 180) & (shown[..., 1] < 60)
    assert is_red.any(axis=1).sum() > 2 * (90 + 100)  # both photographs, below the picture of one digit
    assert not is_red[: 160 + 3 * 12 + 2 * 15].any()
    one = invoke("predict", "digits-1", "one.png", "--show", "one-seen.png", folder=home)
    assert one.returncode == 0
    with Image.open(home / "one-seen.png") as file:
        alone = np.asarray(file.convert("RGB")).astype(int)
    np.testing.assert_array_equal(shown[: alone.shape[0], : alone.shape[1]], alone)


def test_a_sheet_has_all_digits_of_its_last_picture(home: Path, sheet: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gradus.answers.sheet.MAX_ANSWERS", 4)
    result = invoke("predict", "digits-1", *[sheet] * 4, "--show", "four.png", folder=home)
    assert (result.returncode, len(result.stdout.splitlines())) == (0, 12)
    assert result.stderr == "gradus: four.png: shows the first 2 of 4 pictures; the others have no room\n"
