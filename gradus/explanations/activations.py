"""Activations and softmax, explained."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gradus.equations import ACTIVATIONS
from gradus.explanations.layer import explain_layer
from gradus.explanations.scope import Backward, Errors, Scope, elementwise
from gradus.layers import Activation, Softmax
from gradus.worksheets import Call, Comparison, Expression, Number, Quantities, total

__all__ = ["activated", "slopes", "softmax"]


class Formula(NamedTuple):
    """An activation and its derivative, in words and as expressions; f_prime may use a = f(z)."""

    rule: str
    f: Callable[[Expression], Expression]
    slope_rule: str
    f_prime: Callable[[Expression, Expression], Expression]


def call(name: str, *arguments: Expression) -> Expression:
    return Call(name, arguments)


ZERO, ONE = Number(0), Number(1)
SELU_SCALE, SELU_BELOW = 1.0507009873554805, 1.7580993408473766
FORMULAS = {
    "linear": Formula("`a = z`", lambda z: z, "`f'(z) = 1`", lambda z, a: ONE),
    "sigmoid": Formula(
        "`a = σ(z) = 1 / (1 + e^(-z))`", lambda z: call("sigma", z), "`f'(z) = a (1 - a)`", lambda z, a: a * (1 - a)
    ),
    "tanh": Formula("`a = tanh(z)`", lambda z: call("tanh", z), "`f'(z) = 1 - a²`", lambda z, a: 1 - a**2),
    "relu": Formula(
        "`a = max(0, z)`",
        lambda z: call("max", ZERO, z),
        "`f'(z) = [z > 0]`: 1 if `z > 0`, else 0",
        lambda z, a: Comparison(z, ZERO),
    ),
    "leaky_relu": Formula(
        "`a = max(0.01 z, z)`",
        lambda z: call("max", 0.01 * z, z),
        "`f'(z) = 0.01 + 0.99 [z > 0]`, where `[z > 0]` is 1 if `z > 0`, else 0",
        lambda z, a: 0.01 + 0.99 * Comparison(z, ZERO),
    ),
    "elu": Formula(
        "`a = z` if `z > 0`, else `e^z - 1`",
        lambda z: call("max", ZERO, z) + call("exp", call("min", ZERO, z)) - 1,
        "`f'(z) = 1` if `z > 0`, else `e^z`",
        lambda z, a: call("exp", call("min", ZERO, z)),
    ),
    "selu": Formula(
        "`a = 1.0507 z` if `z > 0`, else `1.7581 (e^z - 1)`",
        lambda z: SELU_SCALE * call("max", ZERO, z) + SELU_BELOW * (call("exp", call("min", ZERO, z)) - 1),
        "`f'(z) = 1.0507` if `z > 0`, else `1.7581 e^z`",
        lambda z, a: (
            SELU_SCALE * Comparison(z, ZERO)
            + SELU_BELOW * call("exp", call("min", ZERO, z)) * (1 - Comparison(z, ZERO))
        ),
    ),
    "softplus": Formula(
        "`a = ln(1 + e^z)`",
        lambda z: call("ln", 1 + call("exp", z)),
        "`f'(z) = σ(z) = 1 / (1 + e^(-z))`",
        lambda z, a: call("sigma", z),
    ),
    "silu": Formula(
        "`a = z σ(z)`, with `σ(z) = 1 / (1 + e^(-z))`",
        lambda z: z * call("sigma", z),
        "`f'(z) = σ(z) (1 + z (1 - σ(z)))`",
        lambda z, a: call("sigma", z) * (1 + z * (1 - call("sigma", z))),
    ),
    "gelu": Formula(
        "`a = z Φ(z)`, with the cumulative normal distribution `Φ`",
        lambda z: z * call("Phi", z),
        "`f'(z) = Φ(z) + z φ(z)`, with the normal density `φ(z) = e^(-z²/2) / √(2π)`",
        lambda z, a: call("Phi", z) + z * call("phi", z),
    ),
    "mish": Formula(
        "`a = z t`, with `t = tanh(ln(1 + e^z))`",
        lambda z: z * call("tanh", call("ln", 1 + call("exp", z))),
        "`f'(z) = t + z (1 - t²) σ(z)`",
        lambda z, a: (
            call("tanh", call("ln", 1 + call("exp", z)))
            + z * (1 - call("tanh", call("ln", 1 + call("exp", z))) ** 2) * call("sigma", z)
        ),
    ),
}


def formula(name: str) -> Formula:
    """The formula of an activation; of one that is registered elsewhere, its bare name."""
    if name in FORMULAS:
        return FORMULAS[name]
    f, f_prime = (as_call(*pair) for pair in zip((name, f"{name}'"), ACTIVATIONS.find(name)[:2], strict=True))
    return Formula(f"`a = {name}(z)`", f, f"`f'(z) = {name}'(z)`", lambda z, a: f_prime(z))


def as_call(name: str, function: Callable[[Any], Any]) -> Callable[[Expression], Expression]:
    """A function of JAX as one of expressions."""
    return lambda z: Call(name, (z,), lambda value: float(function(value)))


def activated(name: str, scope: Scope, z: Quantities, label: str | None = None) -> Quantities:
    """The rows of a = f(z).

    Args:
        label: of a, if it is not the scope's.
    """
    symbols = scope.outputs("a", z.shape, label=label)
    known = formula(name)
    return scope.forward(known.rule).define_all(symbols, lambda *place: known.f(z[place]))


def slopes(name: str, scope: Scope, z: Quantities, a: Quantities) -> Quantities:
    """The rows of f'(z)."""
    known = formula(name)
    symbols = elementwise(lambda quantity: quantity.symbol.slope(), z)
    return scope.backward(known.slope_rule).define_all(symbols, lambda *place: known.f_prime(z[place], a[place]))


@explain_layer.register
def _(layer: Activation, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    a = activated(layer.name, scope, x)

    def backward(da: Quantities) -> Errors:
        f_prime = slopes(layer.name, scope, x, a)
        return Errors("BP2, second factor: `δ = ∂C/∂a ⊙ f'(z)`", elementwise(lambda d, f: d * f, da, f_prime))

    return a, backward


def softmax(scope: Scope, z: Quantities, label: str | None = None) -> Quantities:
    """The rows of a_j = e^(z_j) / sum_k e^(z_k)."""
    table = scope.forward("`a_j = e^(z_j) / Σ_k e^(z_k)`")
    return table.define_all(
        scope.outputs("a", z.shape, label=label),
        lambda *place: call("exp", z[place]) / total(call("exp", other) for other in z[place[:-1]]),
    )


@explain_layer.register
def _(layer: Softmax, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    a = softmax(scope, x)

    def backward(da: Quantities) -> Errors:
        table = scope.backward("the error, averaged with the weights `a`: `s = Σ_k a_k ∂C/∂a_k`")
        s = table.define_all(
            scope.outputs("s", (*x.shape[:-1], 1))[..., 0],
            lambda *place: total(a_k * d for a_k, d in zip(a[place], da[place], strict=True)),
        )
        repeated = np.broadcast_to(s[..., None], a.shape)
        return Errors("`∂C/∂z_j = a_j (∂C/∂a_j - s)`", elementwise(lambda a_j, d, s: a_j * (d - s), a, da, repeated))

    return a, backward
