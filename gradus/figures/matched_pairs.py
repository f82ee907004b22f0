"""Three outputs with the cost that matches them, and one with a cost that does not (theory B4)."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from jax import Array
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradus.data import Dataset
from gradus.equations import Cost, CrossEntropy, LogLikelihood, Quadratic
from gradus.figures.etas import best_eta
from gradus.figures.experiments import (
    SEEDS,
    curve_table,
    networks_by_epoch,
    percent_correct,
    run_settings,
    sigmoid_network,
)  # fmt: skip
from gradus.figures.gradients import inputs_and_targets
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, MARKERS, label_axes, plot_runs, skip_start, subplots
from gradus.models import evaluate
from gradus.network import Network, trace

__all__ = ["draw", "measure"]

PAIRS: dict[str, Cost] = {
    "cross_entropy": CrossEntropy(),
    "log_likelihood": LogLikelihood(),
    "linear": Quadratic(),
    "mismatch": Quadratic("sigmoid"),
}
RUNS = {name: name for name in PAIRS} | {"same_eta": "mismatch"}  # the last with the eta of the cross-entropy
WEIGHTS = ("gaussian", "scaled")
PROBE = 1000  # training images whose output errors are looked at
WRONG = 0.95  # outputs farther than that from their target are badly wrong
HALF_WRONG = (0.6, 0.75)  # around 2/3, where the mismatched delta is largest
CLOSE = 1.0  # percentage points within which accuracies count as alike
Errors = dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]  # |a - y| and |delta| of all outputs, by setting


def measure(sources: Sources, examples: int = 5000, epochs: int = 30, seeds: int = SEEDS) -> Measurement:
    """Train 784-30-10 with each output and cost, each at its own best eta, from large and from scaled weights."""
    data = sources.mnist.with_examples(examples)
    etas = {
        (weights, name): best_eta(partial(start, data, weights, name), data, seeds, epochs=epochs)
        for weights, name in product(WEIGHTS, PAIRS)
    }
    etas |= {(weights, "same_eta"): etas[weights, "cross_entropy"] for weights in WEIGHTS}
    runs = run_settings(partial(curves, data, epochs, etas), etas, seeds)
    errors = {setting: output_errors(start(data, *setting, 0), data) for setting in product(WEIGHTS, PAIRS)}
    numbers: dict[str, Any] = {"examples": examples, "epochs": epochs}
    for (weights, name), by_seed in runs.items():
        accuracy, key = by_seed[:, 1].mean(axis=0), f"{weights}_{name}"
        numbers |= {f"{key}_eta": f"{etas[weights, name]:g}", f"{key}_first": accuracy[1], f"{key}_last": accuracy[-1]}
    numbers |= error_numbers(errors) | {"limit": largest_stable_eta(start(data, "gaussian", "linear", 0), data)}
    table = curve_table({"_".join(setting): of for setting, of in runs.items()}, ("cost", "accuracy"), first_epoch=0)
    sentences = ("shows", *outcomes(numbers))
    return Measurement(table, numbers, bears_out(runs, errors, numbers), sentences, (runs, errors))


def start(data: Dataset, weights: str, name: str, seed: int) -> Network:
    """The network before training: the same for all pairs, but for its cost and the output that the cost owns."""
    return replace(sigmoid_network(data, weights=weights, seed=seed), cost=PAIRS[RUNS[name]])


def curves(
    data: Dataset, epochs: int, etas: Mapping[tuple[str, str], float], setting: tuple[str, str], seed: int
) -> np.ndarray:
    """(2, epochs + 1): the training cost as a share of the first, and the test accuracy in percent."""
    first = start(data, *setting, seed)
    later = networks_by_epoch(first, data, epochs=epochs, learning_rate=etas[setting], seed=seed)
    rows = [
        (evaluate(one, data.training, data.preprocessing).cost, percent_correct(one, data, "test"))
        for one in (first, *later)
    ]
    costs, accuracies = np.transpose(rows)
    return np.array([costs / costs[0], accuracies])


def output_errors(network: Network, data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """|a - y| and |delta| of every output for every image of the probe."""
    x, y = probe(data)
    step = trace(network.chain, network.cost, network.params, x, y)
    return np.abs(np.ravel(step.output - y)), len(x) * np.abs(np.ravel(step.layers[-1].dy))  # without the 1/m


def largest_stable_eta(network: Network, data: Dataset) -> float:
    """The eta above which full steps of linear outputs with the quadratic cost grow: 2 over the largest curvature."""
    x, y = probe(data)
    a = np.asarray(trace(network.chain, network.cost, network.params, x, y).layers[-1].x)
    a = np.column_stack([a, np.ones(len(a))])  # for the biases
    return float(2 / np.linalg.eigvalsh(a.T @ a / len(a))[-1])


def probe(data: Dataset) -> tuple[Array, Array]:
    """The first training images and their targets."""
    return inputs_and_targets(data.with_examples(min(PROBE, len(data.training.x))))


def error_numbers(errors: Errors) -> dict[str, float]:
    """How many sigmoid outputs are badly wrong, in percent, and the mean mismatched |delta| by how wrong they are."""
    error, delta = errors["gaussian", "mismatch"]
    low, high = HALF_WRONG
    return {
        "wrong": WRONG,
        "gaussian_wrong": 100 * (error > WRONG).mean(),
        "scaled_wrong": 100 * (errors["scaled", "mismatch"][0] > WRONG).mean(),
        "delta_wrong": delta[error > WRONG].mean(),
        "delta_half": delta[(error > low) & (error < high)].mean(),
        "linear_most": errors["gaussian", "linear"][0].max(),
    }


def outcomes(numbers: Mapping[str, Any]) -> tuple[str, str]:
    """The sentences on linear outputs, and on the mismatch from scaled weights."""
    is_behind = numbers["gaussian_linear_last"] < numbers["gaussian_mismatch_last"] - CLOSE
    is_close = abs(numbers["scaled_mismatch_last"] - numbers["scaled_cross_entropy_last"]) <= CLOSE
    return "linear_behind" if is_behind else "linear_keeps_up", "close" if is_close else "apart"


def bears_out(runs: Mapping[tuple[str, str], np.ndarray], errors: Errors, numbers: Mapping[str, Any]) -> bool:
    """Whether delta is a - y for matched pairs alone, and from large weights both of them begin faster in every run."""
    is_difference = {
        name: np.allclose(error, delta, rtol=1e-4, atol=1e-6) for (_, name), (error, delta) in errors.items()
    }
    first = {name: by_seed[:, 1, 1] for (weights, name), by_seed in runs.items() if weights == "gaussian"}
    return (
        all(is_difference[name] != (name == "mismatch") for name in PAIRS)
        and numbers["delta_wrong"] < numbers["delta_half"]
        and min(first["cross_entropy"].min(), first["log_likelihood"].min()) > first["mismatch"].max()
    )


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    runs, errors = measurement.plot_data
    figure, axes = subplots(columns=3, rows=2, width=4, height=3.2)
    plot_deltas(axes[0], errors, labels)
    plot_distribution(axes[3], errors, labels)
    epochs = measurement.table["epoch"]
    for (cost, accuracy), weights in zip((axes[1:3], axes[4:6]), WEIGHTS, strict=True):
        for row, axis in enumerate((cost, accuracy)):
            plot_runs(axis, epochs, {labels[name]: runs[weights, name][:, row] for name in RUNS})
        cost.set_yscale("log")
        skip_start(accuracy, [runs[weights, name][:, 1] for name in RUNS])
        label_axes(cost, labels[weights], labels["epoch"], labels["relative_cost"], legend=False)
        label_axes(accuracy, labels[weights], labels["epoch"], labels["test_accuracy"], legend=False)
    figure.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def plot_deltas(axis: Axes, errors: Errors, labels: Mapping[str, str]) -> None:
    """Plot |delta| against |a - y|: both lines, and outputs at regular distances, shifted from pair to pair."""
    e = np.linspace(0, 1, 101)
    for delta in (e, e * e * (1 - e)):
        axis.plot(e, delta, color="black", linewidth=0.8)
    for number, (name, style, marker) in enumerate(zip(PAIRS, LINE_STYLES, MARKERS, strict=False)):
        error, delta = errors["gaussian", name]
        order = np.argsort(error)
        places = np.searchsorted(error[order], (np.arange(12) + number / 4 + 0.2) / 12.5)
        some = order[places[places < len(order)]]
        axis.plot(error[some], delta[some], marker, color=style["color"], markersize=5)
    label_axes(axis, labels["output_error"], "|a − y|", "|δ|", legend=False)


def plot_distribution(axis: Axes, errors: Errors, labels: Mapping[str, str]) -> None:
    """Plot how wrong the sigmoid outputs are before training, from both initial weights."""
    for weights, style in zip(WEIGHTS, LINE_STYLES, strict=False):
        error, _ = errors[weights, "mismatch"]
        shares, edges = np.histogram(error, bins=20, range=(0, 1))
        axis.stairs(100 * shares / len(error), edges, label=labels[weights], **style)
    axis.margins(y=0.4)  # for the legend
    label_axes(axis, labels["how_wrong"], "|a − y|", labels["share"])
