"""Larger initial weights against vanishing gradients: how far they help, and from where they do harm (theory G2)."""

from collections.abc import Mapping
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import Array
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.errors import DivergedError
from gradus.figures.experiments import SEEDS, list_numbers, networks_by_epoch, percent_correct, run_settings
from gradus.figures.exploding import growth
from gradus.figures.gradients import hidden_bias_norms, inputs_and_targets, scale_weights
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK_STYLE, LINE_STYLES, MARKERS, label_axes, plot_range, plot_runs, subplots
from gradus.network import Network, backprop
from gradus.training import build_network

__all__ = ["draw", "measure"]

FACTORS = (1, 2, 4, 8, 16, 32)  # on weights from N(0, 1/sqrt(n_in))
DEPTHS = (6, 12, 24)
ETAS = (0.01, 0.1)  # each network counts at the better one
PROBE = 100  # images whose errors are followed back one by one
TOLERANCE = 0.15  # relative, of a factor per layer
GAIN = 20  # percent more classified correctly, which is called help


class Setting(NamedTuple):
    """Hidden layers of 30 units, and what multiplies the suitable initial weights of their activation."""

    activation: str
    depth: int
    factor: int = 1


SIGMOID = [Setting("sigmoid", depth, factor) for depth in DEPTHS for factor in FACTORS]
RELU = [Setting("relu", depth) for depth in DEPTHS]


def measure(sources: Sources, epochs: int = 5, examples: int = 10_000, seeds: int = SEEDS) -> Measurement:
    """Measure each network's factor per layer at the start, and its accuracy after mini-batches of 10."""
    data, probe = sources.mnist.with_examples(examples), sources.mnist.with_examples(PROBE)
    factors = run_settings(partial(factor_per_layer, probe), FACTORS, seeds)
    trained = run_settings(partial(accuracy, data, epochs), product([*SIGMOID, *RELU], ETAS), seeds)
    ends = {setting: at_best_eta(setting, trained) for setting in (*SIGMOID, *RELU)}  # (seeds,) each
    mean = {setting: results.mean() for setting, results in ends.items()}
    best = {depth: max(FACTORS, key=lambda factor: mean[Setting("sigmoid", depth, factor)]) for depth in DEPTHS}
    numbers: dict[str, Any] = {
        "runs": seeds, "epochs": epochs, "examples": examples, "depths": list_numbers(DEPTHS, "d"),
        "etas": list_numbers(ETAS, "g"), "factors": list_numbers(FACTORS, "d"), "most": FACTORS[-1],
        "per_layer": list_numbers((factors[factor].mean() for factor in FACTORS), ".2f"),
        "predicted": list_numbers(map(predicted_factor, FACTORS), ".2f"),
        "usual": list_accuracies(mean[Setting("sigmoid", depth)] for depth in DEPTHS),
        "best": list_numbers(best.values(), "d"),
        "best_ends": list_accuracies(mean[Setting("sigmoid", depth, best[depth])] for depth in DEPTHS),
        "large_ends": list_accuracies(mean[Setting("sigmoid", depth, FACTORS[-1])] for depth in DEPTHS),
        "relu_ends": list_accuracies(mean[Setting("relu", depth)] for depth in DEPTHS),
    }  # fmt: skip
    rows = [
        (*setting, eta, seed, result)
        for (setting, eta), results in trained.items()
        for seed, result in enumerate(results.tolist())
    ]
    columns = (*Setting._fields, "eta", "seed", "accuracy")
    table = dict(zip(columns, zip(*rows, strict=True), strict=True))
    is_predicted = all(abs(factors[k].mean() / predicted_factor(k) - 1) < TOLERANCE for k in FACTORS)
    return Measurement(table, numbers, is_predicted and helps_then_harms(mean), plot_data=(factors, ends))


def list_accuracies(values: Any) -> str:
    return list_numbers(values, ".0f", "%")


def helps_then_harms(mean: Mapping[Setting, float]) -> bool:
    """Whether at each depth some factor helps, the largest does not, and the best helps less in deeper networks."""
    gains = []
    for depth in DEPTHS:
        ends = [mean[Setting("sigmoid", depth, factor)] for factor in FACTORS]
        gains.append(max(ends) - ends[0])
        if gains[-1] < GAIN or ends[-1] > ends[0] + GAIN:
            return False
    return gains == sorted(gains, reverse=True)


