"""Equations as trees of named numbers: written once, printed with names or with numbers, and evaluated.

Every result has two values. `exact` follows from the exact values before it. `shown` is the one on the page: it follows
from the numbers on the page, rounded to four decimals, so that a calculator agrees with every line.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import erfc, exp, floor, log, pi, prod, sqrt, tanh
from typing import Literal, Union

__all__ = [
    "SCALE", "Call", "Comparison", "Expression", "Number", "Power", "Product", "Quantity", "Quotient", "Sum", "Symbol",
    "dot", "evaluate", "round_shown", "total",
]  # fmt: skip

SCALE = 10_000  # four decimals


@dataclass(frozen=True)
class Symbol:
    """The name of a number, such as w_12 of layer 1.

    Args:
        letter: one Unicode letter, perhaps with a hat.
        layer: its superscript, such as "1", or "2.1" inside a layer 2 of several layers.
        index: its subscript, such as "12" or "xf,12".
        at: a position after it in brackets: (row, column) of an image, (t,) of a sequence.
        example: its number in a mini-batch; 0 where there is only one.
        role: "error" for dC/d of it, "slope" for f' of it.
    """

    letter: str
    layer: str = ""
    index: str = ""
    at: tuple[int, ...] = ()
    example: int = 0
    role: Literal["", "error", "slope"] = ""

    def error(self) -> "Symbol":
        """The name of the error dC/d of it: delta where it is a z."""
        return replace(self, letter="δ") if self.letter == "z" else replace(self, role="error")

    def slope(self) -> "Symbol":
        return replace(self, role="slope")


Operand = Union["Expression", float]


class Expression:
    """The base of all nodes: Python's operators build the tree."""

    def __add__(self, other: Operand) -> "Expression":
        return Sum((*terms(self), *terms(lift(other))))

    def __radd__(self, other: Operand) -> "Expression":
        return lift(other) + self

    def __sub__(self, other: Operand) -> "Expression":
        return Sum((*terms(self), (-1, lift(other))))

    def __rsub__(self, other: Operand) -> "Expression":
        return lift(other) - self

    def __neg__(self) -> "Expression":
        return Sum(((-1, self),))

    def __mul__(self, other: Operand) -> "Expression":
        return Product((*factors(self), *factors(lift(other))))

    def __rmul__(self, other: Operand) -> "Expression":
        return lift(other) * self

    def __truediv__(self, other: Operand) -> "Expression":
        return Quotient(self, lift(other))

    def __rtruediv__(self, other: Operand) -> "Expression":
        return lift(other) / self

    def __pow__(self, exponent: int) -> "Expression":
        return Power(self, exponent)


@dataclass(frozen=True)
class Quantity(Expression):
    """A named number.

    given: known before the step, so an exercise shows it.
    received: the name of the error that arrives from the layer above.
    is_short: the shown value has one decimal or none, without rounding.
    """

    symbol: Symbol
    exact: float
    shown: float
    given: bool
    received: Symbol
    is_short: bool = False

    @classmethod
    def of(cls, symbol: Symbol, value: float) -> "Quantity":
        """A number that is given."""
        return cls(symbol, value + 0.0, value + 0.0, True, symbol.error())


@dataclass(frozen=True)
class Number(Expression):
    """A constant of an equation."""

    value: float


@dataclass(frozen=True)
class Sum(Expression):
    """Terms with their signs, +1 or -1."""

    terms: tuple[tuple[int, Expression], ...]


@dataclass(frozen=True)
class Product(Expression):
    factors: tuple[Expression, ...]


@dataclass(frozen=True)
class Quotient(Expression):
    numerator: Expression
    denominator: Expression


@dataclass(frozen=True)
class Power(Expression):
    base: Expression
    exponent: int


@dataclass(frozen=True)
class Call(Expression):
    """A function of FUNCTIONS, or one of its own, such as an activation that a user has added."""

    name: str
    arguments: tuple[Expression, ...]
    function: Callable[..., float] | None = None


@dataclass(frozen=True)
class Comparison(Expression):
    """Iverson's bracket [left > right]: 1 if true, else 0."""

    left: Expression
    right: Expression


FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": exp,
    "ln": log,
    "max": max,
    "min": min,
    "sqrt": sqrt,
    "tanh": tanh,
    "sigma": lambda z: 1 / (1 + exp(-z)),
    "phi": lambda z: exp(-(z**2) / 2) / sqrt(2 * pi),  # the normal density
    "Phi": lambda z: erfc(-z / sqrt(2)) / 2,  # the cumulative normal distribution
}


def lift(value: Operand) -> Expression:
    return value if isinstance(value, Expression) else Number(value)


def terms(expression: Expression) -> tuple[tuple[int, Expression], ...]:
    return expression.terms if isinstance(expression, Sum) else ((1, expression),)


def factors(expression: Expression) -> tuple[Expression, ...]:
    return expression.factors if isinstance(expression, Product) else (expression,)


def total(parts: Iterable[Expression]) -> Expression:
    """The sum of all parts; 0 of none, and the part itself of one."""
    parts = list(parts)
    if len(parts) < 2:
        return parts[0] if parts else Number(0)
    return Sum(tuple(term for part in parts for term in terms(part)))


def dot(ws: Iterable[Expression], xs: Iterable[Expression]) -> Expression:
    """w_1 x_1 + w_2 x_2 + ..."""
    return total(w * x for w, x in zip(ws, xs, strict=True))


def evaluate(expression: Expression, read: Callable[[Quantity], float]) -> float:
    """The value of an expression.

    Args:
        read: the value of a named number in it.

    Raises:
        ValueError, ZeroDivisionError, OverflowError: where it has none.
    """

    def value(part: Expression) -> float:
        return evaluate(part, read)

    match expression:
        case Quantity():
            return read(expression)
        case Number(constant):
            return constant
        case Sum(parts):
            return sum(sign * value(part) for sign, part in parts)
        case Product(parts):
            return prod(value(part) for part in parts)
        case Quotient(numerator, denominator):
            return value(numerator) / value(denominator)
        case Power(base, exponent):
            return value(base) ** exponent
        case Call(name, arguments, function):
            return (function or FUNCTIONS[name])(*(value(argument) for argument in arguments))
        case Comparison(left, right):
            return float(value(left) > value(right))
    raise TypeError(f"no expression: {expression!r}")


def round_shown(value: float, exact: float) -> float:
    """A value with four decimals. Of a tie, such as 0.81615, the neighbour that is nearer to the exact value."""
    scaled = value * SCALE
    below = floor(scaled)
    is_tie = abs(scaled - below - 0.5) < 1e-6
    up = exact * SCALE > below + 0.5 if is_tie else scaled - below > 0.5
    return (below + up) / SCALE
