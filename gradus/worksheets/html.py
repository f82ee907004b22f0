"""A worked step as one HTML page, which needs nothing from elsewhere."""

import re
from collections.abc import Iterator
from html import escape

import numpy as np

from gradus.worksheets.mathml import MathmlNotation
from gradus.worksheets.notation import print_equation
from gradus.worksheets.page import Equation, Grid, Page, Paragraph, Table

__all__ = ["write_html"]

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 60rem;
       margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; border-bottom: 1px solid #ccc; margin-top: 2rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; } h3 span { font-weight: normal; }
math { font-size: 1.1rem; math-style: normal; } i { font-family: serif; }
mtable { border: solid; border-width: 0 1px; border-radius: .5rem; }
.grid { display: inline-block; margin: .3rem 1.5rem .3rem 0; }
.row { display: flex; flex-wrap: wrap; align-items: center; column-gap: .5rem; padding: .2rem 0 .2rem 1rem;
       break-inside: avoid; }
.row + .row { border-top: 1px solid #eee; }
.side { padding-left: 1rem; text-indent: -1rem; max-width: 100%; overflow: auto hidden; } .side math { text-indent: 0; }
.result { font-weight: 600; } .blank { display: inline-block; width: 6rem; border-bottom: 1px solid; }
@media print { body { font-size: 11px; max-width: none; } }
"""


def write_html(page: Page, is_exercise: bool = False) -> str:
    """The page, with formulas in MathML."""
    title = escape(page.title)
    lines = [
        "<!DOCTYPE html>", '<html lang="en">', '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>", f"<style>{STYLE}</style>", f"<h1>{title}</h1>",
    ]  # fmt: skip
    lines += [f"<p>{html_text(note)}</p>" for note in (page.exercise_notes if is_exercise else page.notes)]
    for section in page.sections:
        lines.append(f"<h2>{section.title}</h2>")
        for block in section.blocks:
            lines += block_lines(block, is_exercise)
    return "\n".join([*lines, "</html>", ""])


def block_lines(block: Table | Grid | Paragraph, is_exercise: bool) -> Iterator[str]:
    match block:
        case Table(title, rule, rows):
            yield f"<h3>{escape(title)} <span>{html_text(rule)}</span></h3>"
            for row in rows:
                yield f'<div class="row">{equation_cells(row, is_exercise)}</div>'
        case Grid():
            yield f'<div class="grid"><math>{mathml_grid(block)}</math></div>'
        case Paragraph(parts):
            values = MathmlNotation(is_filled=True, is_exercise=is_exercise)
            words = (html_text(p) if isinstance(p, str) else f"<math>{values.value(p)}</math>" for p in parts)
            yield f"<p>{''.join(words)}</p>"


def equation_cells(row: Equation, is_exercise: bool) -> str:
    """name = names = numbers = result, each in a cell that stays in one piece where the line has room."""
    equation = print_equation(row, MathmlNotation, is_exercise)
    cells = [f"<span><math>{equation.name}</math></span>"]
    relation = equation.relation
    for side in equation.sides()[:-1]:
        cells.append(f'<span class="side">{relation} <math>{side}</math></span>')
        relation = "="
    result = '<span class="blank"></span>' if is_exercise else f"<math>{equation.result}</math>"
    return "".join([*cells, f'<span class="result">{relation} {result}</span>'])


def mathml_grid(grid: Grid) -> str:
    """a = 0.5, a = (0.5, 0.1) or a matrix."""
    name, values = MathmlNotation().symbol(grid.symbol), MathmlNotation(is_filled=True)
    numbers = np.vectorize(values.value, otypes=[object])(grid.values)
    if numbers.ndim == 0:
        return f"{name}<mo>=</mo>{numbers[()]}"
    if numbers.ndim == 1:
        return f"{name}<mo>=</mo>{values.group('<mo>,</mo>'.join(numbers))}"
    rows = "".join(f"<mtr>{''.join(f'<mtd>{number}</mtd>' for number in row)}</mtr>" for row in numbers)
    return f"{name}<mo>=</mo><mtable>{rows}</mtable>"  # with brackets from the style, as few fonts have large ones


def html_text(text: str) -> str:
    """A text whose formulas are between backticks."""
    parts = enumerate(escape(text, quote=False).split("`"))
    return "".join(f"<i>{html_formula(part)}</i>" if number % 2 else part for number, part in parts)


def html_formula(text: str) -> str:
    """A formula of a rule, with its subscripts and exponents."""
    text = re.sub(r"\^(\([^()]*\)|\w+)", lambda found: f"<sup>{found[1].strip('()')}</sup>", text)
    return re.sub(r"_(\w+)", r"<sub>\1</sub>", text)
