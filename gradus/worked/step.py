"""One training step of a small network on a page: every number from the inputs to the new parameters (theory C3)."""

from dataclasses import replace
from typing import NamedTuple

import jax
import numpy as np

from gradus.checks import check_number
from gradus.equations import COSTS, Cost, Shape
from gradus.errors import SettingError
from gradus.explanations import (
    Draft,
    Scope,
    elementwise,
    explain_chain,
    explain_cost,
    is_rearrangement,
    output_symbols,
)
from gradus.layers import Chain, Embedding, Flatten
from gradus.notation import mlp, parse, parse_sizes
from gradus.seeds import check_seed
from gradus.worked.example import Example, default_shape, draw_example
from gradus.worked.notes import notes
from gradus.worksheets import Grid, Page, Paragraph, Quantities, Quantity, Section, Symbol, Table, evaluate, round_shown

__all__ = ["Update", "WorkedStep", "worked_step"]

MOST_ROWS = 1000


class Update(NamedTuple):
    """A parameter, its gradient and its new value."""

    old: Quantity
    gradient: Quantity
    new: Quantity


class WorkedStep(NamedTuple):
    """The page, and for programs: what happens to each parameter, and the cost before and after the step."""

    page: Page
    updates: list[Update]
    C: Quantity
    new_C: Quantity


def worked_step(
    layers: str,
    *,
    in_shape: Shape | None = None,
    activation: str = "sigmoid",
    cost: str = "quadratic",
    learning_rate: float = 0.5,
    seed: int = 3,
) -> WorkedStep:
    """One step of gradient descent, with the arithmetic of each number.

    Args:
        layers: sizes such as 2-3-2, or a line such as "conv1-2x2 maxpool2 dense2".
        in_shape: of one input, such as (4, 4, 1); by default a small one that suits the first layer.
        activation: of hidden layers where the line names none, one of ACTIVATIONS.
        cost: one of COSTS.
        seed: determines the parameters, the inputs and the dropout masks.

    Raises:
        SettingError: for a setting out of range, a wrong word, a network that is too large to read, or one that has no
            worked step.
    """
    check_number("learning rate", learning_rate)
    check_seed(seed)
    cost_function = COSTS.find(cost)
    chain, shape = read_network(layers, in_shape, activation)
    with jax.enable_x64(True):
        example = draw_example(chain, cost_function, shape, seed)
        draft, C = explain_passes(chain, cost_function, example)
    eta = Quantity.of(Symbol("η"), learning_rate)
    draft.given.append(Grid(eta.symbol, np.array(eta, object)))
    updates, tables = update_tables(draft, eta)
    new_cost = cost_after(draft, updates)
    new_C = Quantity(C.symbol, new_cost, round_shown(new_cost, new_cost), False, C.symbol)
    end = Paragraph(("With the new parameters the cost is ", new_C, "; before the step it was ", C, "."))
    sections = [
        Section("Given", [*draft.given]),
        Section("Forward", [*draft.forward]),
        Section("Backward", [*draft.backward]),
        Section("New parameters", [*tables, end]),
    ]
    page = Page(f"One training step of {layers}", sections)
    check_rows(page)
    words = [str(layer) for layer in chain.layers if not (isinstance(layer, Flatten) and len(shape) == 1)]
    page.notes, page.exercise_notes = notes(page, f"Layers: {', '.join(words)}. Cost: {cost}. Seed: {seed}.")
    return WorkedStep(page, updates, C, new_C)


def read_network(layers: str, in_shape: Shape | None, activation: str) -> tuple[Chain, Shape]:
    """The network, and the shape of one input."""
    sizes = parse_sizes(layers)
    if sizes is None:
        chain = parse(layers, activation)
        return chain, default_shape(chain) if in_shape is None else in_shape
    if in_shape not in (None, (sizes[0],)):
        raise SettingError(f"layers {layers}: the inputs are {sizes[0]} numbers, so leave the input shape out")
    return mlp(sizes, activation, "gaussian"), (sizes[0],)


def explain_passes(chain: Chain, cost: Cost, example: Example) -> tuple[Draft, Quantity]:
    """All rows forwards and backwards, and C."""
    draft = Draft()
    scope = Scope(draft, "", "", example.key)
    x = inputs(scope, example.x, isinstance(chain.layers[0], Embedding))
    layers = zip(chain.layers, example.params, strict=True)
    first_params = next((params for layer, params in layers if not is_rearrangement(layer)), ())
    ends_at_parameters = bool(jax.tree.leaves(first_params))
    z, backward = explain_chain(chain, scope, example.params, x, to_input=not ends_at_parameters)
    y = scope.given(output_symbols("y", "", example.y.shape), example.y, (-1,))
    last = z.flat[0].symbol
    label = last.layer if last.letter == "z" else str(int(last.layer.partition(".")[0]) + 1)
    C, cost_backward = explain_cost(cost, Scope(draft, label, "Output", None), z, y)
    errors = backward(cost_backward())
    if not ends_at_parameters:
        Scope(draft, "0", "Input", None).define_errors(x, errors)
    return draft, C


def inputs(scope: Scope, x: np.ndarray, is_indexed: bool) -> Quantities:
    """The given inputs a^0: vectors, sequences of vectors or of symbols, or images."""
    if x.ndim == 4:
        return scope.given(output_symbols("a", "0", x.shape), x, (1, 2), over_positions=True)
    if is_indexed:  # symbols, numbers without an axis of features
        symbols = elementwise(lambda s: replace(s, index=""), output_symbols("a", "0", (*x.shape, 1))[..., 0])
        return scope.given(symbols, x, (-1,), over_positions=True)
    return scope.given(output_symbols("a", "0", x.shape), x, (-1,))


def cost_after(draft: Draft, updates: list[Update]) -> float:
    """The cost of the same examples with the new parameters and the same dropout masks: the forward rows again."""
    values = {update.old.symbol: update.new.exact for update in updates}
    for table in draft.forward:
        for row in table.rows:
            symbol = row.result.symbol
            values[symbol] = evaluate(row.expression, lambda quantity: values.get(quantity.symbol, quantity.exact))
    return values[Symbol("C")]


def update_tables(draft: Draft, eta: Quantity) -> tuple[list[Update], list[Table]]:
    """The tables of the new parameters, a table for each layer."""
    updates, tables = [], []
    for title, parameters in draft.parameters.items():
        table = Table(title, "`new = old - η gradient`")
        for old in parameters:
            gradient = draft.gradients[old.symbol]
            updates.append(Update(old, gradient, table.define(old.symbol, old - eta * gradient, relation="←")))
        tables.append(table)
    return updates, tables


def check_rows(page: Page) -> None:
    """Raise SettingError for a page that is too long to read."""
    rows = sum(1 for _ in page.equations())
    if rows > MOST_ROWS:
        raise SettingError(f"the page would have {rows:,} equations; a worked step has at most {MOST_ROWS:,}")
