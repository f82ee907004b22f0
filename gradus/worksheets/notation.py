"""How expressions are printed: the rules that all notations share, and plain text."""

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

from gradus.worksheets.expression import (
    Call,
    Comparison,
    Expression,
    Number,
    Power,
    Product,
    Quantity,
    Quotient,
    Sum,
    Symbol,
)
from gradus.worksheets.page import Equation

__all__ = ["ATOM", "PRODUCT", "Notation", "PrintedEquation", "TextNotation", "number_text", "print_equation"]

ATOM, PRODUCT, SUM = range(3)  # how loosely the parts of an expression hold together


class Notation(ABC):
    """A way to print expressions.

    Args:
        is_filled: print numbers in place of names.
        is_exercise: print blanks in place of results.
    """

    most_stacked: ClassVar[int] = 3  # terms above a fraction bar; it needs no brackets, but no line can break there

    def __init__(self, is_filled: bool = False, is_exercise: bool = False):
        self.is_filled, self.is_exercise = is_filled, is_exercise

    def print(self, expression: Expression, loosest: int = SUM) -> str:
        """An expression, in brackets if its parts hold together more loosely than its place allows."""
        text, looseness = self.print_bare(expression)
        return text if looseness <= loosest else self.group(text)

    def print_bare(self, expression: Expression) -> tuple[str, int]:
        """An expression without brackets around it, and its looseness."""
        match expression:
            case Quantity(symbol):
                if not self.is_filled:
                    return self.symbol(symbol), ATOM
                return self.value(expression), SUM if expression.shown < 0 and not self.hides(expression) else ATOM
            case Number(value):
                return self.number(number_text(value)), ATOM
            case Sum(terms):
                return self.sum([(sign, self.print(term, PRODUCT)) for sign, term in terms]), SUM
            case Product(factors):
                is_plain = not self.is_filled and all(is_plain_symbol(factor) for factor in factors)
                return self.product([self.print(factor, PRODUCT) for factor in factors], is_plain), PRODUCT
            case Quotient(numerator, denominator) if self.is_stacked(numerator):
                return self.fraction(self.print(numerator), self.print(denominator)), ATOM
            case Quotient(numerator, denominator):
                return self.quotient(self.print(numerator, PRODUCT), self.print(denominator, ATOM)), PRODUCT
            case Power(base, exponent):
                text = self.print(base, ATOM)
                return self.power(self.group(text) if self.has_superscript(base) else text, exponent), ATOM
            case Call(name, arguments):
                return self.call(name, [self.print(argument) for argument in arguments]), ATOM
            case Comparison(left, right):
                return self.bracket(self.print(left), self.print(right)), ATOM
        raise TypeError(f"no expression: {expression!r}")

    def hides(self, quantity: Quantity) -> bool:
        """True for a result that an exercise leaves blank."""
        return self.is_exercise and not quantity.given

    def is_stacked(self, numerator: Expression) -> bool:
        """True if it goes above a fraction bar."""
        return (len(numerator.terms) if isinstance(numerator, Sum) else 1) <= self.most_stacked

    def value(self, quantity: Quantity) -> str:
        """The number of a quantity, or a blank."""
        return self.blank() if self.hides(quantity) else self.number(shown_text(quantity))

    def has_superscript(self, expression: Expression) -> bool:
        return isinstance(expression, Quantity) and not self.is_filled

    def print_side(self, expression: Expression) -> str:
        """A side of an equation."""
        return self.print(expression)

    @abstractmethod
    def symbol(self, symbol: Symbol) -> str:
        """A name."""

    @abstractmethod
    def number(self, text: str) -> str: ...

    @abstractmethod
    def blank(self) -> str:
        """A gap to write a number in."""

    @abstractmethod
    def group(self, text: str) -> str:
        """Brackets around a text."""

    @abstractmethod
    def sum(self, terms: list[tuple[int, str]]) -> str:
        """Terms with their signs."""

    @abstractmethod
    def product(self, factors: list[str], is_plain: bool) -> str:
        """A product; is_plain: of bare names, which need no sign between them."""

    @abstractmethod
    def fraction(self, numerator: str, denominator: str) -> str:
        """A quotient with a fraction bar."""

    def quotient(self, numerator: str, denominator: str) -> str:
        """A quotient on one line."""
        return f"{numerator} / {denominator}"

    @abstractmethod
    def power(self, base: str, exponent: int) -> str: ...

    @abstractmethod
    def call(self, name: str, arguments: list[str]) -> str:
        """A function."""

    @abstractmethod
    def bracket(self, left: str, right: str) -> str:
        """Iverson's bracket [left > right]."""


