"""Remedies for vanishing and exploding gradients, measured one by one (theory G2)."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradus.data import Dataset, Examples
from gradus.errors import DivergedError
from gradus.figures.experiments import SEEDS, networks_by_epoch, percent_correct, run_settings
from gradus.figures.gradients import inputs_and_targets, scale_weights
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import BAR_STYLES, label_axes, subplots
from gradus.layers import is_weight
from gradus.network import Network, backprop
from gradus.recurrent import Recurrent
from gradus.training import build_network

__all__ = ["draw", "measure"]

ETA = 0.1
LEARNED = 50.0  # percent; guessing among ten digits gives 10
PROBE = 500  # training images on which gradients are taken


class Setting(NamedTuple):
    """A network without its output layer, and the treatment of its gradients.

    Args:
        weights: the initial ones.
        factor: multiplies all weights.
        clip_norm: the largest length of a gradient.
    """

    layers: str
    weights: str = "scaled"
    factor: float = 1.0
    clip_norm: float | None = None


VANISHING = {
    "sigmoid": Setting(6 * "dense30 sigmoid "),
    "relu": Setting(6 * "dense30 relu ", "he"),
    "weights": Setting(6 * "dense30 sigmoid ", factor=4),
    "batchnorm": Setting(6 * "dense30 batchnorm sigmoid "),
    "layernorm": Setting(6 * "dense30 layernorm sigmoid "),
    "residual": Setting("dense30 sigmoid " + 5 * "residual(dense30 sigmoid) "),
}
EXPLODING = {
    "large": Setting(6 * "dense30 relu ", "he", factor=2),
    "clipped": Setting(6 * "dense30 relu ", "he", factor=2, clip_norm=1.0),
}
THROUGH_TIME = {
    "rnn": Setting("rnn32 last "),
    "rnn_clipped": Setting("rnn32 last ", clip_norm=1.0),
    "lstm": Setting("lstm32 last "),
}
GROUPS = (VANISHING, EXPLODING, THROUGH_TIME)
SETTINGS = VANISHING | EXPLODING | THROUGH_TIME
REMEDIES = ("relu", "weights", "batchnorm", "layernorm", "residual", "clipped", "rnn_clipped", "lstm")
RESULTS = ("first_over_last", "length", "first_over_last_after", "accuracy")
jit_backprop = jax.jit(backprop, static_argnums=(0, 1))


def measure(sources: Sources, epochs: int = 5, examples: int = 10_000, seeds: int = SEEDS) -> Measurement:
    """Compute each network's gradients at the start, and its accuracy after a few epochs of mini-batches of 10."""
    data = sources.mnist.with_examples(examples)
    runs = run_settings(partial(start_and_end, data, epochs), SETTINGS, seeds)
    medians = {name: np.median(results, axis=0).tolist() for name, results in runs.items()}
    ratio, length, ratio_after, accuracy = (
        {name: results[column] for name, results in medians.items()} for column in range(4)
    )
    numbers: dict[str, Any] = {"runs": seeds, "epochs": epochs, "examples": examples, "length": length["large"]}
    for name in SETTINGS:
        numbers[f"{name}_ratio"], numbers[f"{name}_ratio_after"] = f"{ratio[name]:.2g}", f"{ratio_after[name]:.2g}"
        numbers[f"{name}_accuracy"] = accuracy[name]
    with_remedy = [ratio_after[name] for name in REMEDIES]
    numbers |= {"after_low": min(with_remedy), "after_high": max(with_remedy)}
    numbers["diverged"] = int(np.isnan(runs["large"][:, 3]).sum())
    rows = [(name, seed, *results) for name, by_seed in runs.items() for seed, results in enumerate(by_seed.tolist())]
    table = dict(zip(("network", "seed", *RESULTS), zip(*rows, strict=True), strict=True))
    return Measurement(table, numbers, all_help(ratio, accuracy), plot_data=(ratio, ratio_after, accuracy))


