"""A language model learns: what it writes after each epoch, beside its cost in nats and bits (theory F3)."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradus.data import Text
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import LINE_STYLES, label_axes
from gradus.language import evaluate_text, sample, text_network
from gradus.language.evaluation import PARTS
from gradus.network import Network
from gradus.runs import fit

__all__ = ["draw", "measure"]

PROMPT = "When a "
TEMPERATURE, SEED = 0.8, 2
SHOWN = 88  # characters of a sample that the picture has room for
WRITTEN = 3000  # characters whose words are looked up
# How far from ln(vocabulary), as a share of it, the untrained model may be: its first outputs z are random, and a
# variance s of them adds s/2 nats.
START = 0.05
MONOSPACED = "DejaVu Sans Mono"
WORD = re.compile(r"\b[a-z]{3,}\b")


def measure(sources: Sources, layers: str = "lstm128", epochs: int = 7) -> Measured:
    """Train on the text, and after each epoch evaluate it and let it write on after the same prompt, from one seed."""
    text = sources.text
    network = text_network(text, layers)
    words = set(WORD.findall(characters(text, text.training)))
    networks = [network, *(epoch.network for epoch in fit(network, text, epochs=epochs))]
    nats = [evaluate_text(one, text.validation, PARTS).cost for one in networks]
    written = [continuation(one, text) for one in networks]
    known = [share_known(one, words) for one in written]
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
    falls = abs(nats[0] / blind - 1) < START and bool(np.all(np.diff(nats) < 0)) and known[-1] > max(known[:2])
    shown = [one_line(one) for one in written]
    table: dict[str, Any] = {
        "epoch": np.arange(epochs + 1),
        "nats": nats,
        "bits": bits,
        "known_words": known,
        "sample": shown,
    }
    return Measured(table, numbers, falls, drawn=blind)


def characters(text: Text, numbers: np.ndarray) -> str:
    return "".join(text.vocabulary[number] for number in numbers)


def continuation(network: Network, text: Text) -> str:
    return "".join(sample(network, text.vocabulary, PROMPT, length=WRITTEN, temperature=TEMPERATURE, seed=SEED))


def share_known(written: str, words: set[str]) -> float:
    """How many of the words of three letters or more, as they stand in what was written, are in the text as well."""
    found = WORD.findall(written)
    return sum(word in words for word in found) / max(1, len(found))


def one_line(written: str) -> str:
    """The beginning of what was written, on one line: a sign stands for a line's end."""
    return (PROMPT + written)[:SHOWN].replace("\n", "↵")


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    table, blind = measured.table, measured.drawn
    figure = Figure(figsize=(11.5, 3.6), layout="constrained")
    costs, samples = figure.subplots(1, 2, width_ratios=(1, 2))
    costs.plot(table["epoch"], table["nats"], **LINE_STYLES[0], marker="o")
    costs.axhline(blind, color="black", linestyle=":", linewidth=1.2)
    costs.annotate(labels["blind"].format(**measured.numbers), (table["epoch"][-1], blind), (0, -4),
                   textcoords="offset points", ha="right", va="top")  # fmt: skip
    costs.set_ylim(bottom=0)
    costs.set_xticks(table["epoch"])
    label_axes(costs, labels["costs"], labels["epoch"], labels["nats"])
    bits = costs.secondary_yaxis("right", functions=(lambda nats: nats / math.log(2), lambda bits: bits * math.log(2)))
    bits.set_ylabel(labels["bits"])
    listed(samples, table["epoch"], table["sample"])
    samples.set_title(labels["samples"].format(prompt=PROMPT.strip()))
    return figure


def listed(axis: Axes, epochs: Sequence[int], samples: Sequence[str]) -> None:
    """A line an epoch, its number before it, all letters of one width."""
    axis.set_axis_off()
    for place, (epoch, line) in enumerate(zip(epochs, samples, strict=True)):
        height = 1 - (place + 0.5) / len(samples)
        axis.text(0, height, f"{epoch}", family=MONOSPACED, fontweight="bold", ha="right", va="center")
        axis.text(0.03, height, line, family=MONOSPACED, fontsize=8.5, va="center", parse_math=False)
