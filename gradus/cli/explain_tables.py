"""The tables of `gradus explain`: each number, and the arithmetic that gives it."""

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.table import Table

from gradus.figures import Stage, WorkedStep

__all__ = ["backward_table", "cost_line", "forward_table", "update_table", "vector"]


def forward_table(stage: Stage) -> Table:
    """z = w a + b and a = f(z), unit by unit."""
    table = new_table(f"Layer {stage.number}, forward", "unit", "z = w a + b", "a = f(z)")
    for j, (w, b, z, a) in enumerate(zip(stage.w, stage.b, stage.z, stage.a, strict=True), 1):
        table.add_row(str(j), f"{sum_of_products(w, stage.a_in)} + {operand(b)} = {four_decimals(z)}", four_decimals(a))
    return table


def backward_table(stage: Stage, step: WorkedStep) -> Table:
    """delta, unit by unit: by BP1 at the output, by BP2 in the layers below."""
    is_output = stage is step.stages[-1]
    equation = "a - y" if is_output else "sum of w delta of the next layer"
    factor = "" if stage.f_prime is None else ") * f'(z)"
    title = f"Layer {stage.number}, error: {'BP1' if is_output else 'BP2'}"
    table = new_table(title, "unit", f"delta = {'(' if factor else ''}{equation}{factor}")
    for j, (a, delta) in enumerate(zip(stage.a, stage.delta, strict=True)):
        if is_output:
            error = f"{operand(a)} - {operand(step.y[j])}"
        else:
            following = step.stages[stage.number]
            error = sum_of_products(following.w[:, j], following.delta)
        if stage.f_prime is not None:
            error = f"({error}) * {operand(stage.f_prime[j])}"
        table.add_row(str(j + 1), f"{error} = {four_decimals(delta)}")
    return table


def update_table(stage: Stage, learning_rate: float) -> Table:
    """The gradients by BP3 and BP4, and the weights after the step."""
    table = new_table(
        f"Layer {stage.number}, step: BP4 dC/dw = a delta, BP3 dC/db = delta",
        "",
        "gradient",
        "new = old - eta gradient",
    )
    for j, delta in enumerate(stage.delta):
        for k, a in enumerate(stage.a_in):
            gradient = f"{operand(a)} * {operand(delta)} = {four_decimals(stage.dw[j, k])}"
            table.add_row(f"w{j + 1}{k + 1}", gradient, update_text(stage.w[j, k], stage.dw[j, k], learning_rate))
        table.add_row(f"b{j + 1}", four_decimals(delta), update_text(stage.b[j], stage.db[j], learning_rate))
    return table


def new_table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def sum_of_products(first: Iterable[float], second: Iterable[float]) -> str:
    return " + ".join(f"{operand(p)}*{operand(q)}" for p, q in zip(first, second, strict=True))


def update_text(old: float, gradient: float, learning_rate: float) -> str:
    """w - eta dC/dw and its value."""
    return f"{operand(old)} - {learning_rate:g}*{operand(gradient)} = {four_decimals(old - learning_rate * gradient)}"


def vector(values: Iterable[float]) -> str:
    """Numbers as (0.5, 0.1)."""
    return f"({', '.join(four_decimals(value) for value in values)})"


def cost_line(step: WorkedStep, cost: str) -> str:
    """C of the example, by the formula of its cost where that is one of the book's."""
    a = step.stages[-1].a
    formula = ""
    if cost == "quadratic":
        squares = " + ".join(f"({y:g} - {four_decimals(a_j)})^2" for y, a_j in zip(step.y, a, strict=True))
        formula = f"1/2 [{squares}] = "
    elif cost == "cross-entropy":
        logarithms = (f"ln {four_decimals(a_j)}" if y else f"ln(1 - {four_decimals(a_j)})"
                      for y, a_j in zip(step.y, a, strict=True))  # fmt: skip
        formula = f"-[{' + '.join(logarithms)}] = "
    elif cost == "log-likelihood":
        formula = f"-ln {four_decimals(a[step.y.argmax()])} = "
    return f"Cost C = {formula}{step.C:.4f}\n"


def operand(value: float) -> str:
    """A number inside a formula: a negative one is in brackets, as typed into a calculator."""
    return f"({four_decimals(value)})" if value < 0 else four_decimals(value)


def four_decimals(value: float) -> str:
    """A number with four decimals, or with one where it has no more."""
    return f"{value:.1f}" if abs(value - round(value, 1)) < 1e-12 else f"{value:.4f}"
