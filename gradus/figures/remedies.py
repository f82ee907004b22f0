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
from gradus.figures.experiments import SEEDS, over_seeds
from gradus.figures.gradients import inputs_and_outputs, with_larger_weights
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, axes_of, label_axes
from gradus.layers import Recurrent, is_weight
from gradus.network import Network, backprop
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["draw", "measure"]

ETA = 0.1
LEARNED = 50.0  # percent; ten digits guessed at random come to 10
jit_backprop = jax.jit(backprop, static_argnums=(0, 1))
PROBE = 500  # of the training images, on which the gradients at the start are taken


class Setting(NamedTuple):
    """A network without its output layer, and what is done about its gradients.

    weights: their initial distribution.  factor: on all weights.  clip_norm: gradients are cut to this length.
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
REMEDIES = ("relu", "weights", "batchnorm", "layernorm", "residual", "clipped", "rnn_clipped", "lstm")
GROUPS = (VANISHING, EXPLODING, THROUGH_TIME)
HATCHES = ("", "//", "..")


def measure(sources: Sources, epochs: int = 5, examples: int = 10_000, seeds: int = SEEDS) -> Measured:
    """Each network's gradients at the start, and its accuracy after a few epochs of mini-batches of 10."""
    data = sources.mnist.with_examples(examples)
    settings = VANISHING | EXPLODING | THROUGH_TIME
    images = dict.fromkeys(settings, data) | dict.fromkeys(THROUGH_TIME, as_rows(data))
    found = {
        name: over_seeds(partial(start_and_end, images[name], setting, epochs), seeds)
        for name, setting in settings.items()
    }
    ratio, length, ratio_after, accuracy = (
        {name: float(np.median(runs[:, column])) for name, runs in found.items()} for column in range(4)
    )
    numbers: dict[str, Any] = {"runs": seeds, "epochs": epochs, "examples": examples, "length": length["large"]}
    for name in settings:
        numbers[f"{name}_ratio"], numbers[f"{name}_ratio_after"] = f"{ratio[name]:.2g}", f"{ratio_after[name]:.2g}"
        numbers[f"{name}_accuracy"] = accuracy[name]
    with_remedy = [ratio_after[name] for name in REMEDIES]
    numbers |= {"after_low": min(with_remedy), "after_high": max(with_remedy)}
    numbers["diverged"] = int(np.isnan(found["large"][:, 3]).sum())
    return Measured(table(found), numbers, helps(ratio, accuracy), drawn=(ratio, ratio_after, accuracy))


def helps(ratio: Mapping[str, float], accuracy: Mapping[str, float]) -> bool:
    """Whether the network learns with every remedy and without it does not, and the gradients vanish less."""
    cures = [name for name in VANISHING if name != "sigmoid"]
    learns = all(accuracy[name] > LEARNED for name in REMEDIES)
    fails = not any(accuracy[name] > LEARNED for name in ("sigmoid", "large", "rnn"))
    return learns and fails and all(ratio[name] > 3 * ratio["sigmoid"] for name in cures)


def as_rows(data: Dataset) -> Dataset:
    """Every image as the sequence of its rows, from the top."""
    training, validation, test = (Examples(x[..., 0], y) for x, y in (data.training, data.validation, data.test))
    return replace(data, training=training, validation=validation, test=test)


def start_and_end(data: Dataset, setting: Setting, epochs: int, seed: int) -> tuple[float, ...]:
    """The first gradient over the last and the length of the whole one; after training, that ratio and the accuracy.

    The last two are nan where training does not come to its end. The accuracy is in percent.
    """
    network = build_network(data, f"{setting.layers}dense10", cost="cross-entropy", weights=setting.weights, seed=seed)
    network = with_larger_weights(network, setting.factor)
    probe = data.with_examples(min(PROBE, len(data.training.x)))
    start = gradients_at(network, probe)
    run = fit(network, data, epochs=epochs, learning_rate=ETA, clip_norm=setting.clip_norm, seed=seed)
    try:
        *_, last = run
    except DivergedError:
        return *start, np.nan, np.nan
    assert last.validation
    return *start, gradients_at(last.network, probe)[0], 100 * last.validation.accuracy


def gradients_at(network: Network, data: Dataset) -> tuple[float, float]:
    """||dC/dw|| of the first hidden layer over the last one's, or of time steps ||dC/dx||; and the whole length."""
    # one layer further than usual: dC/dx of every input, too
    back = jit_backprop(network.chain, network.cost, network.params, *inputs_and_outputs(data))
    dx, gradients = back.dx, back.gradients
    if isinstance(network.chain.layers[0], Recurrent):
        norms = list(jnp.linalg.norm(dx, axis=(0, 2)))  # of all examples, by time step
    else:
        of_weights = [dw for path, dw in jax.tree.leaves_with_path(gradients) if is_weight(path)]
        norms = [jnp.linalg.norm(dw) for dw in of_weights[:-1]]
    return float(norms[0] / norms[-1]), float(optax.tree.norm(gradients))


def table(found: Mapping[str, np.ndarray]) -> dict[str, Any]:
    columns = ("network", "seed", "first_over_last", "length", "first_over_last_after", "accuracy")
    rows = [(name, seed, *values) for name, runs in found.items() for seed, values in enumerate(runs.tolist())]
    return dict(zip(columns, zip(*rows, strict=True), strict=True))


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    ratio, ratio_after, accuracy = measured.drawn
    figure, (gradients, end) = axes_of(columns=2, width=5, height=4.8)
    places = np.array(bars(gradients, ratio, labels))
    low, after = min(ratio.values()) / 5, np.array(list(ratio_after.values()))
    gradients.plot(after, places, "kD", markersize=5, label=labels["after"])
    beyond = after < low
    gradients.plot(np.full(beyond.sum(), low), places[beyond], "k<", clip_on=False, label=labels["beyond"])
    gradients.set_xscale("log")
    gradients.set_xlim(low, 3 * max(ratio.values()))
    gradients.axvline(1, color="gray", linewidth=0.8)
    for place, value in zip(bars(end, accuracy, labels), accuracy.values(), strict=True):
        written = labels["diverged"] if np.isnan(value) else f"{value:.1f}"
        end.text(np.nan_to_num(value) + 1.5, place, written, va="center", fontsize=8)
    end.set_yticklabels([])
    end.set_xlim(0, 115)
    label_axes(gradients, labels["gradients"], labels["ratio"], legend=False)
    label_axes(end, labels["end"], labels["validation_accuracy"])
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def bars(axis: Axes, values: Mapping[str, float], labels: Mapping[str, str]) -> list[float]:
    """A bar a network, in groups from the top; where they are."""
    place, places = 0.0, []
    for group, look, hatch in zip(GROUPS, LINE_STYLES, HATCHES, strict=False):
        for name in group:
            axis.barh(
                place, np.nan_to_num(values[name]), color=look["color"], alpha=0.5, hatch=hatch, edgecolor="white"
            )
            places.append(place)
            place -= 1
        place -= 0.5
    axis.set_yticks(places, [labels[name] for group in GROUPS for name in group])
    return places
