"""How a layer is explained: its rows forwards, and a function that writes its rows backwards.

An explanation is registered by the layer's type, from outside: layers know nothing of it.
"""

from functools import singledispatch
from typing import Any, NamedTuple

import jax
import numpy as np

from gradus.errors import SettingError
from gradus.explanations.scope import Backward, Errors, Scope, elementwise
from gradus.layers import Activation, Chain, Flatten, Layer, Residual
from gradus.recurrent import LastStep
from gradus.worksheets import Number, Quantities

__all__ = ["explain_chain", "explain_layer", "is_rearrangement"]


@singledispatch
def explain_layer(layer: Layer, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    """The rows of a layer.

    Args:
        params: of the layer, arrays of float64.
        x: its inputs, (m, ...).

    Returns:
        Its outputs; and a function that writes the rows of its gradients, from the errors of its outputs to the
        expressions of the errors of its inputs.

    Raises:
        SettingError: for a layer that has no explanation.
    """
    raise SettingError(f"layer {scope.label} ({layer}): there is no worked step of such a layer")


class Explained(NamedTuple):
    """A layer of a chain whose forward rows are written."""

    layer: Layer
    scope: Scope
    x: Quantities
    backward: Backward


@explain_layer.register
def _(layer: Chain, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    return explain_chain(layer, scope, params, x)


def explain_chain(
    chain: Chain, scope: Scope, params: Any, x: Quantities, to_input: bool = True
) -> tuple[Quantities, Backward]:
    """The rows of a chain of layers.

    Args:
        to_input: follow the error back to the inputs of the first layer, not only as far as a parameter needs it.
    """
    explained: list[Explained] = []
    number, computes_z = 0, False
    for place, (layer, layer_params) in enumerate(zip(chain.layers, params, strict=True)):
        if isinstance(layer, Flatten) and x.ndim == 2:
            continue  # vectors already
        number += not (isinstance(layer, Activation) and computes_z)  # it shares the number of the layer of its z
        computes_z = layer.computes_z
        key = None if scope.key is None else jax.random.fold_in(scope.key, place)
        layer_scope = scope.inside(str(number), layer, key)
        y, backward = explain_layer(layer, layer_scope, layer_params, x)
        explained.append(Explained(layer, layer_scope, x, backward))
        x = y

    def backward_chain(dy: Quantities) -> Errors:
        for number in reversed(range(len(explained))):
            _, layer_scope, layer_x, backward = explained[number]
            errors = backward(dy)
            if number == 0 or (not to_input and all(is_rearrangement(below.layer) for below in explained[:number])):
                return errors
            dy = layer_scope.define_errors(layer_x, errors)
        return Errors("", dy)

    return x, backward_chain


def is_rearrangement(layer: Layer) -> bool:
    """True for a layer that computes nothing."""
    return isinstance(layer, (Flatten, LastStep))


@explain_layer.register
def _(layer: Residual, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    inner_scope = scope if isinstance(layer.layer, Chain) else scope.inside("1", layer.layer, scope.key)
    inner, inner_backward = explain_layer(layer.layer, inner_scope, params, x)
    table = scope.forward("the input is added to the output of the layers inside")
    y = table.define_all(scope.outputs("a", x.shape), lambda *place: x[place] + inner[place])

    def backward(dy: Quantities) -> Errors:
        through = inner_backward(scope.define_errors(inner, Errors("the error goes into the layer unchanged, ...", dy)))
        rule = "... and past it: the error of the input is the sum of both ways"
        return Errors(rule, elementwise(lambda past, inside: past + inside, dy, through.expressions))

    return y, backward


@explain_layer.register
def _(layer: Flatten, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    flat = x.reshape(len(x), -1)
    y = scope.forward("the same numbers, row by row").define_all(
        scope.outputs("a", flat.shape), lambda *place: flat[place]
    )
    return y, lambda dy: Errors("each error back to its place", dy.reshape(x.shape))


@explain_layer.register
def _(layer: LastStep, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    last = x[:, -1]
    y = scope.forward("the last time step").define_all(scope.outputs("a", last.shape), lambda *place: last[place])

    def backward(dy: Quantities) -> Errors:
        expressions = np.full(x.shape, Number(0), object)
        expressions[:, -1] = dy
        return Errors("only the last time step receives an error", expressions)

    return y, backward
