"""A recurrent layer unrolled over its time steps: the rows that RNN, LSTM and GRU share.

y(t) = h(t) is the output of step t. The error dC/dy(t) comes from the layer above; dC/dh(t) also has what comes back
from step t + 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from gradus.explanations.scope import Backward, Errors, Scope, elementwise, output_symbols, weight_symbols
from gradus.recurrent import Recurrent
from gradus.worksheets import Call, Expression, Quantities, Symbols, Table, dot, total

__all__ = ["Unrolled"]


class Product(NamedTuple):
    """W_h times a vector, of one gate: what it is multiplied by and what error it receives, by time step."""

    read_name: str
    read: dict[int, Quantities]
    delta_name: str
    delta: dict[int, Quantities]


class Unrolled:
    """The numbers of a recurrent layer. Vectors of one time step are (m, size).

    Args:
        gates: their letters, in the order of the parameters' rows; "" for a layer without gates.

    Attributes:
        w_x, w_h, b: the parameters of each gate, (size, inputs), (size, size) and (size,).
        h: of each time step; h[0] is 0.
        delta: of each gate, by time step.
        products: of each gate's w_h, with h(t-1) and delta unless a layer says otherwise.
    """

    def __init__(self, layer: Recurrent, scope: Scope, params: Any, x: Quantities, gates: Sequence[str]):
        self.scope, self.x, self.size, self.truncate = scope, x, layer.size, layer.truncate
        self.m, self.steps = x.shape[:2]
        self.gates = gates
        self.w_x, self.w_h, self.b = {}, {}, {}
        for number, gate in enumerate(gates):
            rows = slice(number * self.size, (number + 1) * self.size)
            self.w_x[gate] = self.parameters("w", params.w_x[rows], f"x{gate}")
            self.w_h[gate] = self.parameters("w", params.w_h[rows], f"h{gate}")
            self.b[gate] = self.parameters("b", params.b[rows], gate)
        self.h = [self.initial("h")]
        self.delta: dict[str, dict[int, Quantities]] = {gate: {} for gate in gates}
        self.products = {gate: Product("h(t-1)", {}, subscripted("δ", gate), self.delta[gate]) for gate in gates}

    def explain(self) -> tuple[Quantities, Backward]:
        """All rows, as in `explain_layer`."""
        for t in range(1, self.steps + 1):
            self.forward(t)

        def backward(dy: Quantities) -> Errors:
            for t in range(self.steps, 0, -1):
                self.backward(t, dy)
            self.parameter_gradients()
            return self.input_errors()

        return self.outputs(), backward

    def forward(self, t: int) -> None:
        """The rows of a time step; appends to h."""
        raise NotImplementedError

    def backward(self, t: int, dy: Quantities) -> None:
        """The rows of a time step backwards; sets the delta of each gate. dy: dC/dy, (m, time, size)."""
        raise NotImplementedError

    def parameters(self, letter: str, values: Any, gate: str) -> Quantities:
        return self.scope.parameters(weight_symbols(letter, self.scope.label, values.shape, gate), values)

    def initial(self, letter: str) -> Quantities:
        """The carry before the first step, which is 0."""
        return self.scope.given(self.names(letter, 0), np.zeros((self.m, self.size)), (-1,))

    def names(self, letter: str, t: int, gate: str = "") -> Symbols:
        """Symbols of a vector at time step t, (m, size)."""
        symbols = output_symbols(letter, self.scope.label, (self.m, 1, self.size), gate)[:, 0]
        for place, symbol in np.ndenumerate(symbols):
            symbols[place] = replace(symbol, at=(t,))
        return symbols

    def step(self, t: int) -> Scope:
        """The scope of time step t."""
        return replace(self.scope, title=f"{self.scope.title}, time step {t}")

    def weighted_inputs(self, t: int, gates: Sequence[str]) -> dict[str, Quantities]:
        """The rows of z = W_x x(t) + W_h h(t-1) + b of some gates."""
        table, before = self.step(t).forward("`z = W_x x + W_h h(t-1) + b`"), self.h[t - 1]
        for gate in gates:
            self.products[gate].read[t] = before
        return {gate: self.weighted_input(t, gate, table, before) for gate in gates}

    def weighted_input(self, t: int, gate: str, table: Table, read: Quantities | None) -> Quantities:
        """The rows of one gate's z, in a table.

        Args:
            read: the vector that W_h multiplies; without one, z is W_x x(t) + b.
        """
        w_x, w_h, b, x = self.w_x[gate], self.w_h[gate], self.b[gate], self.x[:, t - 1]

        def z(m: int, j: int) -> Expression:
            from_x = dot(w_x[j], x[m])
            return (from_x if read is None else from_x + dot(w_h[j], read[m])) + b[j]

        return table.define_all(self.names("z", t, gate), z)

    def activations(self, t: int, rule: str, z: dict[str, Quantities], functions: dict[str, str]) -> Any:
        """The rows of each gate f = function(z_f), a vector each.

        Args:
            functions: by gate, "sigma" or "tanh".
        """
        table = self.step(t).forward(rule)
        return [
            table.define_all(self.names(gate, t), lambda *place, z=z[gate], f=f: Call(f, (z[place],)))
            for gate, f in functions.items()
        ]

    def passes_back(self, t: int) -> bool:
        """True if an error comes back from step t + 1 to step t: there is such a step, and no boundary between."""
        return t < self.steps and not (self.truncate and t % self.truncate == 0)

    def through_weights(self, t: int, m: int, j: int, gates: Sequence[str]) -> Expression:
        """What comes back to h_j(t) through the weights w_h of some gates at the next time step."""
        return total(dot(self.w_h[gate][:, j], self.products[gate].delta[t + 1][m]) for gate in gates)

    def output_error(self, t: int, dy: Quantities, rule: str, carried: Callable[[int, int], Expression]) -> Quantities:
        """The rows of dC/dh(t).

        Args:
            carried: (m, j) -> what comes back from step t + 1.
        """
        symbols = elementwise(lambda quantity: quantity.symbol.error(), self.h[t])
        is_last = not self.passes_back(t)
        rule = "`∂C/∂h = ∂C/∂y`, from the layer above" + ("" if is_last else f", + {rule}, from the next time step")
        return (
            self.step(t)
            .backward(rule)
            .define_all(symbols, lambda m, j: dy[m, t - 1, j] if is_last else dy[m, t - 1, j] + carried(m, j))
        )

    def error(self, t: int, gate: str, rule: str, delta: Callable[..., Expression]) -> None:
        """The rows of one gate's delta."""
        self.delta[gate][t] = self.step(t).backward(rule).define_all(self.names("δ", t, gate), delta)

    def outputs(self) -> Quantities:
        """h(1), h(2), ... as (m, time, size); their errors from above are dC/dy."""
        y = np.stack(self.h[1:], axis=1)
        for place, quantity in np.ndenumerate(y):
            y[place] = replace(quantity, received=replace(quantity.symbol, letter="y").error())
        return y

    def parameter_gradients(self) -> None:
        """The tables of the gradients, which sum over the time steps (and the examples)."""
        places = [(t, m) for t in range(1, self.steps + 1) for m in range(self.m)]
        for gate in self.gates:
            delta, product, b = self.delta[gate], self.products[gate], subscripted("b", gate)
            rule = f"BP3: `∂C/∂{b} = Σ {subscripted('δ', gate)}`, over the time steps"
            self.scope.gradients(rule, self.b[gate], lambda j, delta=delta: total(delta[t][m, j] for t, m in places))
            x = {t: self.x[:, t - 1] for t in delta}
            self.weight_gradients(f"W_x{gate}", self.w_x[gate], Product("x", x, subscripted("δ", gate), delta))
            self.weight_gradients(f"W_h{gate}", self.w_h[gate], product)

    def weight_gradients(self, name: str, w: Quantities, product: Product) -> None:
        """The table of dC/dw of a matrix, from what it multiplies and the errors of its products."""
        rule = f"BP4: `∂C/∂{name} = Σ {product.read_name} {product.delta_name}`, over the time steps"
        pairs = [(product.read[t][m], product.delta[t][m]) for t in sorted(product.delta) for m in range(self.m)]
        self.scope.gradients(rule, w, lambda j, k: total(read[k] * delta[j] for read, delta in pairs))

    def input_errors(self) -> Errors:
        """BP2: what goes back to x through the weights w_x."""
        dx = np.empty(self.x.shape, object)
        for m, t, k in np.ndindex(*dx.shape):
            dx[m, t, k] = total(dot(self.w_x[gate][:, k], self.delta[gate][t + 1][m]) for gate in self.gates)
        return Errors("BP2: `∂C/∂x = W_xᵀ δ`", dx)


def subscripted(letter: str, gate: str) -> str:
    return f"{letter}_{gate}" if gate else letter