class PrintedEquation(NamedTuple):
    """name = in_names = in_numbers = result; a side that would only repeat the next one is None."""

    name: str
    relation: str
    in_names: str | None
    in_numbers: str | None
    result: str

    def sides(self) -> list[str]:
        """The right-hand sides."""
        return [side for side in (self.in_names, self.in_numbers, self.result) if side is not None]


def print_equation(row: Equation, notation: type[Notation], is_exercise: bool) -> PrintedEquation:
    """An equation in a notation; in an exercise, with blanks."""
    in_names, in_numbers = notation(), notation(is_filled=True, is_exercise=is_exercise)
    name, expression = in_names.symbol(row.result.symbol), row.expression
    result = in_numbers.value(row.result)
    if isinstance(expression, Number) or (is_exercise and row.is_choice):
        return PrintedEquation(name, row.relation, None, None, result)
    numbers = None if isinstance(expression, Quantity) else in_numbers.print_side(expression)
    return PrintedEquation(name, row.relation, in_names.print_side(expression), numbers, result)


def is_plain_symbol(factor: Expression) -> bool:
    return isinstance(factor, Number) or (isinstance(factor, Quantity) and not factor.symbol.role)


def number_text(value: float) -> str:
    """A number in as few digits as it needs: 0.00001, 1."""
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def shown_text(quantity: Quantity) -> str:
    """A number as the page shows it: a result with four decimals, or with one or none where it has no more."""
    if quantity.given or quantity.is_short:
        return number_text(quantity.shown)
    return f"{quantity.shown + 0.0:.4f}"


class TextNotation(Notation):
    """Plain Unicode text: z¹_1 = w¹_11 a⁰_1 + b¹_1."""

    most_stacked = 0
    superscripts = str.maketrans("0123456789.", "⁰¹²³⁴⁵⁶⁷⁸⁹·")
    functions: ClassVar[dict[str, str]] = {"sigma": "σ", "Phi": "Φ", "phi": "φ", "sqrt": "√"}

    def symbol(self, symbol: Symbol) -> str:
        text = symbol.letter + symbol.layer.translate(self.superscripts)
        text += f"_{symbol.index}" if symbol.index else ""
        text += f"({','.join(map(str, symbol.at))})" if symbol.at else ""
        text += f"[{symbol.example}]" if symbol.example else ""
        return {"": text, "error": f"∂C/∂{text}", "slope": f"f'({text})"}[symbol.role]

    def number(self, text: str) -> str:
        return text

    def blank(self) -> str:
        return "____"

    def group(self, text: str) -> str:
        return f"({text})"

    def sum(self, terms: list[tuple[int, str]]) -> str:
        (first_sign, first), *others = terms
        signed = [f"{'+' if sign > 0 else '-'} {term}" for sign, term in others]
        return " ".join([f"{'' if first_sign > 0 else '-'}{first}", *signed])

    def product(self, factors: list[str], is_plain: bool) -> str:
        return (" " if is_plain else " · ").join(factors)

    def fraction(self, numerator: str, denominator: str) -> str:
        return self.quotient(numerator, denominator)

    def quotient(self, numerator: str, denominator: str) -> str:
        return f"{numerator}/{denominator}" if numerator.isdigit() else super().quotient(numerator, denominator)

    def power(self, base: str, exponent: int) -> str:
        return base + str(exponent).translate(self.superscripts)

    def call(self, name: str, arguments: list[str]) -> str:
        inside = ", ".join(arguments)
        return f"e^({inside})" if name == "exp" else f"{self.functions.get(name, name)}({inside})"

    def bracket(self, left: str, right: str) -> str:
        return f"[{left} > {right}]"
