"""gradus augment: augmented versions of an image, to look at before training on them (theory D3)."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradus.cli.options import Command, use_compilation_cache
from gradus.errors import DataError, SettingError

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from gradus.images import Augmentation

__all__ = ["augment"]

ROWS, COLUMNS = 4, 8
LONGEST = 128  # pixels per side; larger pictures are reduced first
SMALLEST = 8  # pixels per side; a smaller picture shows nothing
GREY = 8  # of 255: channels that differ by less on average show no colour
TILE, GAP, TEXT = 128, 8, 18  # pixels on the sheet; a small image is enlarged to about TILE
PAPER, INK, MARK = "#e6e6e6", "#202020", "#D55E00"  # MARK frames the original


@click.command(cls=Command)
@click.argument("image", type=click.Path(path_type=Path))
@click.option("--augment", "line", metavar="LINE",
              help="Transforms in their order: {transforms}.  "
              "[default: all but flip, in proportion to the image]")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of every random choice.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False),
              help="PNG file to write; an older one is replaced.  [default: IMAGE-augmented.png]")  # fmt: skip
def augment(image: Path, line: str | None, seed: int, out: Path | None) -> None:
    """Show IMAGE with 31 augmented versions of it.

    The sheet is a PNG; IMAGE is of any usual format. Training with the same line (gradus train DATA --augment
    LINE) draws new versions in every epoch. Dark ink on light paper is shown as such, though training sees it light
    on black. Lengths are in pixels. A picture of more than 128 pixels per side is reduced first.
    """
    use_compilation_cache()
    from gradus.files import write_atomically
    from gradus.images import parse_augmentation, read_picture

    target = sheet_path(image, out)
    augmentation = None if line is None else parse_augmentation(line)
    original = read_picture(image, LONGEST)
    height, width, _ = original.shape
    if min(height, width) < SMALLEST:
        raise DataError(f"{image}: {width}x{height} pixels; expected at least {SMALLEST} each way")
    augmentation = augmentation or parse_augmentation(suitable_line(min(height, width)))
    augmentation.check_images(original.shape)
    # Training sees ink as bright on a black ground, which also fills what a transform uncovers.
    is_inverted = is_ink_on_paper(original)
    versions = augmented_versions(255 - original if is_inverted else original, augmentation, seed)
    versions = 255 - versions if is_inverted else versions
    picture = io.BytesIO()
    draw_sheet(versions, f"{image.name}   {augmentation}").save(picture, format="PNG")
    write_atomically(target, picture.getvalue())
    click.echo(f"{augmentation}\nsaved {target}")


def sheet_path(image: Path, out: Path | None) -> Path:
    """The path of the sheet.

    Raises:
        SettingError: rather than replace a file that the user did not name.
    """
    if out is not None:
        if out.suffix.lower() != ".png":
            raise SettingError(f"--out {out}: the sheet is a PNG; expected a name ending in .png")
        return out
    path = Path(f"{image.stem}-augmented.png")
    if path.exists():
        raise SettingError(f"{path} exists already; move it away, or name a file with --out")
    return path


def suitable_line(side: int) -> str:
    """A line in proportion to the side in pixels; for 28, rotate10 shift2 scale0.1 elastic1 noise0.05 cutout6."""
    elastic = f"elastic{side / 28:.2g}-smooth{side / 7:.2g}"
    return f"rotate10 shift{round(side / 14)} scale0.1 {elastic} noise0.05 cutout{round(side / 5)}"


def is_ink_on_paper(image: "np.ndarray") -> bool:
    """True for a picture (height, width, channels) without colours whose edge is bright."""
    import numpy as np

    edge = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    has_colours = np.ptp(image.astype(int), axis=-1).mean() > GREY
    return not has_colours and bool(np.median(edge) > 127)


def augmented_versions(original: "np.ndarray", augmentation: "Augmentation", seed: int) -> "np.ndarray":
    """The original (height, width, channels) and augmented versions of it, one for each tile of the sheet."""
    import jax
    import numpy as np

    from gradus.seeds import seed_bits

    copies = np.stack([original] * (ROWS * COLUMNS - 1))
    return np.concatenate([original[None], jax.jit(augmentation)(jax.random.key(seed_bits(seed)), copies)])


def draw_sheet(versions: "np.ndarray", title: str) -> "Image.Image":
    """The images (n, height, width, channels) in a grid below the title, the first one framed."""
    from PIL import Image, ImageDraw, ImageFont

    n, height, width, channels = versions.shape
    factor = max(1, TILE // max(height, width))
    tile_width, tile_height = factor * width, factor * height
    size = (GAP + COLUMNS * (tile_width + GAP), 2 * GAP + TEXT + GAP + ROWS * (tile_height + GAP))
    picture = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(picture)
    room = (size[0] - 2 * GAP) / draw.textlength(title, ImageFont.load_default(TEXT))
    draw.text((GAP, GAP), title, INK, ImageFont.load_default(TEXT * min(1, room)))
    for number in range(n):
        left = GAP + number % COLUMNS * (tile_width + GAP)
        top = 3 * GAP + TEXT + number // COLUMNS * (tile_height + GAP)
        if number == 0:
            draw.rectangle((left - 4, top - 4, left + tile_width + 3, top + tile_height + 3), MARK)
        tile = Image.fromarray(versions[number] if channels == 3 else versions[number, ..., 0])
        tile = tile.resize((tile_width, tile_height), Image.Resampling.NEAREST)
        picture.paste(tile, (left, top))
    return picture
