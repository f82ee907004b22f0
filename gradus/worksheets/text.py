"""A worked step as plain text."""

import re
from collections.abc import Iterator

import numpy as np

from gradus.worksheets.notation import TextNotation, print_equation
from gradus.worksheets.page import Grid, Page, Paragraph, Table

__all__ = ["write_text"]

INDENT = "  "
TERMS = re.compile(r" (?=[+-] )")  # a line is broken before a plus or a minus
WORDS = re.compile(" ")


def write_text(page: Page, is_exercise: bool = False, width: int = 100) -> str:
    """The page in lines of at most `width` characters, where they can be broken."""
    lines = [page.title, "=" * len(page.title), ""]
    for note in page.exercise_notes if is_exercise else page.notes:
        lines += [*wrapped(plain(note), WORDS, width), ""]
    for section in page.sections:
        lines += [section.title, "-" * len(section.title), ""]
        for block in section.blocks:
            lines += block_lines(block, is_exercise, width)
        lines += [""] if lines[-1] else []
    return "\n".join(lines).rstrip() + "\n"


def block_lines(block: Table | Grid | Paragraph, is_exercise: bool, width: int) -> Iterator[str]:
    match block:
        case Table():
            yield from wrapped(plain(f"{block.title}: {block.rule}"), WORDS, width, hanging=INDENT)
            yield from equation_lines(block, is_exercise, width)
            yield ""
        case Grid():
            yield from grid_lines(block)
        case Paragraph(parts):
            values = TextNotation(is_filled=True, is_exercise=is_exercise)
            text = "".join(part if isinstance(part, str) else values.value(part) for part in parts)
            yield from [*wrapped(text, WORDS, width), ""]


def equation_lines(table: Table, is_exercise: bool, width: int) -> Iterator[str]:
    """Each equation on a line of its own; if one is too long, all of them are broken at their equals signs."""
    equations = [print_equation(row, TextNotation, is_exercise) for row in table.rows]
    lines = [f"{INDENT}{e.name} {e.relation} {' = '.join(e.sides())}" for e in equations]
    if all(len(line) <= width for line in lines):
        yield from lines
        return
    for equation in equations:
        start = f"{INDENT}{equation.name} "
        relations = [equation.relation, *["="] * 2]
        for relation, side in zip(relations, equation.sides(), strict=False):
            yield from wrapped(f"{start}{relation} {side}", TERMS, width, hanging=" " * len(start) + INDENT)
            start = " " * len(start)


def grid_lines(grid: Grid) -> list[str]:
    """a = 0.5, a = (0.5, 0.1), or a matrix in as many lines as it has rows."""
    name, values = TextNotation().symbol(grid.symbol), TextNotation(is_filled=True)
    numbers = np.vectorize(values.value, otypes=[object])(grid.values)
    if numbers.ndim == 0:
        return [f"{INDENT}{name} = {numbers[()]}"]
    if numbers.ndim == 1:
        return [f"{INDENT}{name} = ({', '.join(numbers)})"]
    size, margin = max(map(len, numbers.flat)), " " * (len(name) + 2)
    rows = [f"({'  '.join(number.rjust(size) for number in row)})" for row in numbers]
    return [f"{INDENT}{name} = {row}" if number == 0 else f"{INDENT} {margin}{row}" for number, row in enumerate(rows)]


def wrapped(text: str, breaks: re.Pattern[str], width: int, hanging: str = "") -> list[str]:
    """A text in lines, broken where the pattern matches."""
    first, *others = breaks.split(text)
    lines = [first]
    for part in others:
        if len(lines[-1]) + 1 + len(part) <= width:
            lines[-1] += f" {part}"
        else:
            lines.append(hanging + part)
    return lines


def plain(text: str) -> str:
    """A text without the marks around its formulas."""
    return text.replace("`", "")
