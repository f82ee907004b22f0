"""A person's own pictures: of any kind, size and colour, they become what the network was trained on."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from gradus.data import load
from gradus.errors import DataError, SettingError
from gradus.images import read_digit

MNIST, DIGITS = (28, 28, 1), (8, 8, 1)
SHARED = Path(__file__).parents[3] / "shared" / "data"


def seven(
    size: int = 200, ink="black", paper="white", mode: str = "RGB", at: tuple[int, int] = (60, 40), pen: int = 12
) -> Image.Image:
    """A 7 drawn with a round pen."""
    image = Image.new(mode, (size, size), paper)
    x, y = at
    points = [(x, y), (x + 70, y), (x + 25, y + 110)]
    ImageDraw.Draw(image).line(points, fill=ink, width=pen, joint="curve")
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
        seven(size=700),
        Image.fromarray(np.asarray(seven(mode="L", ink=0, paper=255)).astype(np.uint16) * 257),
    ],
    ids=["light", "colours", "corner", "grey", "palette", "bitmap", "transparent", "LA", "small on large", "16 bits"],
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


def test_a_photograph_in_the_colours_of_print_is_read(tmp_path: Path, reference: np.ndarray):
    seven().convert("CMYK").save(tmp_path / "print.jpg", quality=95)
    assert np.abs(read_digit(tmp_path / "print.jpg", MNIST).astype(float) - reference).mean() < 6


def photograph(grey: np.ndarray, seed: int = 0) -> Image.Image:
    """Grey values 0 to 1 on paper that is half in the shade, with noise and three specks."""
    rng = np.random.default_rng(seed)
    height, width = grey.shape
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    values = (50 + 165 * grey) * (1 - 0.3 * x - 0.15 * y - 0.1 * x * x) + rng.normal(0, 8, grey.shape)
    for row, column in rng.integers(0, min(height, width) - 3, (3, 2)):
        values[row : row + 3, column : column + 3] = 40
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def test_noise_shade_and_specks_of_the_paper_are_not_ink(tmp_path: Path, reference: np.ndarray):
    photograph(np.asarray(seven(mode="L", ink=0, paper=255)) / 255).save(tmp_path / "photo.png")
    digit = read_digit(tmp_path / "photo.png", MNIST).astype(float)
    # the centre of mass of this 7 lies halfway between two rows, and noise decides which of them is nearer
    assert min(np.abs(np.roll(digit, rows, axis=0) - reference).mean() for rows in (-1, 0, 1)) < 3


@pytest.mark.parametrize("shape", [MNIST, DIGITS])
def test_paper_without_a_digit_is_refused(tmp_path: Path, shape: tuple[int, ...]):
    rng = np.random.default_rng(0)
    shade = np.tile(np.linspace(90, 230, 200), (200, 1)) + rng.normal(0, 6, (200, 200))
    Image.fromarray(shade.astype(np.uint8)).save(tmp_path / "paper.png")
    with pytest.raises(DataError, match=r"paper.png: shows nothing; expected a digit"):
        read_digit(tmp_path / "paper.png", shape)


def test_a_faint_digit_beside_a_dark_speck_is_read(tmp_path: Path, reference: np.ndarray):
    """It once gave two warnings and a ValueError, as in a damaged CMYK photograph: nothing was left of full ink."""
    image = seven(ink=(190, 190, 190))
    ImageDraw.Draw(image).point([(150, 180), (151, 180)], fill="black")
    image.save(tmp_path / "faint.png")
    assert np.abs(read_digit(tmp_path / "faint.png", MNIST).astype(float) - reference).mean() < 6


def test_a_hair_line_does_not_fade(tmp_path: Path):
    seven(pen=1).save(tmp_path / "thin.png")
    digit = read_digit(tmp_path / "thin.png", MNIST)
    assert (digit.max(axis=1) > 200).sum() >= 18
    # every digit of scikit-learn has about as much ink, whatever the pen
    for pen in (1, 8, 30):
        seven(pen=pen).save(tmp_path / "pen.png")
        assert 0.2 < read_digit(tmp_path / "pen.png", DIGITS).mean() / 16 < 0.4


def test_a_slanted_line_is_set_upright_for_small_digits(tmp_path: Path):
    image = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(image).line([(65, 15), (35, 85)], fill=0, width=8)
    image.save(tmp_path / "one.png")
    ink = read_digit(tmp_path / "one.png", DIGITS)[..., 0].astype(float)
    middles = (ink @ np.arange(8)) / ink.sum(axis=1)
    assert np.ptp(middles) < 0.5


def test_small_digits_have_numbers_up_to_16_and_fill_the_height(tmp_path: Path):
    seven().save(tmp_path / "seven.png")
    digit = read_digit(tmp_path / "seven.png", DIGITS)
    assert (digit.shape, digit.dtype) == (DIGITS, np.uint8)
    assert 8 <= digit.max() <= 16
    assert digit[0].any()
    assert digit[-1].any()


@pytest.mark.parametrize("index", range(10))
def test_what_the_network_was_trained_on_comes_back_nearly_unchanged(tmp_path: Path, index: int):
    from sklearn.datasets import load_digits

    original = load_digits().images[index]
    large = np.kron(original / 16 * 255, np.ones((16, 16)))
    Image.fromarray(255 - np.pad(large, 30).astype(np.uint8)).save(tmp_path / "digit.png")
    difference = read_digit(tmp_path / "digit.png", DIGITS)[..., 0] - original
    assert np.abs(difference).mean() < 2.5


def accuracy(classifier, images: list[Image.Image], labels: np.ndarray, shape, folder: Path) -> float:
    """How many pictures are recognised, by way of their files."""
    read = []
    for image in images:
        image.save(folder / "digit.png")
        read.append(read_digit(folder / "digit.png", shape).ravel() / (255 if shape == MNIST else 16))
    return classifier.score(read, labels)


@pytest.fixture(scope="module")
def knows_digits():
    from sklearn.svm import SVC

    x, y = load("digits").training
    return SVC(C=5).fit(x.reshape(len(x), -1) / 16, y)


def test_enlarged_digits_are_recognised_as_the_originals_are(tmp_path: Path, knows_digits):
    x, y = (part[:100] for part in load("digits").test)
    images = [Image.fromarray(255 - 15 * digit[..., 0]).resize((128, 128)) for digit in x]
    assert accuracy(knows_digits, images, y, DIGITS, tmp_path) >= 0.92  # the originals: 0.99


@pytest.mark.skipif(not (SHARED / "mnist").is_dir(), reason="needs the four MNIST files in ../shared/data")
def test_photographs_of_handwriting_are_recognised(tmp_path: Path, knows_digits):
    from sklearn.svm import SVC

    data = load("mnist", SHARED)
    x, y = (part[:2000] for part in data.training)
    knows_mnist = SVC(C=5).fit(x.reshape(len(x), -1) / 255, y)
    x, y = (part[::200] for part in data.test)
    large = [Image.fromarray(np.pad(255 - digit[..., 0], 6, constant_values=255)).resize((160, 160)) for digit in x]
    photographs = [photograph(np.asarray(image) / 255, seed) for seed, image in enumerate(large)]
    originals = knows_mnist.score(x.reshape(len(x), -1) / 255, y)
    assert accuracy(knows_mnist, photographs, y, MNIST, tmp_path) >= originals - 0.04
    # other people's hands, another country: far from what these networks saw, and still mostly right
    assert accuracy(knows_digits, photographs, y, DIGITS, tmp_path) >= 0.8


def test_files_that_show_no_digit_are_refused_by_name(tmp_path: Path):
    (tmp_path / "text.png").write_text("not an image")
    Image.new("L", (50, 50), 255).save(tmp_path / "blank.png")
    seven().save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:200])
    messages = {
        "missing.png": "cannot be read",
        "text.png": "not an image; expected PNG, JPEG, GIF, WEBP, BMP or TIFF",
        "blank.png": "shows nothing",
        "cut.png": "cannot be read",
        ".": "cannot be read",
    }
    for name, message in messages.items():
        with pytest.raises(DataError, match=message) as caught:
            read_digit(tmp_path / name, MNIST)
        assert str(tmp_path / name) in str(caught.value)


def test_a_model_of_other_inputs_takes_no_pictures(tmp_path: Path):
    with pytest.raises(SettingError, match=r"the model takes inputs of shape \(4,\)"):
        read_digit(tmp_path / "any.png", (4,))
