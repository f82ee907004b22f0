"""Do better optimizers train deep networks? Four of them, from random weights, in 1 to 8 hidden layers (theory G3)."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.equations import Cost
from gradus.figures.experiments import SEEDS, list_numbers, run_settings, seed_columns, without_validation
from gradus.figures.gradients import inputs_and_targets
from gradus.figures.hessian import costs_at
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK_STYLE, MARKERS, label_axes, plot_runs, subplots
from gradus.layers import Chain
from gradus.network import Network, backprop
from gradus.optimizers import SECOND_ORDER, find_optimizer
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["draw", "measure"]

# First-order methods count at their best eta, network by network; the others choose the length of a step themselves.
ETAS: dict[str, tuple[float, ...]] = {
    "gradient-descent": (0.3, 1.0, 3.0),
    "momentum": (0.1, 0.3, 1.0),
    "lbfgs": (0.0,),
    "newton-cg": (0.0,),
}
DEPTHS = {"sigmoid": (1, 2, 3, 4, 5, 6, 7, 8), "relu": (1, 4, 8)}  # hidden layers of 30 units
STUCK, LEARNED = 0.95, 0.5  # shares of the plateau's cost: above the first a run is stuck, below the second it learns
FIRST, SECOND = ("gradient-descent", "momentum"), ("lbfgs", "newton-cg")
FLOOR = 1e-6  # lower costs are drawn here: float32 does not resolve them


class Setting(NamedTuple):
    """A network, and how it is trained."""

    activation: str
    depth: int
    optimizer: str
    eta: float


def measure(
    sources: Sources, passes: int = 200, seeds: int = SEEDS, depths: Mapping[str, tuple[int, ...]] = DEPTHS
) -> Measurement:
    """Train on the 8x8 digits, all of them in every step, until the passes through the data are used up."""
    networks = [(activation, depth) for activation, of in depths.items() for depth in of]
    settings = [Setting(*network, name, eta) for network in networks for name in ETAS for eta in ETAS[name]]
    costs = run_settings(partial(costs_by_pass, sources.digits, passes), settings, seeds)
    runs = {(*network, name): at_best_eta(costs, network, name) for network in networks for name in ETAS}
    plateau = plateau_cost(sources.digits)
    share = {key: by_seed[:, -1] / plateau for key, by_seed in runs.items()}
    numbers: dict[str, Any] = {"passes": passes, "runs": seeds, "plateau": plateau}
    for activation, of in depths.items():
        numbers[f"{activation}_depths"] = list_numbers(of, "d")
    for name in ETAS:
        stuck = [(share["sigmoid", depth, name] > STUCK).sum() for depth in depths["sigmoid"]]
        learned = [(share["relu", depth, name] < LEARNED).sum() for depth in depths["relu"]]
        numbers |= {f"{key(name)}_stuck": list_numbers(stuck, "d"), f"{key(name)}_learned": list_numbers(learned, "d")}
    columns = {f"{activation}{depth}_{name}": by_seed for (activation, depth, name), by_seed in runs.items()}
    table = {"pass": np.arange(passes + 1)} | seed_columns(columns)
    return Measurement(table, numbers, claim_holds(share, depths), answer(share, depths["sigmoid"]), (runs, plateau))


def claim_holds(share: Mapping[tuple[str, int, str], np.ndarray], depths: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether all learn in one layer, and descent and momentum in the deepest network with ReLUs more often.

    With sigmoids, all their starts are stuck there.
    """
    first, deepest = min(depths["sigmoid"]), max(depths["sigmoid"])
    learns = all((share["sigmoid", first, name] < LEARNED).all() for name in ETAS)
    is_stuck = all((share["sigmoid", deepest, name] > STUCK).all() for name in FIRST)
    return learns and is_stuck and all((share["relu", max(depths["relu"]), name] < LEARNED).any() for name in FIRST)


def answer(share: Mapping[tuple[str, int, str], np.ndarray], depths: tuple[int, ...]) -> tuple[str, ...]:
    """The keys of the sentences: whether L-BFGS and Newton-CG, too, stay on the plateau at some depth."""
    fails = {name: any((share["sigmoid", depth, name] > STUCK).any() for depth in depths) for name in SECOND}
    return "shows", *(f"{key(name)}_{'fails' if fails[name] else 'learns'}" for name in SECOND), "relu"


