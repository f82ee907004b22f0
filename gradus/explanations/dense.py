"""Layers of vectors, explained: dense, scale, dropout, embedding."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from gradus.explanations.layer import explain_layer
from gradus.explanations.scope import Backward, Errors, Scope, elementwise, weight_symbols
from gradus.layers import Dense, Dropout, Embedding, NTKDense, Scale
from gradus.worksheets import Call, Number, Quantities, Symbol, dot, total

__all__: list[str] = []


@explain_layer.register
def _(layer: Dense, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    outputs, inputs = params.w.shape
    w = scope.parameters(weight_symbols("w", scope.label, params.w.shape), params.w)
    b = scope.parameters(weight_symbols("b", scope.label, params.b.shape), params.b)
    z = scope.forward("`z = w a + b`").define_all(
        scope.outputs("z", (*x.shape[:-1], outputs)), lambda *place: dot(w[place[-1]], x[place[:-1]]) + b[place[-1]]
    )

    def backward(delta: Quantities) -> Errors:
        deltas, activations = delta.reshape(-1, outputs), x.reshape(-1, inputs)
        every = "" if len(deltas) == 1 else ", summed"
        scope.gradients(f"BP3: `∂C/∂b = δ`{every}", b, lambda j: total(deltas[:, j]))
        scope.gradients(f"BP4: `∂C/∂w = a δ`{every}", w, lambda j, k: dot(activations[:, k], deltas[:, j]))
        dx = np.empty(x.shape, object)
        for place in np.ndindex(*x.shape):
            dx[place] = dot(w[:, place[-1]], delta[place[:-1]])
        return Errors("BP2, first factor: `∂C/∂a = wᵀ δ`", dx)

    return z, backward


@explain_layer.register
def _(layer: NTKDense, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    outputs, inputs = params.w.shape
    root = Call("sqrt", (Number(inputs),))
    w = scope.parameters(weight_symbols("w", scope.label, params.w.shape), params.w)
    b = scope.parameters(weight_symbols("b", scope.label, params.b.shape), params.b)
    z = scope.forward(f"`z = w a / √n + b`, with `n = {inputs}` inputs").define_all(
        scope.outputs("z", (*x.shape[:-1], outputs)),
        lambda *place: dot(w[place[-1]], x[place[:-1]]) / root + b[place[-1]],
    )

    def backward(delta: Quantities) -> Errors:
        deltas, activations = delta.reshape(-1, outputs), x.reshape(-1, inputs)
        every = "" if len(deltas) == 1 else ", summed"
        scope.gradients(f"BP3: `∂C/∂b = δ`{every}", b, lambda j: total(deltas[:, j]))
        scope.gradients(f"BP4: `∂C/∂w = a δ / √n`{every}", w, lambda j, k: dot(activations[:, k], deltas[:, j]) / root)
        dx = np.empty(x.shape, object)
        for place in np.ndindex(*x.shape):
            dx[place] = dot(w[:, place[-1]], delta[place[:-1]]) / root
        return Errors("BP2, first factor: `∂C/∂a = wᵀ δ / √n`", dx)

    return z, backward


@explain_layer.register
def _(layer: Scale, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    (inputs,) = params.s.shape
    s = scope.parameters(weight_symbols("s", scope.label, params.s.shape), params.s)
    y = scope.forward("`a_k = s_k x_k`").define_all(scope.outputs("a", x.shape), lambda *place: s[place[-1]] * x[place])

    def backward(dy: Quantities) -> Errors:
        errors, examples = dy.reshape(-1, inputs), x.reshape(-1, inputs)
        every = "" if len(errors) == 1 else ", summed"
        scope.gradients(f"`∂C/∂s_k = x_k ∂C/∂a_k`{every}", s, lambda k: dot(examples[:, k], errors[:, k]))
        dx = np.empty(x.shape, object)
        for place in np.ndindex(*x.shape):
            dx[place] = s[place[-1]] * dy[place]
        return Errors("`∂C/∂x_k = s_k ∂C/∂a_k`", dx)

    return y, backward


@explain_layer.register
def _(layer: Dropout, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    exact = elementwise(lambda quantity: quantity.exact, x).astype(float)
    _, kept = layer.forward((), jnp.asarray(exact), scope.key)
    is_picture = x.ndim == 4
    mask = scope.given(scope.outputs("m", x.shape), kept, (1, 2) if is_picture else (-1,), is_picture)
    p = layer.keep_probability
    y = scope.forward(f"the mask `m` keeps a number or drops it; kept ones are divided by `p = {p}`").define_all(
        scope.outputs("a", x.shape), lambda *place: mask[place] * x[place] / p
    )
    return y, lambda dy: Errors(
        "the error passes the same mask, and is divided by `p` likewise", elementwise(lambda m, d: m * d / p, mask, dy)
    )


@explain_layer.register
def _(layer: Embedding, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    classes = elementwise(lambda quantity: int(quantity.exact), x)
    symbols = np.empty(params.w.shape, object)
    for j, k in np.ndindex(*symbols.shape):
        symbols[j, k] = Symbol("w", scope.label, f"{j + 1}{k}")
    w = scope.given(symbols, params.w, (0, 1))
    used = sorted(set(classes.flat))
    scope.updates(w[:, used])
    y = scope.forward("column `k` of `w` is the vector of symbol `k = 0, 1, 2, ...`").define_all(
        scope.outputs("a", (*x.shape, layer.size)), lambda *place: w[place[-1], classes[place[:-1]]]
    )

    def backward(dy: Quantities) -> Errors:
        rule = "BP4: a column collects the errors of its symbol; columns that were not read have gradient 0"
        scope.gradients(rule, w[:, used], lambda j, k: total(dy[..., j][classes == used[k]]))
        return Errors("symbols are no numbers, and receive no error", np.full(x.shape, Number(0), object))

    return y, backward
