"""A sheet of pictures, what the network saw of each, and its answers."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradus.answers.answering import Answer

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["AnswerSheet"]

MAX_ANSWERS = 300  # on a sheet: its 100 rows are 22,600 pixels high, and many viewers end at 32,767
MAX_PHOTOGRAPHS = 24_000  # pixels that all photographs of several digits take, one below the other

COLUMNS = 3
TILE, GAP, TEXT = 160, 12, 15  # pixels
WIDTH, HEIGHT = 2 * TILE + 3 * GAP, TILE + 3 * GAP + 2 * TEXT  # of a picture of one digit, with its answer
PHOTOGRAPH = 500  # pixels: the longest side of one of several digits
SMALL, SMALL_HEIGHT, IN_A_ROW = 80, 80 + 2 * (TEXT + GAP), 5  # of what the network saw of one digit of several
PAPER, INK, BOX = "#e6e6e6", "#202020", "#d02020"
LONGEST = 40  # characters of a line


class AnswerSheet:
    """Answers about pictures, those for which a sheet has room.

    Args:
        full: the number in an input that is white, such as 255.
    """

    def __init__(self, full: float) -> None:
        self.full = full
        self.pictures: list[list[Answer]] = []  # an answer, or several about the digits of a picture
        self.total = 0  # pictures, with those that have no room

    def add(self, answer: Answer) -> None:
        """Add the answer about a picture, or about the next digit of one."""
        is_next = answer.question.digit is not None and answer.question.digit.number > 1
        self.total += not is_next
        if is_next and len(self.pictures) == self.total:
            self.pictures[-1].append(answer)
        elif not is_next and sum(map(len, self.pictures)) < MAX_ANSWERS:
            self.pictures.append([answer])

    def draw(self) -> "Image.Image":
        """The sheet: pictures with one answer in columns, below them those with several."""
        from PIL import Image

        single = [answers[0] for answers in self.pictures if len(answers) == 1]
        several = [answers for answers in self.pictures if len(answers) > 1]
        columns = COLUMNS if several else min(COLUMNS, len(single))
        most = min(PHOTOGRAPH, MAX_PHOTOGRAPHS // max(len(several), 1) - HEIGHT + TILE)
        blocks = [self.draw_digits(answers, most) for answers in several]
        top = -(-len(single) // columns) * HEIGHT
        sheet = Image.new("RGB", (columns * WIDTH, top + sum(block.height for block in blocks)), PAPER)
        for number, answer in enumerate(single):
            sheet.paste(self.draw_answer(answer), (number % columns * WIDTH, number // columns * HEIGHT))
        for block in blocks:
            sheet.paste(block, (0, top))
            top += block.height
        return sheet

    def draw_answer(self, answer: Answer) -> "Image.Image":
        """A picture beside what the network saw, above its answer."""
        from PIL import Image

        tile = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
        picture, path = photograph(answer, TILE)
        tile.paste(picture, (GAP, GAP))
        tile.paste(self.seen(answer, TILE), (TILE + 2 * GAP, GAP))
        write(tile, GAP, TILE + GAP + GAP // 2, [path.name, answer.text])
        return tile

    def draw_digits(self, answers: Sequence[Answer], most: int) -> "Image.Image":
        """A photograph, at most so many pixels a side, with a box around each digit, beside what the network saw."""
        from PIL import Image

        picture, path = photograph(answers[0], most)
        draw_boxes(picture, answers, path)
        rows = -(-len(answers) // IN_A_ROW)
        height = max(picture.height + TEXT + 2 * GAP, rows * SMALL_HEIGHT) + 2 * GAP
        block = Image.new("RGB", (COLUMNS * WIDTH, height), PAPER)
        block.paste(picture, (GAP, GAP))
        write(block, GAP, GAP + picture.height + GAP // 2, [path.name])
        for number, answer in enumerate(answers):
            left = PHOTOGRAPH + 3 * GAP + number % IN_A_ROW * (SMALL + 2 * GAP)
            top = GAP + number // IN_A_ROW * SMALL_HEIGHT
            block.paste(self.seen(answer, SMALL), (left, top))
            write(block, left, top + SMALL + GAP // 4, [f"#{number + 1}", answer.text[:12]])
        return block

    def seen(self, answer: Answer, side: int) -> "Image.Image":
        """What the network saw, each of its pixels a square."""
        from PIL import Image

        assert answer.question.x is not None
        seen = Image.fromarray((answer.question.x.squeeze() * (255 / self.full)).astype("uint8")).convert("RGB")
        return seen.resize((side, side), Image.Resampling.NEAREST)


def photograph(answer: Answer, most: int) -> "tuple[Image.Image, Path]":
    """The picture that an answer is about, at most so many pixels a side, and its path."""
    from PIL import Image

    from gradus.images import read_picture

    assert answer.question.path is not None
    picture = Image.fromarray(read_picture(answer.question.path, 2 * most).squeeze()).convert("RGB")
    picture.thumbnail((most, most))
    return picture, answer.question.path


def draw_boxes(picture: "Image.Image", answers: Sequence[Answer], path: Path) -> None:
    """Draw the box of each answer's digit on a picture that was scaled down, with its number."""
    from PIL import ImageDraw, ImageFont

    from gradus.images import read_header

    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(TEXT)
    scale = picture.height / read_header(path)[0]
    for answer in answers:
        assert answer.question.digit is not None
        left, top, right, bottom = (scale * side for side in answer.question.digit.box)
        draw.rectangle((left - 3, top - 3, right + 2, bottom + 2), outline=BOX, width=2)
        draw.text((left - 3, top - 4), str(answer.question.digit.number), BOX, font, anchor="lb")


def write(picture: "Image.Image", left: int, top: int, lines: Sequence[str]) -> None:
    """Write lines below each other."""
    from PIL import ImageDraw, ImageFont

    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(TEXT)
    for number, line in enumerate(lines):
        draw.text((left, top + number * (TEXT + 3)), line[:LONGEST], INK, font)