def all_help(ratio: Mapping[str, float], accuracy: Mapping[str, float]) -> bool:
    """Whether networks learn with every remedy and do not without, and gradients vanish less."""
    cures = [name for name in VANISHING if name != "sigmoid"]
    learns = all(accuracy[name] > LEARNED for name in REMEDIES)
    fails = not any(accuracy[name] > LEARNED for name in ("sigmoid", "large", "rnn"))
    return learns and fails and all(ratio[name] > 3 * ratio["sigmoid"] for name in cures)


def start_and_end(data: Dataset, epochs: int, name: str, seed: int) -> tuple[float, ...]:
    """RESULTS of one training: the first gradient over the last and the length of all at the start, then, after it,
    that ratio and the validation accuracy in percent; both nan if it diverges."""
    setting = SETTINGS[name]
    data = rows_as_steps(data) if name in THROUGH_TIME else data
    network = build_network(data, f"{setting.layers}dense10", cost="cross-entropy", weights=setting.weights, seed=seed)
    network = scale_weights(network, setting.factor)
    probe = data.with_examples(min(PROBE, len(data.training.x)))
    at_start = gradient_sizes(network, probe)
    try:
        *_, last = networks_by_epoch(
            network, data, epochs=epochs, learning_rate=ETA, clip_norm=setting.clip_norm, seed=seed
        )
    except DivergedError:
        return *at_start, np.nan, np.nan
    return *at_start, gradient_sizes(last, probe)[0], percent_correct(last, data, "validation")


def rows_as_steps(data: Dataset) -> Dataset:
    """Every image as the sequence of its rows, from the top."""
    training, validation, test = (Examples(x[..., 0], y) for x, y in (data.training, data.validation, data.test))
    return replace(data, training=training, validation=validation, test=test)


def gradient_sizes(network: Network, data: Dataset) -> tuple[float, float]:
    """||dC/dw|| of the first hidden layer over the last one's, or ||dC/dx|| of time steps; and the whole length."""
    result = jit_backprop(network.chain, network.cost, network.params, *inputs_and_targets(data))
    if isinstance(network.chain.layers[0], Recurrent):
        norms = list(jnp.linalg.norm(result.dx, axis=(0, 2)))  # over all examples, by time step
    else:
        of_weights = [dw for path, dw in jax.tree.leaves_with_path(result.gradients) if is_weight(path)]
        norms = [jnp.linalg.norm(dw) for dw in of_weights[:-1]]
    return float(norms[0] / norms[-1]), float(optax.tree.norm(result.gradients))


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    ratio, ratio_after, accuracy = measurement.plot_data
    figure, (gradients, end) = subplots(columns=2, width=5, height=4.8)
    places = plot_groups(gradients, ratio, labels)
    low, after = min(ratio.values()) / 5, np.array(list(ratio_after.values()))
    gradients.plot(after, places, "kD", markersize=5, label=labels["after"])
    is_beyond = after < low
    gradients.plot(np.full(is_beyond.sum(), low), places[is_beyond], "k<", clip_on=False, label=labels["beyond"])
    gradients.set_xscale("log")
    gradients.set_xlim(low, 3 * max(ratio.values()))
    gradients.axvline(1, color="gray", linewidth=0.8)
    for place, value in zip(plot_groups(end, accuracy, labels), accuracy.values(), strict=True):
        text = labels["diverged"] if np.isnan(value) else f"{value:.1f}"
        end.text(np.nan_to_num(value) + 1.5, place, text, va="center", fontsize=8)
    end.set_yticklabels([])
    end.set_xlim(0, 115)
    label_axes(gradients, labels["gradients"], labels["ratio"], legend=False)
    label_axes(end, labels["end"], labels["validation_accuracy"])
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def plot_groups(axis: Axes, values: Mapping[str, float], labels: Mapping[str, str]) -> np.ndarray:
    """Plot a bar for each network, in groups from the top; their places on the y-axis."""
    places: list[float] = []
    for group, style in zip(GROUPS, BAR_STYLES, strict=True):
        top = places[-1] - 1.5 if places else 0.0
        of_group = [top - number for number in range(len(group))]
        axis.barh(of_group, [np.nan_to_num(values[name]) for name in group], alpha=0.5, **style)
        places += of_group
    axis.set_yticks(places, [labels[name] for name in SETTINGS])
    return np.array(places)
