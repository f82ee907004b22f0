"""Costs, explained: the output a, the cost C and the output error (BP1)."""

from collections.abc import Callable
from dataclasses import replace
from functools import singledispatch

import numpy as np

from gradus.equations import Cost, CrossEntropy, LogLikelihood, Quadratic
from gradus.errors import SettingError
from gradus.explanations.activations import activated, slopes, softmax
from gradus.explanations.scope import Scope, elementwise, output_symbols
from gradus.worksheets import Call, Expression, Number, Quantities, Quantity, Symbol, total

__all__ = ["explain_cost"]

BackwardCost = Callable[[], Quantities]
OfPlace = Callable[[tuple[int, ...]], Expression]


@singledispatch
def explain_cost(cost: Cost, scope: Scope, z: Quantities, y: Quantities) -> tuple[Quantity, BackwardCost]:
    """The rows of a cost.

    Args:
        scope: of the output.
        z: the last layer's outputs, and y: the desired ones, (..., outputs); each row of y is one-hot.

    Returns:
        C; and a function that writes the rows of the output error, and returns it.

    Raises:
        SettingError: for a cost that has no explanation.
    """
    raise SettingError(f"there is no worked step of the cost {type(cost).__name__}")


def mean_cost(scope: Scope, rule: str, y: Quantities, of_one: OfPlace) -> Quantity:
    """The rows of C_x of each example (and position), and of their mean C.

    Args:
        of_one: C_x of the example at a place along all axes but the last.
    """
    C, places = Symbol("C"), list(np.ndindex(*y.shape[:-1]))
    scope = replace(scope, title="Cost")
    table = scope.forward(rule)
    if len(places) == 1:
        return table.define(C, of_one(places[0]))
    symbols = output_symbols("C", "", (*y.shape[:-1], 1))[..., 0]
    each = [table.define(replace(symbols[place], index=""), of_one(place)) for place in places]
    return scope.forward(f"`C` is the mean of these {len(each)}").define(C, total(each) / len(each))


def output_error(scope: Scope, rule: str, z: Quantities, *factors: OfPlace) -> Quantities:
    """The rows of BP1: the product of all factors at each place, divided by the number of examples that C averages."""
    n = z[..., 0].size

    def error(*place: int) -> Expression:
        product = factors[0](place)
        for factor in factors[1:]:
            product = product * factor(place)
        return product if n == 1 else product / n

    symbols = elementwise(lambda quantity: quantity.received, z)
    suffix = "" if n == 1 else f", divided by {n} because `C` is a mean"
    return scope.backward(f"BP1: {rule}{suffix}").define_all(symbols, error)


@explain_cost.register
def _(cost: Quadratic, scope: Scope, z: Quantities, y: Quantities) -> tuple[Quantity, BackwardCost]:
    a = activated(cost.activation, scope, z)
    half = Number(1) / 2
    C = mean_cost(scope, "`C = 1/2 Σ (y - a)²`", y, lambda place: half * squares(y[place], a[place]))

    def backward() -> Quantities:
        if cost.activation == "linear":
            return output_error(scope, "`δ = a - y`", z, lambda place: a[place] - y[place])
        f_prime = slopes(cost.activation, scope, z, a)
        rule = "`δ = (a - y) ⊙ f'(z)`"
        return output_error(scope, rule, z, lambda place: a[place] - y[place], lambda place: f_prime[place])

    return C, backward


def squares(y: Quantities, a: Quantities) -> Expression:
    """The sum of the squared errors, as one factor."""
    return total((y_j - a_j) ** 2 for y_j, a_j in zip(y, a, strict=True))


@explain_cost.register
def _(cost: CrossEntropy, scope: Scope, z: Quantities, y: Quantities) -> tuple[Quantity, BackwardCost]:
    a = activated("sigmoid", scope, z)

    def of_one(place: tuple[int, ...]) -> Expression:
        pairs = zip(y[place], a[place], strict=True)
        return -total(Call("ln", (a_j if y_j.exact else 1 - a_j,)) for y_j, a_j in pairs)

    rule = "`C = -Σ (y ln a + (1 - y) ln(1 - a))`: `ln a` where `y = 1`, `ln(1 - a)` where `y = 0`"
    C = mean_cost(scope, rule, y, of_one)
    return C, lambda: output_error(scope, "`δ = a - y`", z, lambda place: a[place] - y[place])


@explain_cost.register
def _(cost: LogLikelihood, scope: Scope, z: Quantities, y: Quantities) -> tuple[Quantity, BackwardCost]:
    a = softmax(scope, z)
    rule = "`C = -ln a` of the right class, where `y = 1`"

    def of_one(place: tuple[int, ...]) -> Expression:
        return -total(Call("ln", (a_j,)) for y_j, a_j in zip(y[place], a[place], strict=True) if y_j.exact)

    C = mean_cost(scope, rule, y, of_one)
    return C, lambda: output_error(scope, "`δ = a - y`", z, lambda place: a[place] - y[place])
