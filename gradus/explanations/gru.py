"""The gated recurrent unit, explained in its two variants.

Its reset gate r acts after the product, q = W_hg h(t-1) + b_h and g = tanh(z_g + r ⊙ q), as in cuDNN; or before it,
p = r ⊙ h(t-1) and g = tanh(z_g) with W_hg p in z_g, as in Cho et al. 2014.
"""

from typing import Any

from gradus.explanations.layer import explain_layer
from gradus.explanations.scope import Backward, Scope, elementwise
from gradus.explanations.unrolled import Product, Unrolled
from gradus.recurrent import GRU
from gradus.worksheets import Call, Expression, Quantities, dot, total

__all__: list[str] = []


@explain_layer.register
def _(layer: GRU, scope: Scope, params: Any, x: Quantities) -> tuple[Quantities, Backward]:
    variant = ResetAfter if layer.reset_after else ResetBefore
    return variant(layer, scope, params, x).explain()


class ExplainedGRU(Unrolled):
    """What both variants share. u, r, g, dh: by time step."""

    def __init__(self, layer: GRU, scope: Scope, params: Any, x: Quantities):
        super().__init__(layer, scope, params, x, ["u", "r", "g"])
        self.u: dict[int, Quantities] = {}
        self.r: dict[int, Quantities] = {}
        self.g: dict[int, Quantities] = {}
        self.dh: dict[int, Quantities] = {}

    def forward(self, t: int) -> None:
        """The rows of a time step."""
        z = self.weighted_inputs(t, ["u", "r"])
        rule = "update gate `u = σ(z_u)`, reset gate `r = σ(z_r)`"
        self.u[t], self.r[t] = u, _ = self.activations(t, rule, z, {"u": "sigma", "r": "sigma"})
        self.g[t] = g = self.candidate(t)
        before, table = self.h[t - 1], self.step(t).forward("`h = u ⊙ h(t-1) + (1 - u) ⊙ g`")
        self.h.append(table.define_all(self.names("h", t), lambda *p: u[p] * before[p] + (1 - u[p]) * g[p]))

    def backward(self, t: int, dy: Quantities) -> None:
        """The rows of a time step backwards."""
        self.dh[t] = dh = self.output_error(
            t, dy, self.carried_rule, lambda m, j: self.dh[t + 1][m, j] * self.u[t + 1][m, j] + self.carried(t, m, j)
        )
        u, g, before = self.u[t], self.g[t], self.h[t - 1]
        self.error(t, "u", "`δ_u = ∂C/∂h ⊙ (h(t-1) - g) ⊙ u (1 - u)`",
                   lambda *p: dh[p] * (before[p] - g[p]) * u[p] * (1 - u[p]))  # fmt: skip
        self.error(t, "g", "`δ_g = ∂C/∂h ⊙ (1 - u) ⊙ (1 - g²)`", lambda *p: dh[p] * (1 - u[p]) * (1 - g[p] ** 2))
        self.reset_errors(t)

    carried_rule: str

    def candidate(self, t: int) -> Quantities:
        """The rows of g."""
        raise NotImplementedError

    def reset_errors(self, t: int) -> None:
        """The rows of the errors of the reset gate and of the product that it belongs to."""
        raise NotImplementedError

    def carried(self, t: int, m: int, j: int) -> Expression:
        """What comes back to h_j(t) from the products of the next time step."""
        raise NotImplementedError


