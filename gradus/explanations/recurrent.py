"""Recurrent layers, explained: RNN and LSTM, and a sequence read in both directions."""

from typing import Any

import jax
import numpy as np

from gradus.explanations.layer import explain_layer
from gradus.explanations.scope import Backward, Errors, Scope, elementwise
from gradus.explanations.unrolled import Unrolled
from gradus.recurrent import LSTM, RNN, Bidirectional
from gradus.worksheets import Call, Expression, Quantities

__all__: list[str] = []

GATES = "figo"  # of an LSTM


@explain_layer.register
def _(layer: RNN, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    return ExplainedRNN(layer, scope, params, x, [""]).explain()


@explain_layer.register
def _(layer: LSTM, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    return ExplainedLSTM(layer, scope, params, x, GATES).explain()


class ExplainedRNN(Unrolled):
    def forward(self, t: int) -> None:
        z = self.weighted_inputs(t, [""])[""]
        table = self.step(t).forward("`h = tanh(z)`")
        self.h.append(table.define_all(self.names("h", t), lambda *p: Call("tanh", (z[p],))))

    def backward(self, t: int, dy: Quantities) -> None:
        dh = self.output_error(t, dy, "`W_hᵀ δ(t+1)`", lambda m, j: self.through_weights(t, m, j, [""]))
        self.error(t, "", "BP2: `δ = ∂C/∂h ⊙ (1 - h²)`", lambda *p: dh[p] * (1 - self.h[t][p] ** 2))


class ExplainedLSTM(Unrolled):
    """f, i, g, o: the gates by time step.  c, dc: the cells and their errors; c[0] is 0."""

    def __init__(self, *arguments: Any):
        super().__init__(*arguments)
        self.f: dict[int, Quantities] = {}
        self.i: dict[int, Quantities] = {}
        self.g: dict[int, Quantities] = {}
        self.o: dict[int, Quantities] = {}
        self.c = [self.initial("c")]
        self.dc: dict[int, Quantities] = {}

    def forward(self, t: int) -> None:
        rule = "forget gate `f = σ(z_f)`, input gate `i = σ(z_i)`, candidate `g = tanh(z_g)`, output gate `o = σ(z_o)`"
        functions = {"f": "sigma", "i": "sigma", "g": "tanh", "o": "sigma"}
        f, i, g, o = self.activations(t, rule, self.weighted_inputs(t, GATES), functions)
        self.f[t], self.i[t], self.g[t], self.o[t] = f, i, g, o
        before, table = self.c[t - 1], self.step(t).forward("cell `c = f ⊙ c(t-1) + i ⊙ g`")
        self.c.append(table.define_all(self.names("c", t), lambda *p: f[p] * before[p] + i[p] * g[p]))
        table = self.step(t).forward("`h = o ⊙ tanh(c)`")
        self.h.append(table.define_all(self.names("h", t), lambda *p: o[p] * self.tanh_c(t, p)))

    def backward(self, t: int, dy: Quantities) -> None:
        dh = self.output_error(t, dy, "`W_hᵀ δ(t+1)`", lambda m, j: self.through_weights(t, m, j, GATES))
        dc, before = self.cell_error(t, dh), self.c[t - 1]
        f, i, g, o = self.f[t], self.i[t], self.g[t], self.o[t]
        self.error(t, "f", "`δ_f = ∂C/∂c ⊙ c(t-1) ⊙ f (1 - f)`", lambda *p: dc[p] * before[p] * f[p] * (1 - f[p]))
        self.error(t, "i", "`δ_i = ∂C/∂c ⊙ g ⊙ i (1 - i)`", lambda *p: dc[p] * g[p] * i[p] * (1 - i[p]))
        self.error(t, "g", "`δ_g = ∂C/∂c ⊙ i ⊙ (1 - g²)`", lambda *p: dc[p] * i[p] * (1 - g[p] ** 2))
        rule = "`δ_o = ∂C/∂h ⊙ tanh(c) ⊙ o (1 - o)`"
        self.error(t, "o", rule, lambda *p: dh[p] * self.tanh_c(t, p) * o[p] * (1 - o[p]))

    def cell_error(self, t: int, dh: Quantities) -> Quantities:
        """The rows of dC/dc(t)."""

        def expression(*p: int) -> Expression:
            own = dh[p] * self.o[t][p] * (1 - self.tanh_c(t, p) ** 2)
            return own + self.dc[t + 1][p] * self.f[t + 1][p] if self.passes_back(t) else own

        rule = "`∂C/∂c = ∂C/∂h ⊙ o ⊙ (1 - tanh²(c))`"
        rule += ", + `∂C/∂c(t+1) ⊙ f(t+1)`, from the next time step" if self.passes_back(t) else ""
        symbols = elementwise(lambda symbol: symbol.error(), self.names("c", t))
        self.dc[t] = self.step(t).backward(rule).define_all(symbols, expression)
        return self.dc[t]

    def tanh_c(self, t: int, place: tuple[int, ...]) -> Expression:
        return Call("tanh", (self.c[t][place],))


@explain_layer.register
def _(layer: Bidirectional, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    one, other = layer.pair()
    keys = (None, None) if scope.key is None else jax.random.split(scope.key)
    h, backward_one = explain_layer(one, scope.inside("1", one, keys[0]), params[0], x)
    h_reversed, backward_other = explain_layer(other, scope.inside("2", other, keys[1]), params[1], x[:, ::-1])
    both = np.concatenate([h, h_reversed[:, ::-1]], axis=-1)
    rule = f"side by side: layer {scope.label}.1 reads forwards, layer {scope.label}.2 from the last step to the first"
    y = scope.forward(rule).define_all(scope.outputs("a", both.shape), lambda *place: both[place])

    def backward(dy: Quantities) -> Errors:
        d_one, d_other = dy[..., : h.shape[-1]], dy[:, ::-1, h.shape[-1] :]
        errors = [
            back(scope.define_errors(outputs, Errors("each error back to its layer", d)))
            for outputs, back, d in ((h, backward_one, d_one), (h_reversed, backward_other, d_other))
        ]
        one_way, other_way = errors[0].expressions, errors[1].expressions[:, ::-1]
        return Errors("the errors from both layers, added", elementwise(lambda p, q: p + q, one_way, other_way))

    return y, backward
