"""A person's own pictures: of any kind, size and colour, they become what the network was trained on."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from gradus.data.images import read_digit
from gradus.errors import DataError, SettingError

MNIST = (28, 28, 1)


def seven(
    size: int = 200, ink="black", paper="white", mode: str = "RGB", at: tuple[int, int] = (60, 40)
) -> Image.Image:
    """A 7 drawn with a round pen."""
    image = Image.new(mode, (size, size), paper)
    x, y = at
    points = [(x, y), (x + 70, y), (x + 25, y + 110)]
    ImageDraw.Draw(image).line(points, fill=ink, width=12, joint="curve")
    return image


@pytest.fixture
def reference(tmp_path: Path) -> np.ndarray:
    seven().save(tmp_path / "reference.png")
    return read_digit(tmp_path / "reference.png", MNIST)


def test_a_digit_is_light_on_dark_twenty_points_high_and_centred_by_its_mass(reference: np.ndarray):
    assert (reference.shape, reference.dtype, reference.max()) == (MNIST, np.uint8, 255)
    grey = reference[..., 0].astype(float)
    rows, columns = np.nonzero(grey)
    assert np.ptp(rows) + 1 == 20
    assert np.ptp(columns) + 1 <= 20
    centre = (grey.sum(axis=1) @ np.arange(28), grey.sum(axis=0) @ np.arange(28)) / grey.sum()
    assert np.abs(centre - 14).max() <= 0.5


@pytest.mark.parametrize(
    "image",
    [
        seven(ink="white", paper="black"),
        seven(ink=(20, 20, 160), paper=(240, 235, 200)),
        seven(at=(5, 5)),
        seven(mode="L", ink=0, paper=255),
        seven().convert("P"),
        seven().convert("1"),
        seven(mode="RGBA", ink=(0, 0, 0, 255), paper=(0, 0, 0, 0)),
        seven(mode="LA", ink=(0, 255), paper=(255, 0)),
        Image.fromarray(np.asarray(seven(mode="L", ink=0, paper=255)).astype(np.uint16) * 257),
    ],
    ids=["white on black", "colours", "in a corner", "grey", "palette", "bitmap", "transparent", "LA", "16 bits"],
)
def test_any_kind_of_picture_gives_the_same_digit(tmp_path: Path, reference: np.ndarray, image: Image.Image):
    image.save(tmp_path / "seven.png")
    difference = read_digit(tmp_path / "seven.png", MNIST).astype(float) - reference
    assert np.abs(difference).mean() < 6


def test_a_photograph_on_its_side_is_turned_upright(tmp_path: Path, reference: np.ndarray):
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: to be turned clockwise by 90 degrees
    seven().rotate(90, expand=True).save(tmp_path / "side.jpg", exif=exif, quality=95)
    difference = read_digit(tmp_path / "side.jpg", MNIST).astype(float) - reference
    assert np.abs(difference).mean() < 6


def test_noise_of_the_paper_is_not_ink(tmp_path: Path, reference: np.ndarray):
    noise = np.random.default_rng(0).normal(0, 8, (200, 200))
    noisy = np.clip(np.asarray(seven(mode="L", ink=30, paper=225)) + noise, 0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(tmp_path / "noisy.png")
    difference = read_digit(tmp_path / "noisy.png", MNIST).astype(float) - reference
    assert np.abs(difference).mean() < 12


def test_small_digits_have_numbers_up_to_16_and_fill_the_height(tmp_path: Path):
    seven().save(tmp_path / "seven.png")
    digit = read_digit(tmp_path / "seven.png", (8, 8, 1))
    assert (digit.shape, digit.dtype) == ((8, 8, 1), np.uint8)
    assert 8 <= digit.max() <= 16
    assert digit[0].any()
    assert digit[-1].any()


@pytest.mark.parametrize("index", range(10))
def test_what_the_network_was_trained_on_comes_back_nearly_unchanged(tmp_path: Path, index: int):
    from sklearn.datasets import load_digits

    original = load_digits().images[index]
    large = np.kron(original / 16 * 255, np.ones((16, 16)))
    Image.fromarray(255 - np.pad(large, 30).astype(np.uint8)).save(tmp_path / "digit.png")
    difference = read_digit(tmp_path / "digit.png", (8, 8, 1))[..., 0] - original
    assert np.abs(difference).mean() < 2.5


def test_files_that_show_no_digit_are_refused_by_name(tmp_path: Path, monkeypatch):
    (tmp_path / "text.png").write_text("not an image")
    Image.new("L", (50, 50), 255).save(tmp_path / "blank.png")
    seven().save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:200])
    messages = {
        "missing.png": "cannot be read",
        "text.png": "not an image; expected a PNG or JPEG file",
        "blank.png": "shows nothing",
        "cut.png": "cannot be read",
        ".": "cannot be read",
    }
    for name, message in messages.items():
        with pytest.raises(DataError, match=message) as caught:
            read_digit(tmp_path / name, MNIST)
        assert str(tmp_path / name) in str(caught.value)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(DataError, match="too large a picture"):
        read_digit(tmp_path / "whole.png", MNIST)


def test_a_model_of_other_inputs_takes_no_pictures(tmp_path: Path):
    with pytest.raises(SettingError, match=r"the model takes inputs of shape \(4,\)"):
        read_digit(tmp_path / "any.png", (4,))
