"""gradus sample: what a language model writes."""

import sys
from unicodedata import category

import click

from gradus.cli.options import load_run, use_compilation_cache

__all__ = ["sample"]


@click.command()
@click.argument("run")
@click.option("--prompt", default="", help="What the model goes on from.  [default: the start of a line]")
@click.option("--length", type=int, default=500, show_default=True, help="Characters to write.")
@click.option("--temperature", type=float, default=0.8, show_default=True,
              help="1: the model's own probabilities; less: what is probable; 0: the most probable alone.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, another text.")
def sample(run: str, prompt: str, length: int, temperature: float, seed: int) -> None:
    """Let the language model of RUN write, character by character.

    RUN is a folder that `gradus train FILE.txt` made, or its name in runs/.
    """
    use_compilation_cache()
    from gradus.language.network import check_language_model
    from gradus.language.sampling import sample as written

    model = load_run(run)
    check_language_model(model.network, model.classes, run)
    pieces = written(model.network, model.classes, prompt, length=length, temperature=temperature, seed=seed)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal may lack some characters
    click.echo(prompt, nl=False)
    for piece in pieces:
        click.echo(harmless(piece) if sys.stdout.isatty() else piece, nl=False)
    click.echo()


def harmless(text: str) -> str:
    """The text without control characters, which a terminal would obey, but for tabs and line ends."""
    return "".join("\ufffd" if category(character) == "Cc" and character not in "\n\t" else character
                   for character in text)  # fmt: skip
