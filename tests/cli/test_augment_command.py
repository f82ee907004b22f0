"""gradus augment, and training with a line of it, as a person uses them."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from shell import gradus, invoke

from gradus.images import TRANSFORMS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a small grey digit, a photograph, a file that is no picture, and a hair line."""
    y, x = np.mgrid[:28, :28]
    Image.fromarray((200 * (np.abs(y - x) < 3)).astype(np.uint8)).save(tmp_path / "digit.png")
    colours = np.stack(np.broadcast_arrays(np.arange(300)[:, None] % 256, np.arange(500) % 256, 90), -1)
    Image.fromarray(colours.astype(np.uint8)).save(tmp_path / "photo.jpg")
    Image.new("L", (90, 2)).save(tmp_path / "hair.png")
    (tmp_path / "notes.txt").write_text("not a picture")
    return tmp_path


def sheet(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def test_a_sheet_shows_the_original_and_31_others(folder: Path):
    result = gradus("augment", "digit.png", folder=folder)
    assert (result.returncode, result.stderr) == (0, "")
    line = "rotate10 shift2 scale0.1 elastic1 noise0.05 cutout6"
    assert result.stdout == f"{line}\nsaved digit-augmented.png\n"
    pixels = sheet(folder / "digit-augmented.png")
    assert pixels.shape == (42 - 8 + 4 * 120 + 8, 8 + 8 * 120, 3)  # 28 pixels become 112, with 8 between them
    with Image.open(folder / "digit.png") as image:
        original = np.kron(np.asarray(image), np.ones((4, 4)))
    tiles = [pixels[42 + i * 120 :, 8 + j * 120 :][:112, :112, 0] for i in range(4) for j in range(8)]
    np.testing.assert_array_equal(tiles[0], original)
    assert len({tile.tobytes() for tile in tiles}) == 32
    # the line that it names makes the same picture, and another seed another one
    again = invoke("augment", "digit.png", "--augment", line, "--out", "again.png", folder=folder)
    assert again.returncode == 0
    np.testing.assert_array_equal(sheet(folder / "again.png")[42:], pixels[42:])
    invoke("augment", "digit.png", "--seed", "1", "--out", "again.png", folder=folder)
    assert not np.array_equal(sheet(folder / "again.png")[42:], pixels[42:])


def test_a_photograph_keeps_its_colours_and_is_made_smaller(folder: Path):
    result = invoke("augment", "photo.jpg", "--augment", "flip", folder=folder)
    assert result.returncode == 0, result.stderr
    pixels = sheet(folder / "photo-augmented.png")
    assert pixels.shape == (42 + 4 * (75 + 8), 8 + 8 * (125 + 8), 3)  # 500x300 by four
    tiles = [pixels[42 + i * 83 :, 8 + j * 133 :][:75, :125] for i in range(4) for j in range(8)]
    assert np.ptp(tiles[0], axis=-1).max() > 100
    assert all(any(np.array_equal(tile, t) for t in (tiles[0], tiles[0][:, ::-1])) for tile in tiles)


def test_an_older_sheet_is_overwritten_only_by_name(folder: Path):
    older = folder / "digit-augmented.png"
    older.write_bytes(b"older")
    result = invoke("augment", "digit.png", folder=folder)
    assert result.returncode == 2
    assert result.stderr == (
        "gradus: digit-augmented.png exists already; move it away, or name a file with --out\n"
    )  # fmt: skip
    assert older.read_bytes() == b"older"
    assert invoke("augment", "digit.png", "--out", older, folder=folder).returncode == 0
    assert sheet(older).shape[2] == 3


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["missing.png"], 3, "missing.png: cannot be read (No such file or directory)"),
        (["notes.txt"], 3, "notes.txt: not an image; expected PNG, JPEG, GIF, WEBP, BMP or TIFF"),
        (["hair.png"], 3, "hair.png: 90x2 pixels; expected at least 8 each way"),
        (["digit.png", "--augment", "rotat10"], 2, "augmentation, word 1 (rotat10): unknown transform 'rotat' "
         "(did you mean rotate?)"),
        (["digit.png", "--augment", " "], 2, "augmentation: the line is empty"),
        (["digit.png", "--augment", "shift28"], 2, "augmentation, shift28: expected less than the image's 28 pixels"),
        (["digit.png", "--out", "sheet.jpg"], 2, "--out sheet.jpg: the sheet is a PNG"),
        (["digit.png", "--out", "nowhere/sheet.png"], 3, "nowhere"),
    ],
)  # fmt: skip
def test_bad_input_of_augment_gets_one_line_and_its_exit_code(
    folder: Path, arguments: list[str], code: int, message: str
):
    before = sorted(folder.iterdir())
    result = invoke("augment", *arguments, folder=folder)
    assert result.returncode == code
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert sorted(folder.iterdir()) == before


@pytest.mark.slow
def test_training_with_a_line_writes_it_down_and_learns_other_weights(folder: Path):
    quick = ("--layers", "hidden30", "--epochs", "1", "--quiet")
    line = "rotate10 shift1 noise0.05"
    for name, more in (("plain", ()), ("first", ("--augment", line)), ("second", ("--augment", line))):
        result = invoke("train", "digits", *quick, "--name", name, *more, folder=folder)
        assert result.returncode == 0, result.stderr
    settings = tomllib.loads((folder / "runs" / "first" / "settings.toml").read_text())["settings"]
    assert settings["augment"] == line
    plain, first, second = (
        (folder / "runs" / name / "model.safetensors").read_bytes() for name in ("plain", "first", "second")
    )
    assert first == second
    assert first != plain


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (
            "digits",
            "rotate10 shfit2",
            "augmentation, word 2 (shfit2): unknown transform 'shfit' (did you mean shift?); choose one of "
            f"{TRANSFORMS.names()}",
        ),
        ("digits", "shift8", "augmentation, shift8: expected less than the image's 8 pixels"),
        ("text", "rotate10", "--augment does not apply to a text; leave it out"),
    ],
)
def test_training_refuses_a_wrong_line_before_anything_is_written(tmp_path: Path, data: str, line: str, message: str):
    result = invoke("train", data, "--augment", line, folder=tmp_path)
    assert result.returncode == 2
    assert result.stderr == f"gradus: {message}\n"
    assert list(tmp_path.iterdir()) == []


def test_ink_on_paper_stays_ink_on_paper(tmp_path: Path):
    """What a rotation uncovers is filled with the ground, as training fills it, and not with black wedges."""
    image = Image.new("L", (56, 56), 250)
    image.paste(20, (24, 12, 32, 44))
    image.save(tmp_path / "one.png")
    result = invoke("augment", "one.png", "--augment", "rotate45", "--out", "sheet.png", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    with Image.open(tmp_path / "sheet.png") as file:
        sheet = np.asarray(file.convert("L"))
    tile = sheet[-8 - 112 : -8, -8 - 112 : -8]  # the last: 56 pixels, twice as large
    corners = [tile[row, column] for row in (1, -2) for column in (1, -2)]
    assert min(corners) >= 245
    assert tile.min() < 100
