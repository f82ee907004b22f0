"""Batch norm and layer norm, explained."""

from dataclasses import replace
from typing import Any

import numpy as np

from gradus.explanations.layer import explain_layer
from gradus.explanations.scope import Backward, Errors, Scope, elementwise, weight_symbols
from gradus.layers import BatchNorm, LayerNorm
from gradus.worksheets import Call, Quantities, Symbols, dot, number_text, total

__all__: list[str] = []

RULES = {
    "μ": "the mean: `μ = Σ x / {n}`",
    "v": "the variance: `v = Σ (x - μ)² / {n}`",
    "s": "the deviation: `s = √(v + {epsilon})`",
}


def normalised(scope: Scope, groups: Quantities, symbols: dict[str, Symbols], epsilon: float) -> Any:
    """The rows of mean, variance, deviation and x_hat.

    Args:
        groups: (groups, n); the numbers of a row are normalised together.
        symbols: of μ, v and s, (groups,), and of x̂, (groups, n).

    Returns:
        s, (groups,), and x̂, (groups, n).
    """
    n = groups.shape[1]
    rules = {letter: scope.forward(rule.format(n=n, epsilon=number_text(epsilon))) for letter, rule in RULES.items()}
    mean = rules["μ"].define_all(symbols["μ"], lambda group: total(groups[group]) / n)
    variance = rules["v"].define_all(
        symbols["v"], lambda group: total((x - mean[group]) ** 2 for x in groups[group]) / n
    )
    deviation = rules["s"].define_all(symbols["s"], lambda group: Call("sqrt", (variance[group] + epsilon,)))
    x_hat = scope.forward("`x̂ = (x - μ) / s`").define_all(
        symbols["x̂"], lambda group, i: (groups[group, i] - mean[group]) / deviation[group]
    )
    return deviation, x_hat


def scale_and_shift(scope: Scope, params: Any) -> tuple[Quantities, Quantities]:
    """gamma and beta, (features,)."""
    gamma = scope.parameters(weight_symbols("γ", scope.label, params.gamma.shape), params.gamma)
    return gamma, scope.parameters(weight_symbols("β", scope.label, params.beta.shape), params.beta)


def scaled(scope: Scope, gamma: Quantities, beta: Quantities, x_hat: Quantities) -> Quantities:
    """The rows of the outputs; x_hat: (..., features)."""
    return scope.forward("`a = γ x̂ + β`").define_all(
        scope.outputs("a", x_hat.shape), lambda *place: gamma[place[-1]] * x_hat[place] + beta[place[-1]]
    )


def parameter_gradients(scope: Scope, gamma: Quantities, beta: Quantities, x_hat: Quantities, dy: Quantities) -> None:
    """The tables of dC/dgamma and dC/dbeta."""
    x_hats, errors = x_hat.reshape(-1, len(gamma)), dy.reshape(-1, len(gamma))
    scope.gradients("`∂C/∂γ = Σ x̂ ∂C/∂a`", gamma, lambda j: dot(x_hats[:, j], errors[:, j]))
    scope.gradients("`∂C/∂β = Σ ∂C/∂a`", beta, lambda j: total(errors[:, j]))


@explain_layer.register
def _(layer: BatchNorm, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    gamma, beta = scale_and_shift(scope, params)
    features = x.shape[-1]
    symbols = {letter: weight_symbols(letter, scope.label, (features,)) for letter in "μvs"}
    symbols["x̂"] = scope.outputs("x̂", x.shape).reshape(-1, features).T
    deviation, groups = normalised(scope, x.reshape(-1, features).T, symbols, layer.epsilon)
    x_hat = groups.T.reshape(x.shape)
    y = scaled(scope, gamma, beta, x_hat)

    def backward(dy: Quantities) -> Errors:
        parameter_gradients(scope, gamma, beta, x_hat, dy)
        n = groups.shape[1]
        dx = np.empty(x.shape, object)
        for place in np.ndindex(*x.shape):
            j = place[-1]
            dgamma, dbeta = (scope.draft.gradients[parameter[j].symbol] for parameter in (gamma, beta))
            dx[place] = gamma[j] / deviation[j] * (dy[place] - dbeta / n - x_hat[place] * dgamma / n)
        rule = f"`∂C/∂x = γ / s (∂C/∂a - ∂C/∂β / {n} - x̂ ∂C/∂γ / {n})`, as `x` also acts through `μ` and `s`"
        return Errors(rule, dx)

    return y, backward


@explain_layer.register
def _(layer: LayerNorm, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    gamma, beta = scale_and_shift(scope, params)
    features = x.shape[-1]
    one_each = (*x.shape[:-1], 1)
    symbols = {letter: without_index(scope.outputs(letter, one_each)) for letter in ("μ", "v", "s", "p", "q")}
    symbols["x̂"] = scope.outputs("x̂", x.shape).reshape(-1, features)
    deviation, groups = normalised(scope, x.reshape(-1, features), symbols, layer.epsilon)
    x_hat = groups.reshape(x.shape)
    y = scaled(scope, gamma, beta, x_hat)

    def backward(dy: Quantities) -> Errors:
        parameter_gradients(scope, gamma, beta, x_hat, dy)
        names = elementwise(lambda quantity: quantity.symbol.error(), x_hat)
        dx_hat = scope.backward("`∂C/∂x̂ = γ ∂C/∂a`").define_all(names, lambda *place: gamma[place[-1]] * dy[place])
        errors = dx_hat.reshape(-1, features)
        mean = scope.backward(f"`p = Σ ∂C/∂x̂ / {features}`").define_all(
            symbols["p"], lambda group: total(errors[group]) / features
        )
        along = scope.backward(f"`q = Σ x̂ ∂C/∂x̂ / {features}`").define_all(
            symbols["q"], lambda group: dot(groups[group], errors[group]) / features
        )

        def through(d: Any, x: Any, p: Any, q: Any, s: Any) -> Any:
            return (d - p - x * q) / s

        columns = [np.broadcast_to(column[:, None], groups.shape) for column in (mean, along, deviation)]
        dx = elementwise(through, errors, groups, *columns).reshape(x.shape)
        return Errors("`∂C/∂x = (∂C/∂x̂ - p - x̂ q) / s`, as `x` also acts through `μ` and `s`", dx)

    return y, backward


def without_index(symbols: Symbols) -> Symbols:
    """Symbols of one number for each place, as a list."""
    return elementwise(lambda symbol: replace(symbol, index=""), symbols).reshape(-1)
