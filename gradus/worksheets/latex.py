"""A worked step as a LaTeX document."""

import re
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from gradus.worksheets.expression import Symbol
from gradus.worksheets.notation import Notation, print_equation
from gradus.worksheets.page import Grid, Page, Paragraph, Table

__all__ = ["LatexNotation", "latex_formula", "latex_matrix", "write_latex"]

LETTERS = {
    "x̂": r"\hat{x}", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\epsilon", "η": r"\eta", "μ": r"\mu",
    "σ": r"\sigma", "φ": r"\varphi", "Φ": r"\Phi", "π": r"\pi",
}  # fmt: skip
SIGNS = {**LETTERS, "∂": r"\partial ", "Σ": r"\sum", "⊙": r"\odot ", "·": r"\cdot ", "ᵀ": "^T", "←": r"\leftarrow "}

PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[T1]{fontenc}
\usepackage{amsmath}
\usepackage[a4paper, margin=2.2cm]{geometry}
\usepackage{parskip}
\raggedright
\relpenalty=50 \binoppenalty=300
\newcommand{\rowof}[1]{\par\noindent\hangindent=3em\hangafter=1 $\displaystyle #1$\par}
\newcommand{\blank}{\underline{\hspace{2.5em}}}
"""


class LatexNotation(Notation):
    """LaTeX's mathematics: z^{1}_{1} = w^{1}_{11} a^{0}_{1} + b^{1}_{1}."""

    functions: ClassVar[dict[str, str]] = {
        "sigma": r"\sigma", "Phi": r"\Phi", "phi": r"\varphi",
        "ln": r"\ln", "max": r"\max", "min": r"\min", "tanh": r"\tanh",
    }  # fmt: skip

    def symbol(self, symbol: Symbol) -> str:
        text = LETTERS.get(symbol.letter, symbol.letter)
        text += f"^{{{symbol.layer}}}" if symbol.layer else ""
        text += f"_{{{symbol.index}}}" if symbol.index else ""
        text += f"({','.join(map(str, symbol.at))})" if symbol.at else ""
        text += f"[{symbol.example}]" if symbol.example else ""
        if symbol.role == "error":
            return rf"\frac{{\partial C}}{{\partial {text}}}"
        return f"f'({text})" if symbol.role == "slope" else text

    def number(self, text: str) -> str:
        return text

    def blank(self) -> str:
        return r"\blank"

    def group(self, text: str) -> str:
        return f"({text})"

    def sum(self, terms: list[tuple[int, str]]) -> str:
        (first_sign, first), *others = terms
        signed = [f"{'+' if sign > 0 else '-'} {term}" for sign, term in others]
        return " ".join([f"{'' if first_sign > 0 else '-'}{first}", *signed])

    def product(self, factors: list[str], is_plain: bool) -> str:
        return (r" \cdot " if self.is_filled else r" \, ").join(factors)

    def fraction(self, numerator: str, denominator: str) -> str:
        return rf"\frac{{{numerator}}}{{{denominator}}}"

    def power(self, base: str, exponent: int) -> str:
        return f"{base}^{{{exponent}}}"

    def call(self, name: str, arguments: list[str]) -> str:
        inside = ", ".join(arguments)
        if name == "exp":
            return f"e^{{{inside}}}"
        if name == "sqrt":
            return rf"\sqrt{{{inside}}}"
        return f"{self.functions.get(name) or operator(name)}({inside})"

    def bracket(self, left: str, right: str) -> str:
        return f"[{left} > {right}]"


def operator(name: str) -> str:
    return rf"\operatorname{{{escaped(name)}}}"


def latex_matrix(grid: Grid) -> str:
    r"""a = 0.5, a = (0.5, 0.1) or a matrix. It breaks rows with \cr, as Markdown would take \\ for one backslash."""
    name, values = LatexNotation().symbol(grid.symbol), LatexNotation(is_filled=True)
    numbers = np.vectorize(values.value, otypes=[object])(grid.values)
    if numbers.ndim == 0:
        return f"{name} = {numbers[()]}"
    if numbers.ndim == 1:
        return f"{name} = ({', '.join(numbers)})"
    rows = r" \cr ".join(" & ".join(row) for row in numbers)
    return rf"{name} = \begin{{pmatrix}} {rows} \end{{pmatrix}}"


def latex_formula(text: str) -> str:
    """A formula of a rule, such as ∂C/∂w = a δ, as LaTeX."""
    superscripts = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: f"^{{{found[0].translate(superscripts)}}}", text)
    text = re.sub(r"√\(([^()]*)\)", r"\\sqrt{\1}", text)
    text = re.sub(r"\^\(([^()]*)\)", r"^{\1}", text)
    text = re.sub(r"_(\w+)", r"_{\1}", text)
    text = re.sub(r"\b(tanh|ln|max)\b", r"\\\1 ", text)
    text = re.sub(r"\b(new|old|gradient)\b", r"\\text{\1}", text)
    for sign, command in SIGNS.items():
        text = text.replace(sign, f"{command} " if command[-1].isalpha() else command)
    return text.strip()  # a space before the closing dollar would end no formula in Markdown


def latex_text(text: str) -> str:
    """A text whose formulas are between backticks, as LaTeX."""
    parts = enumerate(text.split("`"))
    return "".join(f"${latex_formula(part)}$" if number % 2 else escaped(part) for number, part in parts)


def escaped(text: str) -> str:
    return re.sub(r"[_#%&$]", r"\\\g<0>", text)


def write_latex(page: Page, is_exercise: bool = False) -> str:
    """A document that any LaTeX compiles."""
    lines = [PREAMBLE, r"\begin{document}", "", rf"\section*{{{latex_text(page.title)}}}", ""]
    for note in page.exercise_notes if is_exercise else page.notes:
        lines += [latex_text(note), ""]
    for section in page.sections:
        lines += [rf"\subsection*{{{section.title}}}", ""]
        for block in section.blocks:
            lines += [*block_lines(block, is_exercise), ""]
    return "\n".join([*lines, r"\end{document}", ""])


def block_lines(block: Table | Grid | Paragraph, is_exercise: bool) -> Iterator[str]:
    match block:
        case Table(title, rule, rows):
            yield rf"\textbf{{{latex_text(title)}.}} {latex_text(rule)}"
            for row in rows:
                equation = print_equation(row, LatexNotation, is_exercise)
                relation = r"\leftarrow" if equation.relation == "←" else "="
                yield rf"\rowof{{{equation.name} {relation} {' = '.join(equation.sides())}}}"
        case Grid():
            yield f"${latex_matrix(block)}$"
        case Paragraph(parts):
            values = LatexNotation(is_filled=True, is_exercise=is_exercise)
            yield "".join(latex_text(part) if isinstance(part, str) else f"${values.value(part)}$" for part in parts)
