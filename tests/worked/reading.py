"""How the referee reads a page in each format: its given numbers, and its equations as expressions of Python."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.etree import ElementTree

from arithmetic import filled_in, python_of_text, superscript

__all__ = ["READERS", "Row", "given_numbers", "names_of_text"]


class Row(NamedTuple):
    """An equation: its name, what stands between the first and the last sign, and the result, as printed."""

    name: str
    sides: list[str]
    result: str


# ---- text -------------------------------------------------------------------------------------------------------


def text_rows(page: str) -> Iterator[Row]:
    """The equations after the given numbers, each printed on one line."""
    for line in page.partition("\nForward\n")[2].splitlines():
        if found := re.match(r"  (\S+) (?:=|←) (.*)$", line):
            *sides, result = found[2].split(" = ")
            yield Row(found[1], sides, result)


def names_of_text(side: str, values: Mapping[str, float]) -> str:
    """A side of names as Python, with the values of the names."""
    return python_of_text(filled_in(side, values))


def given_numbers(page: str) -> dict[str, float]:
    """Every given number of a page in text, under each name that it may have: by subscripts, or by positions."""
    section = page.partition("\nGiven\n")[2].partition("\nForward\n")[0]
    grids = re.findall(r"^  (\S+) = (.*(?:\n   .*)*)", section, re.MULTILINE)
    numbers: dict[str, float] = {}
    for name, grid in grids:
        rows = [re.findall(r"-?[\d.]+", line) for line in grid.splitlines()]
        numbers[name] = float(rows[0][0])
        is_vector = "," in grid or not re.search(r"\d  +-?\d", grid)
        first_column = 0 if name == "w¹" and "embedding" in page else 1
        for j, row in enumerate(rows, 1):
            for k, number in enumerate(row, first_column):
                numbers |= dict.fromkeys(aliases(name, (k,) if is_vector and len(rows) == 1 else (j, k)), float(number))
                if len(row) == 1:  # a matrix of one column, or a vector of one number
                    numbers |= dict.fromkeys(aliases(name, (j, k)), float(number))
    return numbers


def aliases(name: str, place: tuple[int, ...]) -> list[str]:
    """The names of a number at a place of a grid: w¹_12 or w¹(1,2) of w¹."""
    letter, subscript, at, example = re.fullmatch(r"([^_(\[]+)(_\w+)?(\([\d,]+\))?(\[\d+\])?", name).groups(default="")
    joined, positions = "".join(map(str, place)), ",".join(map(str, place))
    subscripts = [joined, positions] if len(place) > 1 else [joined]
    found = [f"{letter}{f'{subscript},' if subscript else '_'}{index}{at}{example}" for index in subscripts]
    return found if at else [*found, f"{letter}{subscript}({positions}){example}"]


# ---- LaTeX and Markdown -----------------------------------------------------------------------------------------

LATEX_LETTERS = {
    "hat{x}": "x̂", "beta": "β", "gamma": "γ", "delta": "δ", "eta": "η", "mu": "μ",
    "sigma": "σ", "varphi": "φ", "Phi": "Φ",
}  # fmt: skip
LATEX_LETTER = "|".join(map(re.escape, LATEX_LETTERS))


def latex_rows(page: str) -> Iterator[Row]:
    """The equations of a LaTeX document, as plain text."""
    for formula in re.findall(r"\\rowof\{(.*)\}$", page, re.MULTILINE):
        name, sides = re.split(r" (?:=|\\leftarrow) ", formula, maxsplit=1)
        *sides, result = sides.split(" = ")
        yield Row(text_of_latex(name), list(map(text_of_latex, sides)), result)


def markdown_rows(page: str) -> Iterator[Row]:
    """The equations of the tables of a Markdown page, as plain text."""
    for left, numbers, result in re.findall(r"^\| \$(.*?)\$ \| (?:\$(.*?)\$)? \| \$(.*?)\$ \|$", page, re.MULTILINE):
        name, *names = re.split(r" (?:=|\\leftarrow) ", left, maxsplit=1)
        sides = [side for side in (*names, numbers) if side]
        yield Row(text_of_latex(name), list(map(text_of_latex, sides)), result)


def text_of_latex(formula: str) -> str:
    r"""A formula in LaTeX as plain text: \frac{a}{b} is (a)/(b), w^{1}_{12} is w¹_12."""
    text = re.sub(
        rf"(\\(?:{LATEX_LETTER})|(?<![\w\\])[a-zC])(?:\^\{{([\d.]+)\}})?(?:_\{{([\w,]+)\}})?(?=[^\w\\]|$)",
        lambda found: (
            LATEX_LETTERS.get(found[1].lstrip("\\"), found[1])
            + superscript(found[2] or "")
            + (f"_{found[3]}" if found[3] else "")
        ),
        re.sub(r"(?<![\w\\])e\^\{", r"\\exp{", formula),
    )
    text = re.sub(r"\\frac\{\\partial C\}\{\\partial ([^{}]*)\}", r"∂C/∂\1", text)
    text = re.sub(r"\^\{(\d+)\}", lambda found: superscript(found[1]), text)
    while found := re.search(r"\\(frac|exp|sqrt)\{", text):
        inside, rest = braces(text[found.end() - 1 :])
        start = text[: found.start()]
        if found[1] == "frac":
            denominator, rest = braces(rest)
            text = f"{start}(({inside})/({denominator})){rest}"
        else:
            text = f"{start}{'e^' if found[1] == 'exp' else '√'}({inside}){rest}"
    text = text.replace(r"\cdot", "·").replace(r"\,", " ").replace(r"\thinspace", " ")
    return re.sub(r"\\(tanh|max|min|ln)", r"\1", re.sub(" +", " ", text))


def braces(text: str) -> tuple[str, str]:
    """What the braces at the beginning of a text hold, and the rest."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return text[1:place], text[place + 1 :]
    raise ValueError(text)


# ---- HTML -------------------------------------------------------------------------------------------------------


def html_rows(page: str) -> Iterator[Row]:
    """The equations of an HTML page, as plain text."""
    for row in re.findall(r'<div class="row">.*?</div>', page):
        name, *sides, result = (cell(span) for span in ElementTree.fromstring(row))
        yield Row(name, sides, result)


def cell(span: ElementTree.Element) -> str:
    return " ".join("".join(text_of_mathml(child) for child in math) for math in span.iter("math"))


def text_of_mathml(element: ElementTree.Element) -> str:
    """An element of MathML as plain text."""
    children = [text_of_mathml(child) for child in element]
    match element.tag, children:
        case "mfrac", ["∂C", name]:
            return f"∂C/{name}"
        case "mfrac", [numerator, denominator]:
            return f"(({numerator})/({denominator}))"
        case "msup", ["e", exponent]:
            return f"e^({exponent})"
        case "msup", [base, exponent]:
            return base + superscript(exponent)
        case "msub", [base, index]:
            return f"{base}_{index}"
        case "msubsup", [base, index, layer]:
            return f"{base}{superscript(layer)}_{index}"
        case "msqrt", _:
            return f"√({''.join(children)})"
        case "mspace", _:
            return " "
        case "mn" | "mi" | "mtext", []:
            return (element.text or "").replace("−", "-")
        case "mo", []:
            sign = (element.text or "").replace("−", "-").replace("′", "'")
            return f" {sign} " if sign in "·>" or element.get("form") == "infix" else sign
    return "".join(children)


READERS = {"text": text_rows, "markdown": markdown_rows, "latex": latex_rows, "html": html_rows}
