"""A worked step as Markdown with formulas between dollars, as GitHub, MyST and Pandoc read them."""

from collections.abc import Iterator

from gradus.worksheets.latex import LatexNotation, latex_formula, latex_matrix
from gradus.worksheets.notation import print_equation
from gradus.worksheets.page import Grid, Page, Paragraph, Table

__all__ = ["write_markdown"]


class MarkdownNotation(LatexNotation):
    """LaTeX's mathematics without commands of our own."""

    def blank(self) -> str:
        return r"\underline{\qquad}"

    def product(self, factors: list[str], is_plain: bool) -> str:
        return (r" \cdot " if self.is_filled else r" \thinspace ").join(factors)  # Markdown would take \, for a comma


def write_markdown(page: Page, is_exercise: bool = False) -> str:
    """The page; each kind of equation is a table."""
    lines = [f"# {markdown_text(page.title)}", ""]
    for note in page.exercise_notes if is_exercise else page.notes:
        lines += [markdown_text(note), ""]
    for section in page.sections:
        lines += [f"## {section.title}", ""]
        for block in section.blocks:
            lines += [*block_lines(block, is_exercise), ""]
    return "\n".join(lines).rstrip() + "\n"


def block_lines(block: Table | Grid | Paragraph, is_exercise: bool) -> Iterator[str]:
    match block:
        case Table(title, rule, rows):
            yield f"**{title}.** {markdown_text(rule)}"
            yield from ["", "| equation | with numbers | result |", "|---|---|---|"]
            for row in rows:
                e = print_equation(row, MarkdownNotation, is_exercise)
                relation = r"\leftarrow" if e.relation == "←" else "="
                left = f"{e.name} {relation} {e.in_names}" if e.in_names else e.name
                yield f"| ${left}$ | {f'${e.in_numbers}$' if e.in_numbers else ''} | ${e.result}$ |"
        case Grid():
            yield f"${latex_matrix(block)}$"
        case Paragraph(parts):
            values = MarkdownNotation(is_filled=True, is_exercise=is_exercise)
            yield "".join(part if isinstance(part, str) else f"${values.value(part)}$" for part in parts)


def markdown_text(text: str) -> str:
    """A text whose formulas are between backticks, with them between dollars."""
    return "".join(f"${latex_formula(part)}$" if number % 2 else part for number, part in enumerate(text.split("`")))
