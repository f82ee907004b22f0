"""A sheet of pictures, what the network saw of each, and its answers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradus.answers.answering import Answer

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["MAX_ANSWERS", "draw_answers"]

MAX_ANSWERS = 300  # on a sheet: its 100 rows are 22,600 pixels high, and many viewers end at 32,767

COLUMNS = 3
TILE, GAP, TEXT = 160, 12, 15  # pixels
PAPER, INK = "#e6e6e6", "#202020"
LONGEST = 40  # characters of a line


def draw_answers(answers: Sequence[Answer], full: float) -> "Image.Image":
    """The sheet of answers about pictures.

    Args:
        full: the number in an input that is white, such as 255.
    """
    from PIL import Image, ImageDraw, ImageFont

    from gradus.images import read_picture

    width, height = 2 * TILE + 3 * GAP, TILE + 3 * GAP + 2 * TEXT
    columns = min(COLUMNS, len(answers))
    sheet = Image.new("RGB", (columns * width, -(-len(answers) // columns) * height), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(TEXT)
    for number, answer in enumerate(answers):
        left, top = number % columns * width + GAP, number // columns * height + GAP
        assert answer.question.path is not None
        assert answer.question.x is not None
        picture = Image.fromarray(read_picture(answer.question.path, 2 * TILE).squeeze()).convert("RGB")
        picture.thumbnail((TILE, TILE))
        sheet.paste(picture, (left, top))
        seen = Image.fromarray((answer.question.x.squeeze() * (255 / full)).astype("uint8")).convert("RGB")
        sheet.paste(seen.resize((TILE, TILE), Image.Resampling.NEAREST), (left + TILE + GAP, top))
        for line, text in enumerate((answer.question.path.name, answer.text)):
            draw.text((left, top + TILE + GAP // 2 + line * (TEXT + 3)), text[:LONGEST], INK, font)
    return sheet
