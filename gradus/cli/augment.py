"""gradus augment: what augmentation makes of an image, to look at before training with it (theory D3)."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradus.cli.options import use_compilation_cache
from gradus.errors import DataError, SettingError
from gradus.files.atomic import write_atomically

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from gradus.images.augmentation import Augmentation

__all__ = ["augment"]

ROWS, COLUMNS = 4, 8
LONGEST = 128  # points a side of what is augmented: photographs are made smaller
SMALLEST = 8  # points a side that leave something to be seen
TILE, GAP, TEXT = 128, 8, 18  # pixels of the sheet: a small image is enlarged to about TILE
PAPER, INK, MARK = "#e6e6e6", "#202020", "#D55E00"  # MARK: the frame of the original


@click.command()
@click.argument("image", type=click.Path(path_type=Path))
@click.option("--augment", "line", metavar="LINE",
              help="Words, applied in their order: rotate10, shift2, scale0.1, elastic1.4, flip, then noise0.05 and "
              "cutout6.  [default: all but flip, in proportion to the image]")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Decides every random choice.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False),
              help="PNG file to write, also over an older one.  [default: IMAGE-augmented.png]")  # fmt: skip
def augment(image: Path, line: str | None, seed: int, out: Path | None) -> None:
    """Write a sheet with IMAGE (PNG or JPEG) and 31 augmented versions of it, to look at.

    Training with the same line (gradus train DATA --augment LINE) draws such versions anew in every epoch.
    Lengths are in pixels. A picture larger than 128 points a side is made smaller first.
    """
    use_compilation_cache()
    from gradus.images.notation import parse_augmentation
    from gradus.images.reading import read_picture

    target = sheet_path(image, out)
    augmentation = None if line is None else parse_augmentation(line)
    original = read_picture(image, LONGEST)
    height, width, _ = original.shape
    if min(height, width) < SMALLEST:
        raise DataError(f"{image}: {width}x{height} points to look at; expected {SMALLEST} or more each way")
    augmentation = augmentation or parse_augmentation(suitable_line(min(height, width)))
    augmentation.check_images(original.shape)
    versions = examples(original, augmentation, seed)
    picture = io.BytesIO()
    sheet(versions, f"{image.name}   {augmentation}").save(picture, format="PNG")
    write_atomically(target, picture.getvalue())
    click.echo(f"{augmentation}\nsaved {target}")


def sheet_path(image: Path, out: Path | None) -> Path:
    """Where the sheet goes. Raises SettingError rather than overwrite what the user has not named."""
    if out is not None:
        if out.suffix.lower() != ".png":
            raise SettingError(f"--out {out}: the sheet is a PNG; expected a name that ends in .png")
        return out
    path = Path(f"{image.stem}-augmented.png")
    if path.exists():
        raise SettingError(f"{path} exists already; move it away, or name a file with --out")
    return path


def suitable_line(side: int) -> str:
    """A line for an image of so many points a side: of 28, rotate10 shift2 scale0.1 elastic1 noise0.05 cutout6."""
    elastic = f"elastic{side / 28:.2g}-smooth{side / 7:.2g}"
    return f"rotate10 shift{round(side / 14)} scale0.1 {elastic} noise0.05 cutout{round(side / 5)}"


def examples(original: "np.ndarray", augmentation: "Augmentation", seed: int) -> "np.ndarray":
    """The original (height, width, channels) and versions of it, one for each place of the sheet."""
    import jax
    import numpy as np

    copies = np.stack([original] * (ROWS * COLUMNS - 1))
    return np.concatenate([original[None], jax.jit(augmentation)(jax.random.key(seed), copies)])


def sheet(versions: "np.ndarray", title: str) -> "Image.Image":
    """The images (n, height, width, channels) in a grid, with the first one framed, and a title above."""
    from PIL import Image, ImageDraw, ImageFont

    n, height, width, channels = versions.shape
    factor = max(1, TILE // max(height, width))
    tile_width, tile_height = factor * width, factor * height
    size = (GAP + COLUMNS * (tile_width + GAP), 2 * GAP + TEXT + GAP + ROWS * (tile_height + GAP))
    picture = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(picture)
    draw.text((GAP, GAP), title, INK, ImageFont.load_default(TEXT))
    for number in range(n):
        left = GAP + number % COLUMNS * (tile_width + GAP)
        top = 3 * GAP + TEXT + number // COLUMNS * (tile_height + GAP)
        if number == 0:
            draw.rectangle((left - 4, top - 4, left + tile_width + 3, top + tile_height + 3), MARK)
        tile = Image.fromarray(versions[number] if channels == 3 else versions[number, ..., 0])
        tile = tile.resize((tile_width, tile_height), Image.Resampling.NEAREST)
        picture.paste(tile, (left, top))
    return picture
