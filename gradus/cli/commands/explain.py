"""gradus explain: one step of backpropagation in numbers that a calculator can check (theory C3)."""

import click

from gradus.cli.options import Command
from gradus.errors import SettingError

__all__ = ["explain"]

LARGEST = 8  # units per layer; more are too many numbers to read


@click.command(cls=Command)
@click.option(
    "--layers", default="2-2-2", show_default=True, help=f"Sizes of the layers, inputs first, at most {LARGEST} each."
)
@click.option(
    "--activation", default="sigmoid", show_default=True, help="Activation of the hidden layers: {activations}."
)
@click.option("--cost", default="quadratic", show_default=True, help="Cost function: {costs}.")
@click.option("--learning-rate", type=float, default=0.5, show_default=True, help="Learning rate eta.")
@click.option("--seed", type=int, default=3, show_default=True, help="Seed of the weights and the example.")
def explain(layers: str, activation: str, cost: str, learning_rate: float, seed: int) -> None:
    """Work through one step of backpropagation.

    A small network learns from one example. The output has z, a, delta, the gradients and the new weights of
    every layer, each with the arithmetic that gives it.
    """
    import jax
    from rich.console import Console

    from gradus.cli.explain_tables import backward_table, cost_line, forward_table, update_table, vector
    from gradus.figures import explain_step
    from gradus.notation import parse_sizes

    sizes = parse_sizes(layers)
    if sizes is None or max(sizes) > LARGEST:
        raise SettingError(f"layers {layers}: expected sizes such as 2-3-2, at most {LARGEST} each")
    with jax.enable_x64(True):
        step = explain_step(sizes, activation, cost, learning_rate, seed)
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