def at_best_eta(setting: Setting, trained: Mapping[tuple[Setting, float], np.ndarray]) -> np.ndarray:
    """(seeds,): the accuracies at the learning rate whose mean is best."""
    return max((trained[setting, eta] for eta in ETAS), key=np.mean)


def accuracy(data: Dataset, epochs: int, trial: tuple[Setting, float], seed: int) -> float:
    """The validation accuracy after training, in percent; that of guessing if training diverges."""
    setting, eta = trial
    network = deep_network(data, setting, seed)
    try:
        *_, last = networks_by_epoch(network, data, epochs=epochs, learning_rate=eta, seed=seed)
    except DivergedError:
        return 100 / len(data.classes)
    return percent_correct(last, data, "validation")


def deep_network(data: Dataset, setting: Setting, seed: int) -> Network:
    """The network of a setting, with biases 0."""
    sizes = [784, *setting.depth * [30], 10]
    network = build_network(data, sizes, cost="cross-entropy", activation=setting.activation, seed=seed)
    return scale_weights(network, setting.factor)


def factor_per_layer(probe: Dataset, factor: int, seed: int) -> float:
    """What a layer multiplies the root mean square of ||delta|| by, over single images, before the first step."""
    network = deep_network(probe, Setting("sigmoid", min(DEPTHS), factor), seed)

    def norms_for_image(x: Array, y: Array) -> Array:
        gradients = backprop(network.chain, network.cost, network.params, x[None], y[None]).gradients
        return hidden_bias_norms(network.chain, gradients)

    norms = np.asarray(jax.vmap(norms_for_image)(*inputs_and_targets(probe)), float)  # (images, layers)
    return float(growth(np.sqrt((norms**2).mean(axis=0))[None])[0])


def predicted_factor(k: float) -> float:
    """k times the root mean square of sigma'(z) for z ~ N(0, sqrt(q)), where q = k^2 E[sigma(z)^2] (theory G2a)."""
    unit = np.linspace(-8, 8, 20_001)
    density = np.exp(-(unit**2) / 2)
    density /= density.sum()
    q = a = 1.0
    for _ in range(100):
        a = 1 / (1 + np.exp(-np.sqrt(q) * unit))
        q = k**2 * (density * a**2).sum()
    return float(k * np.sqrt((density * (a * (1 - a)) ** 2).sum()))


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    factors, ends = measurement.plot_data
    figure, (start, end) = subplots(columns=2, width=5, height=4)
    plot_range(start, FACTORS, np.transpose([factors[k] for k in FACTORS]), LINE_STYLES[0] | {"marker": "o"},
               labels["measured"])  # fmt: skip
    start.plot(FACTORS, [predicted_factor(k) for k in FACTORS], **BOOK_STYLE, label=labels["predicted"])
    start.axhline(1, color="gray", linewidth=0.8)
    start.set_yscale("log")
    start.set_yticks([0.25, 0.5, 1, 2], ["0.25", "0.5", "1", "2"])
    start.minorticks_off()
    by_depth = {depth: np.transpose([ends[Setting("sigmoid", depth, k)] for k in FACTORS]) for depth in DEPTHS}
    plot_runs(end, FACTORS, {labels["depth"].format(depth=depth): runs for depth, runs in by_depth.items()},
              marker=MARKERS)  # fmt: skip
    for depth, style in zip(DEPTHS, LINE_STYLES, strict=False):
        level = ends[Setting("relu", depth)].mean()
        label = labels["relu"] if depth == min(DEPTHS) else None
        end.axhline(level, **(BOOK_STYLE | {"color": style["color"]}), label=label)
    for axis in (start, end):
        axis.set_xscale("log", base=2)
        axis.set_xticks(FACTORS, map(str, FACTORS))
    label_axes(start, labels["start"], labels["factor"], labels["per_layer"])
    label_axes(end, labels["end"], labels["factor"], labels["validation_accuracy"])
    return figure
