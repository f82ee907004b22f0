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
    monkeypatch.setattr("gradus.answers.MAX_ANSWERS", 6)
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
