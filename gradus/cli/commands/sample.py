"""gradus sample: text written by a language model."""

import sys

import click

from gradus.cli.options import Command, load_model, use_compilation_cache

__all__ = ["sample"]


@click.command(cls=Command)
@click.argument("run")
@click.option("--prompt", default="", help="Text that the model continues.  [default: the start of a line]")
@click.option("--length", type=int, default=500, show_default=True, help="Characters to write.")
@click.option("--temperature", type=float, default=0.8, show_default=True,
              help="1 samples from the model's probabilities, less favours probable characters, and 0 always takes "
              "the most probable.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of every random choice.")
def sample(run: str, prompt: str, length: int, temperature: float, seed: int) -> None:
    """Let the language model of RUN write.

    It writes character by character; on a terminal, U+FFFD stands for control characters. RUN is a folder that
    `gradus train FILE.txt` made, or its name in runs/.
    """
    use_compilation_cache()
    from gradus.data import printable
    from gradus.language import check_language_model
    from gradus.language import sample as sample_text

    model = load_model(run)
    check_language_model(model.network, model.classes, run)
    pieces = sample_text(model.network, model.classes, prompt, length=length, temperature=temperature, seed=seed)
    on_terminal = sys.stdout is not None and sys.stdout.isatty()
    click.echo(prompt, nl=False)
    for piece in pieces:
        click.echo(printable(piece, keep="\n\t") if on_terminal else piece, nl=False)
    click.echo()
