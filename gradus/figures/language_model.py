"""A language model learns: its samples after each epoch, beside its cost in nats and bits (theory F3)."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradus.data import Text
from gradus.figures.fonts import MONOSPACED
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import BOOK_STYLE, LINE_STYLES, label_axes, subplots
from gradus.language import VALIDATION_STREAMS, evaluate_text, sample, text_network
from gradus.network import Network
from gradus.runs import fit

__all__ = ["draw", "measure"]

PROMPT = "When a "
TEMPERATURE, SEED = 0.8, 2
LENGTH = 3000  # characters of a sample, whose words are looked up
EXCERPT = 88  # characters of a sample that fit into the picture
# The relative distance of the untrained model's cost from ln(vocabulary): its first outputs z are random, and a
# variance s of them adds s/2 nats.
TOLERANCE = 0.05
WORD = re.compile(r"\b[a-z]{3,}\b")


def measure(sources: Sources, layers: str = "lstm128", epochs: int = 7) -> Measurement:
    """Train on the text; after each epoch evaluate the model, and sample from it with one prompt and one seed."""
    text = sources.text
    start = text_network(text, layers)
    networks = [start, *(epoch.network for epoch in fit(start, text, epochs=epochs))]
    nats = [evaluate_text(network, text.validation, VALIDATION_STREAMS).cost for network in networks]
    samples = [continuation(network, text) for network in networks]
    vocabulary = set(WORD.findall("".join(text.vocabulary[index] for index in text.training)))
    known = [share_known(one, vocabulary) for one in samples]
    blind = math.log(len(text.vocabulary))
    bits = np.array(nats) / math.log(2)
    numbers = {
        "characters": len(text.training),
        "vocabulary": len(text.vocabulary),
        "blind": blind,
        "start": nats[0],
        "first": nats[1],
        "last": nats[-1],
        "bits": bits[-1],
        "perplexity": math.exp(nats[-1]),
        "known_first": known[1] * 100,
        "known_last": known[-1] * 100,
        "epochs": epochs,
    }
    starts_blind = abs(nats[0] / blind - 1) < TOLERANCE
    claim = starts_blind and (np.diff(nats) < 0).all() and known[-1] > max(known[:2])
    table: dict[str, Any] = {"epoch": np.arange(epochs + 1), "nats": nats, "bits": bits, "known_words": known}
    return Measurement(table | {"sample": [excerpt(one) for one in samples]}, numbers, claim)


def continuation(network: Network, text: Text) -> str:
    return "".join(sample(network, text.vocabulary, PROMPT, length=LENGTH, temperature=TEMPERATURE, seed=SEED))


def share_known(sample: str, vocabulary: set[str]) -> float:
    """The share of the words of three or more letters that are in the vocabulary as they stand."""
    words = WORD.findall(sample)
    return sum(word in vocabulary for word in words) / max(1, len(words))


def excerpt(sample: str) -> str:
    """The prompt and the beginning of a sample on one line, with a sign for each line end."""
    return (PROMPT + sample)[:EXCERPT].replace("\n", "↵")


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    table, blind = measurement.table, measurement.numbers["blind"]
    figure, (costs, samples) = subplots(columns=2, width=5.75, height=3.6, width_ratios=(1, 2))
    costs.plot(table["epoch"], table["nats"], **LINE_STYLES[0], marker="o")
    costs.axhline(blind, **BOOK_STYLE)
    costs.annotate(labels["blind"].format(**measurement.numbers), (table["epoch"][-1], blind), (0, -4),
                   textcoords="offset points", ha="right", va="top")  # fmt: skip
    costs.set_ylim(bottom=0)
    costs.set_xticks(table["epoch"])
    label_axes(costs, labels["costs"], labels["epoch"], labels["nats"])
    bits = costs.secondary_yaxis("right", functions=(lambda nats: nats / math.log(2), lambda bits: bits * math.log(2)))
    bits.set_ylabel(labels["bits"])
    list_samples(samples, table["epoch"], table["sample"])
    samples.set_title(labels["samples"].format(prompt=PROMPT.strip()))
    return figure


def list_samples(axis: Axes, epochs: Sequence[int] | np.ndarray, samples: Sequence[str] | np.ndarray) -> None:
    """A line for each epoch, after its number, in letters of one width."""
    axis.set_axis_off()
    for place, (epoch, line) in enumerate(zip(epochs, samples, strict=True)):
        height = 1 - (place + 0.5) / len(samples)
        axis.text(0, height, f"{epoch}", family=MONOSPACED, fontweight="bold", ha="right", va="center")
        axis.text(0.03, height, line, family=MONOSPACED, fontsize=8.5, va="center", parse_math=False)
