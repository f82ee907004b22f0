"""gradus explain: one step of training with real numbers, to be checked with a calculator (theory C3)."""

import click

from gradus.errors import SettingError

__all__ = ["explain"]

LARGEST = 8  # units in a layer: more would be a wall of numbers


@click.command()
@click.option("--layers", default="2-2-2", show_default=True, help=f"Sizes, inputs first, at most {LARGEST} each.")
@click.option("--activation", default="sigmoid", show_default=True, help="Of the hidden layers.")
@click.option("--cost", default="quadratic", show_default=True,
              help="quadratic, cross-entropy or log-likelihood.")  # fmt: skip
@click.option("--learning-rate", type=float, default=0.5, show_default=True, help="Eta.")
@click.option("--seed", type=int, default=3, show_default=True, help="Decides the weights and the example.")
def explain(layers: str, activation: str, cost: str, learning_rate: float, seed: int) -> None:
    """Work one step of backpropagation through with real numbers.

    A small network learns from one example. Shown are z, a, delta, the gradients and the new weights of
    every layer, each with the arithmetic that gives it.
    """
    import jax
    from rich.console import Console

    from gradus.cli.worked import backward_table, cost_line, forward_table, update_table, vector
    from gradus.figures.worked_step import worked_step
    from gradus.notation import parse_sizes

    sizes = parse_sizes(layers)
    if sizes is None or max(sizes) > LARGEST:
        raise SettingError(f"layers {layers}: expected sizes such as 2-3-2, at most {LARGEST}, to be read by a person")
    with jax.enable_x64(True):
        step = worked_step(sizes, activation, cost, learning_rate, seed)
    console = Console(highlight=False, markup=False)
    console.print(f"One example: x = {vector(step.x)}, desired output y = {vector(step.y)}.")
    console.print(f"Hidden units: {activation}. Cost: {cost}. eta = {learning_rate:g}. Shown to four decimals.\n")
    for stage in step.stages:
        console.print(forward_table(stage))
    console.print(cost_line(step, cost))
    for stage in reversed(step.stages):
        console.print(backward_table(stage, step))
    for stage in step.stages:
        console.print(update_table(stage, learning_rate))
    console.print(f"The same example costs {step.new_C:.4f} after this step; it was {step.C:.4f} before.")
