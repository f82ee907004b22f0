"""Good pictures: a drawn 7 in every mode and compression that a format has."""

import io
import struct
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

    Variant = tuple[Image.Image, dict[str, Any]]  # an image and the options that it is saved with

__all__ = ["pictures"]


@cache
def pictures(file_format: str) -> Sequence[bytes]:
    """The files of the variants, and one with an orientation where the format has one."""
    from PIL import Image

    turned = Image.Exif()
    turned[0x0112] = 6
    variants = VARIANTS[file_format]()
    if file_format not in ("GIF", "BMP"):
        variants.append((drawn("RGB"), {"exif": turned}))
    contents = [saved(image, file_format, options) for image, options in variants]
    return [*contents, planar_tiff()] if file_format == "TIFF" else contents


def saved(image: "Image.Image", file_format: str, options: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def drawn(mode: str) -> "Image.Image":
    from PIL import Image, ImageDraw

    image = Image.new("L", (40, 36), 255)
    ImageDraw.Draw(image).line([(10, 5), (30, 5), (15, 30)], fill=0, width=4)
    if mode in ("F", "I", "I;16", "I;16B"):
        return image.convert("I").point(lambda value: value * 257).convert(mode)
    colours = (image if mode in ("1", "L", "LA") else image.convert("RGB")).convert(mode)
    if mode.endswith("A"):
        colours.putalpha(image.point(lambda value: 255 - value // 2))
    return colours


def frames() -> list["Image.Image"]:
    return [drawn("RGB").rotate(90 * turns) for turns in (1, 2)]


def png() -> list["Variant"]:
    modes = ("RGB", "L", "P", "1", "RGBA", "LA", "I;16")
    return [*((drawn(mode), {}) for mode in modes), (drawn("RGB"), {"save_all": True, "append_images": frames()})]


def jpeg() -> list["Variant"]:
    return [*((drawn(mode), {}) for mode in ("RGB", "L", "CMYK")), (drawn("RGB"), {"progressive": True})]


def gif() -> list["Variant"]:
    moving = {"save_all": True, "append_images": frames(), "duration": 20, "loop": 0}
    return [*((drawn(mode), {}) for mode in ("P", "L", "1", "RGB")), (drawn("P"), {"transparency": 0, "interlace": 1}),
            *((drawn("RGB"), moving | {"disposal": disposal}) for disposal in (0, 2, 3))]  # fmt: skip


def webp() -> list["Variant"]:
    kinds = [(drawn(mode), {"lossless": lossless}) for mode in ("RGB", "RGBA") for lossless in (False, True)]
    return [*kinds, (drawn("RGBA"), {"save_all": True, "append_images": frames(), "icc_profile": b"icc", "xmp": b"x"})]


def bmp() -> list["Variant"]:
    return [(drawn(mode), {}) for mode in ("1", "L", "P", "RGB", "RGBA")]


def tiff() -> list["Variant"]:
    modes = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I;16", "I;16B", "I", "F")
    compressions = ("packbits", "tiff_lzw", "tiff_deflate", "jpeg", "zstd", "lzma")
    return [*((drawn(mode), {}) for mode in modes),
            *((drawn("RGB"), {"compression": name}) for name in compressions),
            *((drawn("1"), {"compression": name}) for name in ("tiff_ccitt", "group3", "group4")),
            (drawn("F"), {"compression": "tiff_lzw"}), (drawn("RGB"), {"big_tiff": True}),
            (drawn("RGB"), {"save_all": True, "append_images": frames()})]  # fmt: skip


def planar_tiff() -> bytes:
    """Red, green and blue in strips of their own, which Pillow reads but does not write."""
    image = drawn("RGB")
    width, height = image.size
    start, size = 8 + 2 + 10 * 12 + 4, width * height
    tables = start, start + 12, start + 24  # of bits, offsets and lengths
    entries = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 3, tables[0]), (259, 3, 1, 1), (262, 3, 1, 2),
               (273, 4, 3, tables[1]), (277, 3, 1, 3), (278, 3, 1, height), (279, 4, 3, tables[2]),
               (284, 3, 1, 2)]  # fmt: skip
    offsets = (start + 36 + band * size for band in range(3))
    content = struct.pack("<3H6x3I3I", 8, 8, 8, *offsets, size, size, size)
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + directory + content + b"".join(band.tobytes() for band in image.split())


VARIANTS: dict[str, Callable[[], list["Variant"]]] = {
    "PNG": png, "JPEG": jpeg, "GIF": gif, "WEBP": webp, "BMP": bmp, "TIFF": tiff,
}  # fmt: skip