def key(name: str) -> str:
    """The name of an optimizer in the keys of numbers and sentences."""
    return name.replace("-", "_")


def at_best_eta(costs: Mapping[Setting, np.ndarray], network: tuple[str, int], name: str) -> np.ndarray:
    """The costs (seeds, passes + 1) at the eta that ends lowest on average; a run that diverges is as bad as can be."""
    runs = [costs[Setting(*network, name, eta)] for eta in ETAS[name]]
    return min(runs, key=lambda by_seed: np.nan_to_num(by_seed[:, -1], nan=np.inf).mean())


def plateau_cost(data: Dataset) -> float:
    """The cost of answering with the frequencies of the classes, whatever the image: their entropy."""
    frequencies = np.bincount(data.training.y) / len(data.training.y)
    return float(-(frequencies * np.log(frequencies)).sum())


def costs_by_pass(data: Dataset, passes: int, setting: Setting, seed: int) -> np.ndarray:
    """(passes + 1,): the cost on all training examples after 0, 1, ... passes through them."""
    sizes = [64, *setting.depth * [30], 10]
    network = build_network(data, sizes, activation=setting.activation, seed=seed)
    if setting.optimizer in SECOND_ORDER:
        return second_order_costs(network, data, passes, setting.optimizer, seed)
    x, y = inputs_and_targets(data)
    costs = first_order_costs(network.chain, network.cost, setting.optimizer, passes, network.params, x, y, setting.eta)
    return np.asarray(costs, float)


@partial(jax.jit, static_argnums=(0, 1, 2, 3))
def first_order_costs(
    chain: Chain, cost: Cost, optimizer: str, passes: int, params: Any, x: Array, y: Array, eta: float
) -> Array:
    """The same for a first-order method, with one step per pass."""
    method = find_optimizer(optimizer)

    def step(before: tuple[Any, Any], _: None) -> tuple[tuple[Any, Any], Array]:
        params, state = before
        C, gradients = backprop(chain, cost, params, x, y)[:2]
        updates, state = method.update(gradients, state, params, learning_rate=eta)
        return (jax.tree.map(jnp.add, params, updates), state), C

    return lax.scan(step, (params, method.init(params)), length=passes + 1)[1]


def second_order_costs(network: Network, data: Dataset, passes: int, optimizer: str, seed: int) -> np.ndarray:
    """The same for a second-order method, a step of which may take several passes."""
    points: list[tuple[float, float]] = []
    done = 0.0
    settings: dict[str, Any] = {"optimizer": optimizer, "batch_size": len(data.training.x), "seed": seed}
    for step in fit(network, without_validation(data), epochs=passes + 1, **settings):
        points.append((done, step.cost))  # the cost before the step
        done = step.passes or 0.0
        if done > passes:
            break
    return costs_at(np.arange(passes + 1), np.array(points))


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    runs, plateau = measurement.plot_data
    depths: dict[str, list[int]] = {}
    for activation, depth, _ in runs:
        depths.setdefault(activation, []).append(depth)
    figure, (*ends, over_passes) = subplots(columns=3, width=4.2, height=3.8)
    for axis, (activation, of) in zip(ends, depths.items(), strict=True):
        of = sorted(set(of))
        lines = {labels[name]: np.transpose([runs[activation, n, name][:, -1] for n in of]) for name in ETAS}
        plot_runs(axis, of, {name: costs.clip(FLOOR) for name, costs in lines.items()}, marker=MARKERS)
        label_axes(axis, labels[activation], labels["layers"], labels["end"], legend=activation == "relu")
    deepest = max(depths["sigmoid"])
    curves = {labels[name]: runs["sigmoid", deepest, name] for name in ETAS}
    plot_runs(over_passes, measurement.table["pass"], curves)
    label_axes(over_passes, labels["deepest"].format(depth=deepest), labels["passes"], labels["cost"], legend=False)
    for axis in (*ends, over_passes):
        axis.set_yscale("log")
        axis.axhline(plateau, **BOOK_STYLE)
    return figure
