"""Where the explanation of a layer writes its rows, and how it names its numbers."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from jax import Array

from gradus.layers import Layer
from gradus.worksheets import Expression, Grid, Quantities, Quantity, Symbol, Symbols, Table

__all__ = ["Backward", "Draft", "Errors", "Scope", "elementwise", "output_symbols", "weight_symbols"]


class Errors(NamedTuple):
    """The errors of a layer's inputs, dC/dx: an array of expressions.

    rule: in general, as the theory writes it.  is_choice: as in `Equation`.
    """

    rule: str
    expressions: np.ndarray
    is_choice: bool = False


Backward = Callable[[Quantities], Errors]  # from the errors of a layer's outputs; writes the rows of its gradients


@dataclass
class Draft:
    """A page in the making.

    parameters: those of each layer, by the title of its tables.
    gradients: by the parameter's symbol.
    """

    given: list[Grid] = field(default_factory=list)
    forward: list[Table] = field(default_factory=list)
    backward: list[Table] = field(default_factory=list)
    parameters: dict[str, list[Quantity]] = field(default_factory=dict)
    gradients: dict[Symbol, Quantity] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """One layer's part of a draft.

    Args:
        label: the layer's number, such as "1", or "2.1" inside layer 2.
        title: names the layer in the titles of tables.
        key: for a layer that draws random numbers.
    """

    draft: Draft
    label: str
    title: str
    key: Array | None

    def forward(self, rule: str) -> Table:
        """A new table of the forward pass."""
        self.draft.forward.append(Table(self.title, rule))
        return self.draft.forward[-1]

    def inside(self, number: str, layer: Layer, key: Array | None) -> "Scope":
        """The scope of a layer inside this one."""
        label = f"{self.label}.{number}" if self.label else number
        return Scope(self.draft, label, f"Layer {label} ({layer})", key)

    def backward(self, rule: str) -> Table:
        """A new table of the backward pass."""
        self.draft.backward.append(Table(self.title, rule))
        return self.draft.backward[-1]

    def outputs(self, letter: str, shape: Sequence[int], gate: str = "", label: str | None = None) -> Symbols:
        """Symbols of outputs, (m, *positions, features)."""
        return output_symbols(letter, label or self.label, shape, gate)

    def define_errors(self, inputs: Quantities, errors: Errors) -> Quantities:
        """A table with the errors of the inputs, under the names that the layer below has for them."""
        table = self.backward(errors.rule)
        symbols = elementwise(lambda quantity: quantity.received, inputs)
        return table.define_all(symbols, lambda *place: errors.expressions[place], is_choice=errors.is_choice)

    def given(self, symbols: Symbols, values: Any, axes: Sequence[int], over_positions: bool = False) -> Quantities:
        """Numbers that are given. The page lists them first, in grids over `axes` (as `grids` has them)."""
        quantities = np.empty(symbols.shape, object)
        for place, value in np.ndenumerate(np.asarray(values)):
            quantities[place] = Quantity.of(symbols[place], float(value))
        self.draft.given += grids(quantities, axes, over_positions)
        return quantities

    def parameters(
        self, symbols: Symbols, values: Any, axes: Sequence[int] | None = None, over_positions: bool = False
    ) -> Quantities:
        """Given numbers that the step changes; by default in one grid."""
        axes = range(symbols.ndim) if axes is None else axes
        quantities = self.given(symbols, values, axes, over_positions)
        self.updates(quantities)
        return quantities

    def updates(self, parameters: Quantities) -> None:
        """Let the step change given numbers."""
        self.draft.parameters.setdefault(self.title, []).extend(parameters.flat)

    def gradients(self, rule: str, parameters: Quantities, expression: Callable[..., Expression]) -> None:
        """A table with dC/d of each parameter; expression: of its index, an argument for each axis."""
        table = self.backward(rule)
        for place in np.ndindex(parameters.shape):
            symbol = parameters[place].symbol
            self.draft.gradients[symbol] = table.define(replace(symbol, role="error"), expression(*place))


def elementwise(expression: Callable[..., Any], *arrays: np.ndarray) -> np.ndarray:
    """An array of what `expression` gives for the entries of arrays of one shape."""
    results = np.empty(arrays[0].shape, object)
    for place in np.ndindex(results.shape):
        results[place] = expression(*(array[place] for array in arrays))
    return results


def output_symbols(letter: str, label: str, shape: Sequence[int], gate: str = "") -> Symbols:
    """Symbols of an array (m, *positions, features): examples only where m > 1, no subscript for images in grey."""
    m, *positions, features = shape
    symbols = np.empty(shape, object)
    for place in np.ndindex(*shape):
        example, *at, k = place
        index = "" if features == 1 and len(positions) == 2 else subscript((features,), (k,))
        index = ",".join(part for part in (gate, index) if part)
        symbols[place] = Symbol(letter, label, index, tuple(p + 1 for p in at), example + 1 if m > 1 else 0)
    return symbols


def weight_symbols(letter: str, label: str, shape: Sequence[int], gate: str = "") -> Symbols:
    """Symbols of parameters whose axes are all subscripts, such as w_12."""
    symbols = np.empty(shape, object)
    for place in np.ndindex(*shape):
        index = ",".join(part for part in (gate, subscript(shape, place)) if part)
        symbols[place] = Symbol(letter, label, index)
    return symbols


def subscript(shape: Sequence[int], place: Sequence[int]) -> str:
    """Indices that count from 1, with commas where one of them may have two digits."""
    return ("," if max(shape, default=0) > 9 else "").join(str(number + 1) for number in place)


def grids(quantities: Quantities, axes: Sequence[int], over_positions: bool = False) -> list[Grid]:
    """Given numbers by name: one grid for each place along all axes but `axes`.

    Args:
        over_positions: `axes` are the pixels of an image or the steps of a sequence, not subscripts.
    """
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(quantities, tuple(axes), last) if axes else quantities
    grids = []
    for place in np.ndindex(*moved.shape[: moved.ndim - len(axes)]):
        values = np.asarray(moved[place], object)
        symbol = values.flat[0].symbol
        name = replace(symbol, at=()) if over_positions else replace(symbol, index=gate_of(symbol.index))
        grids.append(Grid(name if axes else symbol, values))
    return grids


def gate_of(index: str) -> str:
    """The letters that a subscript begins with: "xf" of "xf,12"."""
    return re.match("[a-z]*", index)[0]  # type: ignore[index]
