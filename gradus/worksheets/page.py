"""A page of equations: sections of given numbers, tables of equations and sentences. Writers print it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from gradus.errors import SettingError
from gradus.worksheets.expression import Expression, Quantity, Symbol, evaluate, round_shown

__all__ = ["Equation", "Grid", "Page", "Paragraph", "Quantities", "Section", "Symbols", "Table"]

MOST_DRIFT = 0.01  # of a result, by the rounding of all numbers before it
Quantities: TypeAlias = Any  # a NumPy array of Quantity; NumPy's types know of no such elements
Symbols: TypeAlias = Any  # a NumPy array of Symbol


@dataclass(frozen=True)
class Equation:
    """A result, and the expression that gives it.

    Args:
        relation: "=", or "←" for a parameter that gets a new value.
        is_choice: which terms the expression has depends on results, so an exercise leaves all of it blank.
    """

    result: Quantity
    expression: Expression
    relation: str = "="
    is_choice: bool = False


@dataclass
class Table:
    """Equations of one kind. rule: in general, as the theory writes it."""

    title: str
    rule: str
    rows: list[Equation] = field(default_factory=list)

    def define(
        self,
        symbol: Symbol,
        expression: Expression,
        *,
        relation: str = "=",
        is_choice: bool = False,
        received: Symbol | None = None,
    ) -> Quantity:
        """Add a row, and return its result.

        Raises:
            SettingError: where the rounded numbers have no result, such as the logarithm of 0, or one that is far from
                the exact result.
        """
        problem = f"{self.title}: the numbers are too extreme for four decimals; try another --seed"
        try:
            exact = evaluate(expression, lambda quantity: quantity.exact)
            unrounded = evaluate(expression, lambda quantity: quantity.shown)
        except (ValueError, ZeroDivisionError, OverflowError):
            raise SettingError(problem) from None
        if abs(unrounded - exact) > MOST_DRIFT:
            raise SettingError(problem)
        is_short = abs(unrounded - round(unrounded, 1)) < 1e-9
        shown = round_shown(unrounded, exact)
        result = Quantity(symbol, exact, shown, False, received or symbol.error(), is_short)
        self.rows.append(Equation(result, expression, relation, is_choice))
        return result

    def define_all(self, symbols: Symbols, expression: Callable[..., Expression], **options: Any) -> Quantities:
        """A row for each symbol of an array; expression: of its index, an argument for each axis."""
        results = np.empty(symbols.shape, object)
        for place in np.ndindex(symbols.shape):
            results[place] = self.define(symbols[place], expression(*place), **options)
        return results


@dataclass(frozen=True)
class Grid:
    """Given numbers under one name: one number, a vector, or a matrix."""

    symbol: Symbol
    values: Quantities


@dataclass(frozen=True)
class Paragraph:
    """A sentence; a result in it is blank in an exercise."""

    parts: tuple[str | Quantity, ...]


@dataclass
class Section:
    title: str
    blocks: list[Table | Grid | Paragraph] = field(default_factory=list)


@dataclass
class Page:
    """A page.

    Args:
        notes: paragraphs before the first section, on how to read the page.
        exercise_notes: those of the exercise.
    """

    title: str
    sections: list[Section]
    notes: list[str] = field(default_factory=list)
    exercise_notes: list[str] = field(default_factory=list)

    def equations(self) -> Iterator[Equation]:
        """Every equation, from the first row to the last."""
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, Table):
                    yield from block.rows

    def values(self) -> dict[Symbol, float]:
        """The exact value of each number by its name: of a parameter that gets a new value, the old one."""
        given = (q for section in self.sections for block in section.blocks if isinstance(block, Grid)
                 for q in block.values.flat)  # fmt: skip
        results = (row.result for row in self.equations() if row.relation == "=")
        return {quantity.symbol: quantity.exact for quantity in (*given, *results)}
