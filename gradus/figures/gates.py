"""Inside an LSTM that reads a text: which cells follow quotes, line ends and indentation (theory F4).

After Karpathy, Johnson and Fei-Fei (2015), with the cells found by their correlation, which is quoted on text other
than that on which they were chosen: the best of many is always flattered by the text it is the best on.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradus.equations.activations import sigmoid
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import image
from gradus.language import evaluate_text, text_network
from gradus.language.evaluation import PARTS
from gradus.layers import LSTM
from gradus.network import Network
from gradus.runs import fit

__all__ = ["correlations", "draw", "inside", "measure", "traits"]

FOLLOWERS = {"quotes": "cell", "line_ends": "forget", "indentation": "cell"}  # of each trait, what is to follow it
GATES = ("forget", "input", "output")
SHOWN = 420  # characters of the excerpt at least: it has whole lines
SHADES = {"cmap": "cividis", "aspect": "auto", "interpolation": "nearest"}  # lightness alone tells its colours apart


def measure(sources: Sources, layers: str = "lstm128", epochs: int = 6) -> Measured:
    """Train; choose the cells on one half of the text held out for the test, and look at them on the other."""
    text = sources.text
    *_, epoch = fit(text_network(text, layers), text, epochs=epochs)
    there, here = (inside(epoch.network, half) for half in np.array_split(text.test, 2))
    characters = ["".join(text.vocabulary[number] for number in half) for half in np.array_split(text.test, 2)]
    trait_there, trait_here = map(traits, characters)
    cells = {name: follower(there[FOLLOWERS[name]], trait_there[name]) for name in FOLLOWERS}
    numbers = {
        "cells": here["cell"].shape[1],
        "characters": len(characters[1]),
        "nats": evaluate_text(epoch.network, text.validation, PARTS).cost,
    }
    for name, kind in FOLLOWERS.items():
        foretold = least_squares(there["cell"], trait_there[name], here["cell"])
        numbers[f"{name}_number"] = cells[name]
        numbers[f"{name}_score"] = correlations(here[kind], trait_here[name])[cells[name]]
        numbers[f"{name}_together"] = correlations(foretold[:, None], trait_here[name])[0]
    ends, forget = trait_here["line_ends"] == 1, here["forget"][:, cells["line_ends"]]
    numbers |= {"at_ends": forget[ends].mean(), "elsewhere": forget[~ends].mean()}
    part = excerpt(trait_here)
    table: dict[str, Any] = {"character": list(characters[1][part])}
    for name, cell in cells.items():
        table[name] = trait_here[name][part]
        table |= {f"{name}_{kind}": values[part, cell] for kind, values in here.items()}
    return Measured(table, numbers, claim_holds(numbers))


def follower(values: np.ndarray, trait: np.ndarray) -> int:
    """The cell whose values follow the trait best, upwards or downwards."""
    return int(np.abs(correlations(values, trait)).argmax())


def claim_holds(numbers: Mapping[str, float]) -> bool:
    """Whether indentation is followed least, no cell knows as much as all together, and the gate closes."""
    score = {name: abs(numbers[f"{name}_score"]) for name in FOLLOWERS}
    least = score["indentation"] < min(score["quotes"], score["line_ends"])
    spread = all(score[name] < numbers[f"{name}_together"] for name in FOLLOWERS)
    return bool(least and spread and numbers["at_ends"] < numbers["elsewhere"] / 2)


def traits(characters: str) -> dict[str, np.ndarray]:
    """After each character: whether a quote is open, whether the line just ended, and how far the line is indented.

    A blank line closes a quote: not all that open in a text are closed.
    """
    quotes, indentation = [], []
    is_open, spaces, at_start, before = False, 0, True, ""
    for character in characters:
        is_open = (is_open ^ (character == '"')) and not before == character == "\n"
        at_start = before == "\n" or (at_start and before in " ")
        spaces = 0 if character == "\n" else spaces + (at_start and character == " ")
        quotes.append(is_open)
        indentation.append(spaces)
        before = character
    line_ends = [character == "\n" for character in characters]
    values = {"quotes": quotes, "line_ends": line_ends, "indentation": indentation}
    return {name: np.array(value, float) for name, value in values.items()}


def inside(network: Network, numbers: np.ndarray) -> dict[str, np.ndarray]:
    """What the first LSTM holds, tanh(c), after each character, and the gates with which it read it:
    (characters, cells) each."""
    place = next(number for number, layer in enumerate(network.chain.layers) if isinstance(layer, LSTM))
    x = jnp.asarray(numbers)[None]
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
    """(cells,): the correlation of each column of values with the trait; 0 where one of them never changes."""
    values, trait = values - values.mean(axis=0), trait - trait.mean()
    lengths = np.sqrt((values**2).sum(axis=0) * (trait**2).sum())
    return trait @ values / np.where(lengths > 0, lengths, np.inf)


def least_squares(there: np.ndarray, trait: np.ndarray, here: np.ndarray) -> np.ndarray:
    """The trait here, foretold from all cells by the weights that fit it best there."""
    weights, *_ = np.linalg.lstsq(there - there.mean(axis=0), trait - trait.mean())
    return here @ weights


def excerpt(trait: Mapping[str, np.ndarray]) -> slice:
    """The whole lines, some SHOWN characters, in which quotes and indentation vary the most."""
    starts = np.flatnonzero(trait["line_ends"]) + 1
    stops = starts[np.searchsorted(starts, starts + SHOWN).clip(max=len(starts) - 1)]
    varied = [trait["quotes"][a:b].std() * trait["indentation"][a:b].std() if b - a >= SHOWN else 0
              for a, b in zip(starts, stops, strict=True)]  # fmt: skip
    best = int(np.argmax(varied))
    return slice(int(starts[best]), int(stops[best]))


def draw(measured: Measured, labels: Mapping[str, str]) -> Figure:
    table, numbers = measured.table, measured.numbers
    figure = Figure(figsize=(12.5, 6.6), layout="constrained")
    for axes, name in zip(figure.subplots(3, 2), FOLLOWERS, strict=True):
        read(axes[0], table["character"], table[f"{name}_cell"])
        title = labels[name].format(cell=numbers[f"{name}_number"], score=numbers[f"{name}_score"])
        axes[0].set_title(title, fontsize=10)
        trait, cell = np.asarray(table[name]) / max(1, *table[name]), (np.asarray(table[f"{name}_cell"]) + 1) / 2
        strips(axes[1], np.array([trait, cell, *(table[f"{name}_{gate}"] for gate in GATES)]))
        axes[1].set_yticks(range(5), [labels[row] for row in ("trait", "cell", *GATES)])
        axes[1].set_title(labels["stretch"], fontsize=10)
    return figure


def read(axis: Axes, characters: Sequence[str], values: Sequence[float]) -> None:
    """The text, on a ground that is dark where the value is low and light where it is high."""
    lines = "".join(characters).splitlines(keepends=True)
    ground = np.full((len(lines), max(map(len, lines))), np.nan)
    numbers = iter(values)
    for row, line in enumerate(lines):
        for column, character in enumerate(line):
            value = ground[row, column] = next(numbers)
            ink = "black" if value > 0 else "white"
            axis.text(column, row, character.replace("\n", "↵"), color=ink, family="DejaVu Sans Mono", fontsize=7,
                      ha="center", va="center", parse_math=False, in_layout=False)  # fmt: skip
    image(axis, ground, vmin=-1, vmax=1, **SHADES)


def strips(axis: Axes, values: np.ndarray) -> None:
    """A row for each of several values from 0 to 1, one place a character."""
    image(axis, values, vmin=0, vmax=1, **SHADES)
    for row in range(1, len(values)):
        axis.axhline(row - 0.5, color="white", linewidth=2)
