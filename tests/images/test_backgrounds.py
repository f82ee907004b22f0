"""Whatever lies behind a digit or round it, the network sees the digit."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from test_images import MNIST, seven

from gradus.images import read_digit


def array(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"), float) / 255


def picture(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.round(255 * values.clip(0, 1)).astype(np.uint8))


def framed(width: int, sides: str = "tblr", shade: float = 0.0) -> Image.Image:
    values = array(seven(size=260, at=(90, 70)))
    for side, part in {"t": np.s_[:width], "b": np.s_[-width:], "l": np.s_[:, :width], "r": np.s_[:, -width:]}.items():
        if side in sides:
            values[part] = shade
    return picture(values)


def shadowed(light: float, edge: int, blur: float = 1.0, noise: float = 0.0) -> Image.Image:
    """Right of column `edge` the sheet, its ink with it, gets less light."""
    light_map = np.where(np.arange(200) < edge, 1.0, light)[None, :, None].repeat(200, axis=0)
    soft = np.asarray(Image.fromarray(np.uint8(255 * light_map[..., 0])).filter(ImageFilter.GaussianBlur(blur)), float)
    values = array(seven()) * 0.9 * soft[..., None] / 255
    return picture(values + noise * np.random.default_rng(1).standard_normal(values.shape))


def strokes_on_transparency(ink: tuple[int, int, int]) -> Image.Image:
    return seven(mode="RGBA", ink=(*ink, 255), paper=(*ink, 0))


def on_lines() -> Image.Image:
    image = seven(paper=(250, 250, 245))
    draw = ImageDraw.Draw(image)
    for y in range(10, 200, 24):
        draw.line((0, y, 200, y), fill=(215, 225, 240), width=1)
    return image


def in_shadow(is_shaded) -> Image.Image:
    """A sheet that is half as light where `is_shaded(x, y)`, from 0 to 1 across and down."""
    y, x = np.mgrid[0:1:200j, 0:1:200j]
    return picture(array(seven()) * 0.9 * np.where(is_shaded(x, y), 0.5, 1.0)[..., None])


def askew(degrees: float) -> Image.Image:
    """A scan that was laid askew on black; the digit on it is upright."""
    upright = seven().rotate(-degrees, Image.Resampling.BICUBIC, fillcolor="white")
    return upright.rotate(degrees, Image.Resampling.BICUBIC)


def on_a_desk() -> Image.Image:
    desk, sheet = Image.new("RGB", (270, 270), (110, 75, 45)), seven(ink=(30, 30, 40), paper=(245, 242, 235))
    upright = sheet.rotate(-4, Image.Resampling.BICUBIC, fillcolor=(245, 242, 235))
    turned = upright.convert("RGBA").rotate(4, Image.Resampling.BICUBIC, expand=True)
    desk.paste(turned, (28, 25), turned)
    return desk


def bordered(ink: str, paper: str) -> Image.Image:
    image = seven(ink=ink, paper=paper)
    ImageDraw.Draw(image).rectangle((8, 8, 191, 191), outline=ink, width=3)
    return image


PICTURES = {
    "a slanting shadow": in_shadow(lambda x, y: x + 0.6 * y > 0.8),
    "a shadow on a corner": in_shadow(lambda x, y: x + y > 1.2),
    "a shadow over two thirds": in_shadow(lambda x, y: x > 0.33),
    "a scan far askew": askew(8),
    "a sheet on a desk": on_a_desk(),
    "a line around the digit": bordered("black", "white"),
    "a line of chalk around the digit": bordered("white", "black"),
    "a thin black frame": framed(3),
    "a thick black frame": framed(40),
    "a grey frame": framed(25, shade=0.4),
    "a frame on two sides": framed(30, "lr"),
    "a frame on one side": framed(30, "t"),
    "a frame around chalk": Image.fromarray(255 - np.asarray(framed(30, shade=0.0))),
    "a hard shadow": shadowed(0.5, 100),
    "a hard shadow over the digit": shadowed(0.6, 90),
    "a deep shadow": shadowed(0.3, 130),
    "a hard shadow with noise": shadowed(0.5, 100, noise=0.02),
    "a soft shadow": shadowed(0.6, 100, blur=25),
    "white on transparency": strokes_on_transparency((255, 255, 255)),
    "black on transparency": strokes_on_transparency((0, 0, 0)),
    "yellow on transparency": strokes_on_transparency((255, 240, 80)),
    "red on a green as bright": seven(ink=(200, 0, 0), paper=(0, 102, 0)),
    "blue on a red as bright": seven(ink=(40, 80, 255), paper=(214, 40, 20)),
    "yellow on white": seven(ink=(240, 230, 60)),
    "pencil": seven(ink=(170, 170, 170)),
    "chalk on green": seven(ink=(235, 240, 235), paper=(30, 80, 60)),
    "lined paper": on_lines(),
}


@pytest.fixture
def reference(tmp_path: Path) -> np.ndarray:
    seven().save(tmp_path / "reference.png")
    return read_digit(tmp_path / "reference.png", MNIST).astype(float)


def similarity(digit: np.ndarray, reference: np.ndarray) -> float:
    """The correlation of two images; the centre of mass may be rounded to another pixel."""
    shifts = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1)]
    shifted = [np.roll(digit, shift, axis=(0, 1)).ravel() for shift in shifts]
    return max(float(np.corrcoef(one, reference.ravel())[0, 1]) for one in shifted)


@pytest.mark.parametrize("name", PICTURES)
def test_the_digit_is_what_remains(name: str, tmp_path: Path, reference: np.ndarray):
    PICTURES[name].save(tmp_path / "seven.png")
    digit = read_digit(tmp_path / "seven.png", MNIST).astype(float)
    assert similarity(digit, reference) > 0.9


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "webp", "bmp", "tiff"])
def test_a_picture_may_have_any_usual_format(suffix: str, tmp_path: Path, reference: np.ndarray):
    seven().save(tmp_path / f"seven.{suffix}")
    assert np.abs(read_digit(tmp_path / f"seven.{suffix}", MNIST) - reference).mean() < 6


def test_the_first_picture_of_an_animation_is_read(tmp_path: Path, reference: np.ndarray):
    seven().save(tmp_path / "seven.gif", save_all=True, append_images=[Image.new("RGB", (200, 200), "white")])
    assert np.abs(read_digit(tmp_path / "seven.gif", MNIST) - reference).mean() < 6


@pytest.mark.parametrize("kind", [np.float32, np.int32, np.uint16])
def test_tiff_may_have_more_than_eight_bits(kind: type, tmp_path: Path, reference: np.ndarray):
    scale = 1 if kind == np.float32 else 65535
    values = (np.asarray(seven(mode="L", ink=0, paper=255)) / 255 * scale).astype(kind)
    Image.fromarray(values).save(tmp_path / "seven.tiff")
    assert np.abs(read_digit(tmp_path / "seven.tiff", MNIST) - reference).mean() < 6
