"""Large pictures are read within a gigabyte and ten seconds, or refused by their headers."""

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from gradus.errors import DataError
from gradus.images import read_digit, read_picture, reading

MNIST = (28, 28, 1)


def header(width: int, height: int) -> bytes:
    """A PNG of that size without its pixels."""
    content = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + content + struct.pack(">I", zlib.crc32(content))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 9) + b"IDAT"


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ((7500, 7334), "large.png: the picture is too large, 7500x7334; scale it down to at most 55,000,000 pixels"),
        ((10_000, 10_000), "large.png: the picture is too large, 10000x10000; scale it down to at most 55,000,000"),
        ((65_536, 1), "too large, 65536x1; scale it down to at most 55,000,000 pixels, 65,535 a side"),
        ((1, 65_536), "too large, 1x65536; scale it down to at most 55,000,000 pixels, 65,535 a side"),
        ((20_000, 20_000), "large.png: the picture is too large; scale it down to at most 55,000,000 pixels"),
    ],
)
def test_a_picture_that_would_take_too_much_memory_is_refused(size: tuple[int, int], message: str, tmp_path: Path):
    (tmp_path / "large.png").write_bytes(header(*size))
    for read in (lambda path: read_digit(path, MNIST), lambda path: read_picture(path, 100)):
        with pytest.raises(DataError) as caught:
            read(tmp_path / "large.png")
        assert message in str(caught.value)


def test_webp_has_a_limit_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    Image.new("L", (40, 30)).save(tmp_path / "small.webp")
    monkeypatch.setattr(reading, "MAX_WEBP_PIXELS", 1000)
    with pytest.raises(DataError, match="the picture is too large, 40x30; scale it down to at most 1,000 pixels"):
        read_digit(tmp_path / "small.webp", MNIST)


def drawing(mode: str, size: tuple[int, int]) -> Image.Image:
    grey = Image.new("L", size, 240)
    points = [(size[0] // 4, size[1] // 5), (3 * size[0] // 4, size[1] // 5), (size[0] // 3, 4 * size[1] // 5)]
    ImageDraw.Draw(grey).line(points, fill=10, width=max(1, min(size) // 10))
    if mode in ("I", "I;16", "F"):
        return Image.fromarray(np.asarray(grey).astype({"I": "int32", "I;16": "uint16", "F": "float32"}[mode]) * 257)
    image = (grey if mode in ("1", "L", "LA") else grey.convert("RGB")).convert(mode)
    if mode.endswith("A"):
        image.putalpha(grey.point(lambda value: 255 - value // 2))
    return image


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I;16", "I", "F"])
@pytest.mark.parametrize("size", [(1303, 977), (13, 4000), (4000, 1)])
def test_tiles_make_the_same_picture_as_the_whole(
    mode: str, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    drawing(mode, size).save(tmp_path / "drawing.tif")
    by_tiles = read_picture(tmp_path / "drawing.tif", 100)
    assert max(by_tiles.shape) <= 100
    monkeypatch.setattr(reading, "tiles", lambda size, side: [(0, 0, *size)])
    assert np.array_equal(by_tiles, read_picture(tmp_path / "drawing.tif", 100))


def test_a_damaged_tiff_makes_no_library_speak(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    drawing("RGB", (40, 36)).save(tmp_path / "damaged.tif", compression="tiff_lzw")
    content = bytearray((tmp_path / "damaged.tif").read_bytes())
    with Image.open(tmp_path / "damaged.tif") as image:
        start = image.tag_v2[273][0]  # of the first strip
    content[start : start + 20] = bytes(20)
    (tmp_path / "damaged.tif").write_bytes(content)
    with pytest.raises(DataError, match=r"damaged.tif: cannot be read"):
        read_digit(tmp_path / "damaged.tif", MNIST)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_a_tiff_is_read_though_standard_error_is_closed(closed: str, tmp_path: Path):
    drawing("RGB", (40, 36)).save(tmp_path / "seven.tif", compression="tiff_lzw")
    code = "import pathlib, gradus.images as i; i.read_digit(pathlib.Path('seven.tif'), (28, 28, 1))"
    subprocess.run(f'{sys.executable} -c "{code}" {closed}', shell=True, cwd=tmp_path, check=True)


MEASURE = """
import pathlib, re, sys, time
from gradus.images import read_digit
started = time.monotonic()
digit = read_digit(pathlib.Path(sys.argv[1]), (28, 28, 1))
seconds = time.monotonic() - started
print(int(digit.max()), seconds, re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
"""
ROTATED = Image.Exif()
ROTATED[0x0112] = 6


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc")
@pytest.mark.parametrize(
    ("mode", "name", "options"),
    [
        ("1", "large.png", {}),
        ("P", "large.gif", {}),
        ("I;16", "large.png", {"compress_level": 1}),
        ("RGBA", "large.png", {"compress_level": 1, "exif": ROTATED}),
        ("CMYK", "large.jpg", {"progressive": True, "exif": ROTATED}),
        ("RGBA", "large.webp", {"lossless": True, "method": 0}),
        ("RGBA", "large.webp", {"method": 0, "exif": ROTATED}),
        ("RGBA", "large.bmp", {}),
        ("F", "large.tif", {}),
        ("RGBA", "large.tif", {"exif": ROTATED, "compression": "tiff_lzw"}),
    ],
)
def test_the_largest_pictures_take_less_than_a_gigabyte(mode: str, name: str, options: dict, tmp_path: Path):
    most = reading.MAX_WEBP_PIXELS if name.endswith("webp") else reading.MAX_PIXELS
    drawing(mode, (int(most**0.5), int(most**0.5))).save(tmp_path / name, **options)
    measured = subprocess.run([sys.executable, "-c", MEASURE, str(tmp_path / name)], text=True, capture_output=True,
                              check=True)  # fmt: skip
    brightest, seconds, kilobytes = map(float, measured.stdout.split())
    assert brightest == 255
    assert seconds < 10
    assert kilobytes * 1024 < 10**9
