"""Pages of equations with their numbers: as trees that evaluate and print themselves, in text, Markdown, LaTeX or HTML.

An equation is a tree of named numbers (expression.py). Tables of equations make a page (page.py), and each format
prints it in a notation of its own (notation.py, latex.py, mathml.py): with names, with numbers, or with blanks. Nothing
here knows of networks.
"""

from gradus.worksheets.expression import (
    SCALE,
    Call,
    Comparison,
    Expression,
    Number,
    Quantity,
    Symbol,
    dot,
    evaluate,
    round_shown,
    total,
)
from gradus.worksheets.formats import FORMATS, Format, write_page
from gradus.worksheets.notation import number_text
from gradus.worksheets.page import Equation, Grid, Page, Paragraph, Quantities, Section, Symbols, Table

__all__ = [
    "FORMATS",
    "SCALE",
    "Call",
    "Comparison",
    "Equation",
    "Expression",
    "Format",
    "Grid",
    "Number",
    "Page",
    "Paragraph",
    "Quantities",
    "Quantity",
    "Section",
    "Symbol",
    "Symbols",
    "Table",
    "dot",
    "evaluate",
    "number_text",
    "round_shown",
    "total",
    "write_page",
]
