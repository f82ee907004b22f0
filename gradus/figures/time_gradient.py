"""How the error of one time step fades on its way back through an RNN, a GRU and an LSTM (theory F1).

It is dC/dh_k for a cost C = e h_t of the last step t alone. In an RNN each step back multiplies its norm by at most
gamma = ||W_h||, as tanh' is at most 1.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from matplotlib.figure import Figure

from gradus.equations import sigmoid
from gradus.figures.experiments import list_numbers, run_settings, seed_columns
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK_STYLE, LINE_STYLES, label_axes, plot_range, plot_runs, subplots
from gradus.recurrent import GRU, LSTM, RNN, Recurrent

__all__ = ["draw", "measure"]

SIZE, INPUTS, BATCH = 64, 32, 20
WARM_UP = 20  # steps between the state 0 and those that count
LAYERS: dict[str, Recurrent] = {"rnn": RNN(SIZE), "gru": GRU(SIZE), "lstm": LSTM(SIZE), "open": LSTM(SIZE)}
OPEN = 5.0  # biases of the forget gates of "open", which are then nearly 1
GAMMAS = (0.5, 1.0, 2.0, 4.0, 8.0)
FIRST = 5  # the lag from which a constant factor is fitted: the first steps depend on the direction of e
STRAIGHT = 0.95  # the correlation of log ||dC/dh_k|| with the lag above which the decay is called geometric
ROUNDING = 1.001  # the bound is an equality for vectors along the largest singular value


def measure(sources: Sources, lags: int = 40, seeds: int = 5) -> Measurement:
    """Carry a random error back through layers with initial weights, and through RNNs whose W_h has the norm gamma."""
    runs = run_settings(partial(norms_by_lag, lags), (*LAYERS, *GAMMAS), seeds)
    lag = np.arange(lags + 1)
    mean = {setting: factor(norms).mean() for setting, norms in runs.items()}
    numbers: dict[str, Any] = {
        "runs": seeds, "lags": lags, "open_bias": OPEN, "open_gate": float(sigmoid(jnp.asarray(OPEN))),
        "gammas": list_numbers(GAMMAS, "g"), "factors": list_numbers((mean[gamma] for gamma in GAMMAS), ".2f"),
    }  # fmt: skip
    for name in LAYERS:
        numbers |= {f"{name}_factor": mean[name], f"{name}_left": f"{runs[name][:, -1].mean():.1g}"}
    columns = {name if name in LAYERS else f"rnn_gamma{name:g}": norms for name, norms in runs.items()}
    table = {"lag": lag} | seed_columns(columns)
    return Measurement(table, numbers, claim_holds(runs, lag), plot_data=(runs, mean))


def claim_holds(runs: Mapping[Any, np.ndarray], lag: np.ndarray) -> bool:
    """Whether no RNN exceeds its bound, errors fade geometrically, slowest in an LSTM, and explode from a large W_h."""
    is_bounded = all((runs[gamma] <= ROUNDING * gamma**lag).all() for gamma in GAMMAS)
    is_geometric = all(straightness(runs[name]).min() > STRAIGHT for name in ("rnn", "gru", "lstm"))
    of = {setting: factor(norms) for setting, norms in runs.items()}
    is_ordered = max(of["rnn"].max(), of["gru"].max()) < of["lstm"].min() and of["lstm"].max() < of["open"].min()
    explodes = of[2.0].max() < 1 < of[8.0].min()
    return bool(is_bounded and is_geometric and is_ordered and explodes)


def norms_by_lag(lags: int, setting: str | float, seed: int) -> np.ndarray:
    """(lags + 1,): ||dC/dh_k|| over ||dC/dh_t|| by the lag t - k.

    Args:
        setting: a name in LAYERS; or the spectral norm of W_h, for an RNN.
    """
    layer = LAYERS[setting if isinstance(setting, str) else "rnn"]
    params, x, dh = layer_and_error(layer, lags, seed)
    if setting == "open":
        params = params._replace(b=params.b.at[:SIZE].set(OPEN))
    if not isinstance(setting, str):
        params = params._replace(w_h=params.w_h * (setting / jnp.linalg.norm(params.w_h, 2)))
    errors = carry_errors(layer, params, x, dh).h
    by_lag = np.array([dh, *errors[WARM_UP:][::-1]], float)  # in float64, as their squares are very small
    norms = np.sqrt((by_lag**2).sum(axis=(1, 2)))
    return norms / norms[0]


def layer_and_error(layer: Recurrent, lags: int, seed: int) -> tuple[Any, Array, Array]:
    """Initial parameters; inputs (BATCH, time, INPUTS) and the error e = dC/dh_t (BATCH, SIZE), both from N(0, 1)."""
    keys = jax.random.split(jax.random.key(seed), 3)
    shape = (WARM_UP + lags, INPUTS)
    params, _, _ = layer.init(keys[0], shape)
    return params, jax.random.normal(keys[1], (BATCH, *shape)), jax.random.normal(keys[2], (BATCH, SIZE))


@partial(jax.jit, static_argnums=0)
def carry_errors(layer: Recurrent, params: Any, x: Array, dh: Array) -> Any:
    """dC/dcarry (time, batch, size) before each step, from dC/dh after the last one."""
    _, cache = layer.forward(params, x)
    after_last = jax.tree.map(jnp.zeros_like, layer.initial_carry(params, len(x)))._replace(h=dh)

    def step_back(dcarry: Any, local_derivatives: Any) -> tuple[Any, Any]:
        _, dcarry = layer.step_back(params, local_derivatives, dcarry)
        return dcarry, dcarry

    return lax.scan(step_back, after_last, cache.local_derivatives, reverse=True)[1]


def factor(norms: np.ndarray) -> np.ndarray:
    """(runs,): the constant factor per step that fits norms (runs, lags + 1): e to the slope of their logarithm."""
    return np.exp(np.polyfit(np.arange(FIRST, norms.shape[1]), np.log(norms[:, FIRST:]).T, 1)[0])


def straightness(norms: np.ndarray) -> np.ndarray:
    """(runs,): how well a constant factor below 1 fits: minus the correlation of the logarithm with the lag."""
    lags = np.arange(FIRST, norms.shape[1])
    return np.array([-np.corrcoef(lags, np.log(run[FIRST:]))[0, 1] for run in norms])


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    runs, mean = measurement.plot_data
    lags = np.asarray(measurement.table["lag"])
    figure, (layers, rnns) = subplots(columns=2, width=5, height=4.2)
    plot_runs(layers, lags, {labels[name].format(factor=mean[name]): runs[name] for name in LAYERS})
    for number, gamma in enumerate(GAMMAS):
        plot_range(rnns, lags, runs[gamma], LINE_STYLES[number], f"‖W_h‖ = {gamma:g}")
        rnns.plot(lags, gamma**lags, **(BOOK_STYLE | {"color": LINE_STYLES[number]["color"]}))
    layers.plot(lags, mean["rnn"] ** lags, **BOOK_STYLE, label=labels["line"].format(factor=mean["rnn"]))
    for axis in (layers, rnns):
        axis.set_yscale("log")
    rnns.set_ylim(1e-14, 1e14)
    label_axes(layers, labels["layers"], labels["lag"], labels["norm"])
    label_axes(rnns, labels["rnns"], labels["lag"], legend=False)
    rnns.legend(loc="upper left", fontsize=9, framealpha=1, edgecolor="none")  # above the bounds
    return figure
