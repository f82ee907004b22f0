"""A sheet of pictures, what the network saw of each, and its answers."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

__all__ = ["MAX_ANSWERS", "Answer", "draw_answers"]

MAX_ANSWERS = 300  # on a sheet: its 100 rows are 22,600 pixels high, and many viewers end at 32,767

COLUMNS = 3
TILE, GAP, TEXT = 160, 12, 15  # pixels
PAPER, INK = "#e6e6e6", "#202020"
LONGEST = 40  # characters of a line


class Answer(NamedTuple):
    """A picture, the input (height, width, 1) uint8 that was made of it, and the answer in words."""

    path: Path
    seen: "np.ndarray"
    text: str


def draw_answers(answers: Sequence[Answer], full: float) -> "Image.Image":
    """The sheet.

    Args:
        full: the number in `seen` that is white, such as 255.
    """
    from PIL import Image, ImageDraw, ImageFont

    from gradus.images import read_picture

    width, height = 2 * TILE + 3 * GAP, TILE + 3 * GAP + 2 * TEXT
    columns = min(COLUMNS, len(answers))
    sheet = Image.new("RGB", (columns * width, -(-len(answers) // columns) * height), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(TEXT)
    for number, answer in enumerate(answers):
        left, top = number % columns * width + GAP, number // columns * height + GAP
        picture = Image.fromarray(read_picture(answer.path, 2 * TILE).squeeze()).convert("RGB")
        picture.thumbnail((TILE, TILE))
        sheet.paste(picture, (left, top))
        seen = Image.fromarray((answer.seen[..., 0] * (255 / full)).astype("uint8"))
        sheet.paste(seen.resize((TILE, TILE), Image.Resampling.NEAREST), (left + TILE + GAP, top))
        for line, text in enumerate((answer.path.name, answer.text)):
            draw.text((left, top + TILE + GAP // 2 + line * (TEXT + 3)), text[:LONGEST], INK, font)
    return sheet
