"""The referee of worked steps: arithmetic as a page prints it, evaluated by Python's own parser.

It shares no code with the package: it reads the text that a person reads.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from statistics import NormalDist

__all__ = ["HALF_A_UNIT", "evaluate", "filled_in", "python_of_text", "superscript"]

HALF_A_UNIT = 0.5e-4 + 1e-9  # of the fourth decimal

FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": math.exp,
    "ln": math.log,
    "max": max,
    "min": min,
    "phi": NormalDist().pdf,
    "Phi": NormalDist().cdf,
    "sigma": lambda z: 1 / (1 + math.exp(-z)),
    "sqrt": math.sqrt,
    "tanh": math.tanh,
}
OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
LABEL = f"[{SUPERSCRIPTS}]+(?:·[{SUPERSCRIPTS}]+)*"
BARE = rf"(?:x̂|[a-dfghimo-wyzCβγδημ])(?:{LABEL})?(?:_(?:[a-z]+,?)?(?:\d+(?:,\d+)*)?)?(?:\(\d+(?:,\d+)*\))?(?:\[\d+\])?"
NAME = re.compile(rf"(?P<function>tanh|max|min|ln)\(|(?P<name>∂C/∂{BARE}|f'\({BARE}\)|{BARE})")


def evaluate(python: str) -> float:
    """The value of an expression of numbers and of the functions above."""
    return value(ast.parse(python, mode="eval").body)


def value(node: ast.expr) -> float:
    match node:
        case ast.Constant(float(number) | int(number)):
            return number
        case ast.UnaryOp(ast.USub(), operand):
            return -value(operand)
        case ast.BinOp(left, kind, right):
            return OPERATORS[type(kind)](value(left), value(right))
        case ast.Call(ast.Name(name), arguments):
            return FUNCTIONS[name](*map(value, arguments))
        case ast.Compare(left, [ast.Gt()], [right]):
            return float(value(left) > value(right))
    raise ValueError(f"no arithmetic: {ast.unparse(node)}")


def filled_in(text: str, values: Mapping[str, float]) -> str:
    """A text with every name replaced by its number in brackets; a bare space between two factors multiplies."""

    def number(found: re.Match[str]) -> str:
        return found[0] if found["function"] else f"({values[found['name']]!r})"

    return re.sub(r"(?<=[\d)]) +(?=[(\[\dσΦφ√]|e\^|tanh|max|min|ln)", " · ", NAME.sub(number, text))


def python_of_text(text: str) -> str:
    """An expression in plain text, such as 2 · (-0.3)² + e^(0.1), as Python."""
    text = re.sub(f"[{SUPERSCRIPTS}]+", lambda found: f"**{digits(found[0])}", text)
    for sign, python in {"·": "*", "e^(": "exp(", "√(": "sqrt(", "σ(": "sigma(", "Φ(": "Phi(", "φ(": "phi("}.items():
        text = text.replace(sign, python)
    return re.sub(r"\[([^\[\]]* > [^\[\]]*)\]", r"(\1)", text)


def superscript(digits: str) -> str:
    """2.1 as ²·¹."""
    return digits.translate(str.maketrans("0123456789.", SUPERSCRIPTS + "·"))


def digits(superscripts: str) -> str:
    return superscripts.translate(str.maketrans(SUPERSCRIPTS, "0123456789"))
