"""Inside an LSTM that reads a text: cells that follow quotes, line ends and indentation (theory F4).

After Karpathy, Johnson and Fei-Fei (2015). The cells are chosen by their correlation on one half of the test text, and
the correlation on the other half is quoted: the best of many always looks too good on the text that chose it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradus.equations import sigmoid
from gradus.figures.fonts import MONOSPACED
from gradus.figures.measurement import Measurement
from gradus.figures.sources import Sources
from gradus.figures.style import show_image, subplots
from gradus.language import VALIDATION_STREAMS, evaluate_text, text_network
from gradus.network import Network
from gradus.recurrent import LSTM
from gradus.runs import fit

__all__ = ["correlations", "draw", "measure", "read_text", "traits"]

FOLLOWERS = {"quotes": "cell", "line_ends": "forget", "indentation": "cell"}  # for each trait, what is to follow it
GATES = ("forget", "input", "output")
EXCERPT = 420  # characters at least, in whole lines
COLORS: dict[str, Any] = {"cmap": "cividis", "aspect": "auto", "interpolation": "nearest"}  # distinct by lightness


def measure(sources: Sources, layers: str = "lstm128", epochs: int = 6) -> Measurement:
    """Train; choose the cells on the first half of the test text, and quote them on the second."""
    text = sources.text
    *_, epoch = fit(text_network(text, layers), text, epochs=epochs)
    halves = np.array_split(text.test, 2)
    choice, check = (read_text(epoch.network, half) for half in halves)
    characters = ["".join(text.vocabulary[index] for index in half) for half in halves]
    choice_traits, check_traits = map(traits, characters)
    cells = {
        name: int(np.abs(correlations(choice[kind], choice_traits[name])).argmax()) for name, kind in FOLLOWERS.items()
    }
    numbers = {
        "cells": check["cell"].shape[1],
        "characters": len(characters[1]),
        "nats": evaluate_text(epoch.network, text.validation, VALIDATION_STREAMS).cost,
    }
    for name, kind in FOLLOWERS.items():
        together = predict(choice["cell"], choice_traits[name], check["cell"])
        numbers[f"{name}_number"] = cells[name]
        numbers[f"{name}_score"] = correlations(check[kind], check_traits[name])[cells[name]]
        numbers[f"{name}_together"] = correlations(together[:, None], check_traits[name])[0]
    at_ends, forget = check_traits["line_ends"] == 1, check["forget"][:, cells["line_ends"]]
    numbers |= {"at_ends": forget[at_ends].mean(), "elsewhere": forget[~at_ends].mean()}
    part = excerpt(check_traits)
    table: dict[str, Any] = {"character": list(characters[1][part])}
    for name, cell in cells.items():
        table[name] = check_traits[name][part]
        table |= {f"{name}_{kind}": values[part, cell] for kind, values in check.items()}
    return Measurement(table, numbers, claim_holds(numbers))


def claim_holds(numbers: Mapping[str, float]) -> bool:
    """Whether indentation is followed least, no cell knows as much as all do, and the gate closes at line ends."""
    score = {name: abs(numbers[f"{name}_score"]) for name in FOLLOWERS}
    is_least = score["indentation"] < min(score["quotes"], score["line_ends"])
    is_spread = all(score[name] < numbers[f"{name}_together"] for name in FOLLOWERS)
    return is_least and is_spread and numbers["at_ends"] < numbers["elsewhere"] / 2


def traits(characters: str) -> dict[str, np.ndarray]:
    """After each character: whether a quote is open, whether the line just ended, and how far the line is indented.

    A blank line closes a quote: not all that open in a text are closed.
    """
    quotes, indentation = [], []
    is_open, spaces, at_start, previous = False, 0, True, ""
    for character in characters:
        is_open = (is_open ^ (character == '"')) and not previous == character == "\n"
        at_start = previous == "\n" or (at_start and previous in " ")
        spaces = 0 if character == "\n" else spaces + (at_start and character == " ")
        quotes.append(is_open)
        indentation.append(spaces)
        previous = character
    line_ends = [character == "\n" for character in characters]
    values = {"quotes": quotes, "line_ends": line_ends, "indentation": indentation}
    return {name: np.array(value, float) for name, value in values.items()}


def read_text(network: Network, indices: np.ndarray) -> dict[str, np.ndarray]:
    """The memory tanh(c) of the first LSTM after each character, and the gates that read it: (characters, cells)."""
    place = next(number for number, layer in enumerate(network.chain.layers) if isinstance(layer, LSTM))
    x = jnp.asarray(indices)[None]
    for layer, p in zip(network.chain.layers[:place], network.params[:place], strict=True):
        x, _ = layer.forward(p, x)
    p = network.params[place]
    h, cache = network.chain.layers[place].forward(p, x)
    z = x[0] @ p.w_x.T + cache.carry_in.h[:, 0] @ p.w_h.T + p.b
    z_f, z_i, _, z_o = jnp.split(z, 4, axis=1)
    f, i, o = sigmoid(z_f), sigmoid(z_i), sigmoid(z_o)
    values = {"cell": h[0] / o} | dict(zip(GATES, (f, i, o), strict=True))
    return {name: np.asarray(value, float) for name, value in values.items()}


def correlations(values: np.ndarray, trait: np.ndarray) -> np.ndarray:
    """(cells,): the correlation of each column of values (characters, cells) with the trait; 0 if one is constant."""
    values, trait = values - values.mean(axis=0), trait - trait.mean()
    lengths = np.sqrt((values**2).sum(axis=0) * (trait**2).sum())
    return trait @ values / np.where(lengths > 0, lengths, np.inf)


def predict(cells: np.ndarray, trait: np.ndarray, new_cells: np.ndarray) -> np.ndarray:
    """The trait less its mean, predicted from new cells by a least-squares fit to other cells and their trait."""
    weights, *_ = np.linalg.lstsq(cells - cells.mean(axis=0), trait - trait.mean())
    return new_cells @ weights


def excerpt(trait: Mapping[str, np.ndarray]) -> slice:
    """The whole lines, at least EXCERPT characters, in which quotes and indentation vary the most."""
    starts = np.flatnonzero(trait["line_ends"]) + 1
    stops = starts[np.searchsorted(starts, starts + EXCERPT).clip(max=len(starts) - 1)]
    variation = [trait["quotes"][a:b].std() * trait["indentation"][a:b].std() if b - a >= EXCERPT else 0
                 for a, b in zip(starts, stops, strict=True)]  # fmt: skip
    best = int(np.argmax(variation))
    return slice(int(starts[best]), int(stops[best]))


def draw(measurement: Measurement, labels: Mapping[str, str]) -> Figure:
    table, numbers = measurement.table, measurement.numbers
    figure, axes = subplots(columns=2, rows=3, width=6.25, height=2.2)
    for (text, rows), name in zip(axes.reshape(3, 2), FOLLOWERS, strict=True):
        show_text(text, table["character"], table[f"{name}_cell"])
        title = labels[name].format(cell=numbers[f"{name}_number"], score=numbers[f"{name}_score"])
        text.set_title(title, fontsize=10)
        trait, cell = np.asarray(table[name]) / max(1, *table[name]), (np.asarray(table[f"{name}_cell"]) + 1) / 2
        show_rows(rows, np.array([trait, cell, *(table[f"{name}_{gate}"] for gate in GATES)]))
        rows.set_yticks(range(5), [labels[row] for row in ("trait", "cell", *GATES)])
        rows.set_title(labels["stretch"], fontsize=10)
    return figure


def show_text(axis: Axes, characters: Sequence[str] | np.ndarray, values: Sequence[float] | np.ndarray) -> None:
    """The text, on a ground that is dark where the value is low and light where it is high."""
    lines = "".join(characters).splitlines(keepends=True)
    ground = np.full((len(lines), max(map(len, lines))), np.nan)
    numbers = iter(values)
    for row, line in enumerate(lines):
        for column, character in enumerate(line):
            value = ground[row, column] = next(numbers)
            ink = "black" if value > 0 else "white"
            axis.text(column, row, character.replace("\n", "↵"), color=ink, family=MONOSPACED, fontsize=7,
                      ha="center", va="center", parse_math=False, in_layout=False)  # fmt: skip
    show_image(axis, ground, vmin=-1, vmax=1, **COLORS)


def show_rows(axis: Axes, values: np.ndarray) -> None:
    """Several values from 0 to 1 for each character, a row each."""
    show_image(axis, values, vmin=0, vmax=1, **COLORS)
    for row in range(1, len(values)):
        axis.axhline(row - 0.5, color="white", linewidth=2)