class ResetAfter(ExplainedGRU):
    carried_rule = "`u(t+1) ⊙ ∂C/∂h(t+1) + W_huᵀ δ_u + W_hrᵀ δ_r + W_hgᵀ δ_q`"

    def __init__(self, layer: GRU, scope: Scope, params: Any, x: Quantities):
        super().__init__(layer, scope, params, x)
        self.b_h = self.parameters("b", params.b_h, "h")
        self.q: dict[int, Quantities] = {}
        self.delta_q: dict[int, Quantities] = {}
        self.products["g"] = Product("h(t-1)", {}, "δ_q", self.delta_q)

    def candidate(self, t: int) -> Quantities:
        z_g = self.weighted_input(t, "g", self.step(t).forward("`z_g = W_xg x + b_g`"), None)
        self.products["g"].read[t] = before = self.h[t - 1]
        w, r = self.w_h["g"], self.r[t]
        self.q[t] = q = (
            self.step(t)
            .forward("`q = W_hg h(t-1) + b_h`")
            .define_all(self.names("q", t), lambda m, j: dot(w[j], before[m]) + self.b_h[j])
        )
        table = self.step(t).forward("candidate `g = tanh(z_g + r ⊙ q)`")
        return table.define_all(self.names("g", t), lambda *p: Call("tanh", (z_g[p] + r[p] * q[p],)))

    def reset_errors(self, t: int) -> None:
        delta_g, r, q = self.delta["g"][t], self.r[t], self.q[t]
        self.error(t, "r", "`δ_r = δ_g ⊙ q ⊙ r (1 - r)`", lambda *p: delta_g[p] * q[p] * r[p] * (1 - r[p]))
        table = self.step(t).backward("`δ_q = δ_g ⊙ r`")
        self.delta_q[t] = table.define_all(self.names("δ", t, "q"), lambda *p: delta_g[p] * r[p])

    def carried(self, t: int, m: int, j: int) -> Expression:
        return self.through_weights(t, m, j, ["u", "r", "g"])

    def parameter_gradients(self) -> None:
        super().parameter_gradients()
        deltas = [self.delta_q[t][m] for t in sorted(self.delta_q) for m in range(self.m)]
        rule = "BP3: `∂C/∂b_h = Σ δ_q`, over the time steps"
        self.scope.gradients(rule, self.b_h, lambda j: total(delta[j] for delta in deltas))


class ResetBefore(ExplainedGRU):
    carried_rule = "`u(t+1) ⊙ ∂C/∂h(t+1) + r(t+1) ⊙ ∂C/∂p(t+1) + W_huᵀ δ_u + W_hrᵀ δ_r`"

    def __init__(self, layer: GRU, scope: Scope, params: Any, x: Quantities):
        super().__init__(layer, scope, params, x)
        self.products["g"] = self.products["g"]._replace(read_name="p")
        self.dp: dict[int, Quantities] = {}

    def candidate(self, t: int) -> Quantities:
        before, r = self.h[t - 1], self.r[t]
        table = self.step(t).forward("`p = r ⊙ h(t-1)`")
        self.products["g"].read[t] = p = table.define_all(self.names("p", t), lambda *i: r[i] * before[i])
        z_g = self.weighted_input(t, "g", self.step(t).forward("`z_g = W_xg x + W_hg p + b_g`"), p)
        table = self.step(t).forward("candidate `g = tanh(z_g)`")
        return table.define_all(self.names("g", t), lambda *i: Call("tanh", (z_g[i],)))

    def reset_errors(self, t: int) -> None:
        delta_g, r, before, w = self.delta["g"][t], self.r[t], self.h[t - 1], self.w_h["g"]
        symbols = elementwise(lambda quantity: quantity.symbol.error(), self.products["g"].read[t])
        self.dp[t] = dp = (
            self.step(t).backward("`∂C/∂p = W_hgᵀ δ_g`").define_all(symbols, lambda m, j: dot(w[:, j], delta_g[m]))
        )
        self.error(t, "r", "`δ_r = ∂C/∂p ⊙ h(t-1) ⊙ r (1 - r)`", lambda *p: dp[p] * before[p] * r[p] * (1 - r[p]))

    def carried(self, t: int, m: int, j: int) -> Expression:
        return self.r[t + 1][m, j] * self.dp[t + 1][m, j] + self.through_weights(t, m, j, ["u", "r"])
