"""gradus explain: one training step in numbers that a calculator can check (theory C3)."""

import re
import shutil
from pathlib import Path

import click

from gradus.cli.options import Command
from gradus.errors import SettingError

__all__ = ["explain"]

WIDTH = 100  # of a line of text in a file


@click.command(cls=Command)
@click.option("--layers", default="2-2-2", show_default=True,
              help="Sizes of the layers, inputs first, or a line such as \"conv1-2x2 maxpool2 dense2\".")  # fmt: skip
@click.option("--input-shape", help="Shape of one input, such as 4x4x1. Default: a small one for the first layer.")
@click.option("--activation", default="sigmoid", show_default=True,
              help="Activation of the hidden layers: {activations}.")  # fmt: skip
@click.option("--cost", default="quadratic", show_default=True, help="Cost function: {costs}.")
@click.option("--learning-rate", type=float, default=0.5, show_default=True, help="Learning rate eta.")
@click.option("--seed", type=int, default=3, show_default=True,
              help="Seed of the parameters, the inputs and the dropout masks.")  # fmt: skip
@click.option("--format", "format_name", help="One of {formats}. Default: by the name of --out, else text.")
@click.option("--exercise", is_flag=True,
              help="Leave the results blank; NAME-solution, beside the file of --out, has them.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write a file instead of printing.")
def explain(
    layers: str,
    input_shape: str | None,
    activation: str,
    cost: str,
    learning_rate: float,
    seed: int,
    format_name: str | None,
    exercise: bool,
    out: Path | None,
) -> None:
    """Work through one training step of a small network.

    Every number from the inputs to the new parameters, forwards and backwards, has its equation, and the equation with
    its numbers. Any network of a few layers will do: dense, convolutional or recurrent.
    """
    from gradus.files import write_atomically
    from gradus.worked import worked_step
    from gradus.worksheets import FORMATS, write_page

    suffixes = {entry.suffix: name for name, entry in FORMATS.items()}
    format_name = format_name or (suffixes.get(out.suffix, "text") if out else "text")
    FORMATS.find(format_name)
    if exercise and out is None:
        raise SettingError("--exercise writes two files, the exercise and its solution; name the first with --out")
    shape = parse_shape(input_shape) if input_shape is not None else None
    page = worked_step(
        layers, in_shape=shape, activation=activation, cost=cost, learning_rate=learning_rate, seed=seed
    ).page
    if out is None:
        click.echo(write_page(page, format_name, width=shutil.get_terminal_size((WIDTH, 0)).columns), nl=False)
        return
    files = {out: False}
    if exercise:
        files = {out: True, out.with_name(f"{out.stem}-solution{out.suffix}"): False}
    for path, is_exercise in files.items():
        write_atomically(path, write_page(page, format_name, is_exercise, WIDTH).encode())
    click.echo("saved " + "  ".join(map(str, files)))


def parse_shape(text: str) -> tuple[int, ...]:
    """The shape in a text such as 4x4x1."""
    if not re.fullmatch(r"\d{1,9}(x\d{1,9})*", text) or "0" in text.split("x"):
        raise SettingError(
            f"input shape {text}: expected 4x4x1 for images, 2x2 for sequences of vectors, 3 for vectors"
        )
    return tuple(map(int, text.split("x")))
