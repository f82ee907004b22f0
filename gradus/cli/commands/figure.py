"""gradus figure: one figure of the theory, drawn from an experiment that runs now."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradus.cli.drawing import draw_figure, experiment_status, language, out, prepare_sources, report_missing_curves
from gradus.cli.options import Command, data_dir
from gradus.errors import SettingError

if TYPE_CHECKING:
    from rich.table import Table

    from gradus.figures import Sources

__all__ = ["figure"]

LADDER = "ladder"  # the figure whose experiment has a quick version


@click.command(cls=Command)
@click.argument("name")
@click.option("--quick", is_flag=True, help="For the ladder only: fewer images, about ten minutes.")
@language
@out
@data_dir
def figure(name: str, quick: bool, language: str, out: Path, data_dir: Path | None) -> None:
    """Draw the figure NAME from its experiment, and say what it shows.

    The folder receives NAME.svg and NAME.png, the numbers behind them in NAME.csv, and index.html, a page of
    all figures in it. `gradus figures` lists the names.
    """
    from rich.console import Console

    from gradus.figures import FIGURES, write_page

    FIGURES.find(name)
    if quick and name != LADDER:
        raise SettingError(f"--quick is for the {LADDER}; {name} takes no options")
    sources = prepare_sources(language, out, data_dir)
    if name == LADDER:
        show_training(sources, quick)
    record = draw_figure(name, language, out, sources, **({"quick": True} if quick else {}))
    write_page(out, language)
    report_missing_curves(sources)
    screen = Console(highlight=False, markup=False, soft_wrap=False)
    screen.print(f"{record.title}\n{record.question}\n\n{record.shows}\n")
    if name == LADDER:
        screen.print(ladder_table(out / record.files["csv"]))
    click.echo("saved " + "  ".join(str(out / file) for file in record.files.values()))


def show_training(sources: "Sources", quick: bool) -> None:
    """Train the rungs of the ladder that are missing, with a line for each; finished ones survive Ctrl-C."""
    from gradus.figures import train_ladder

    with experiment_status(LADDER) as status:
        for one in train_ladder(sources.mnist, quick):
            status.stop()  # while it spins, rich redirects standard output to standard error
            click.echo(f"{one.rung:9} seed {one.seed}  test {one.test:.2%}  validation {one.validation:.2%} in epoch "
                       f"{one.epoch}  {one.seconds:.0f} s")  # fmt: skip
            status.start()


def ladder_table(path: Path) -> "Table":
    """The rungs with the book's accuracy and ours, in percent of the test images.

    Args:
        path: the figure's CSV file.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table("rung", box=SIMPLE_HEAD, pad_edge=False)
    for title in ("book", "ours", "from", "to", "seeds", "epoch", "seconds"):
        table.add_column(title, justify="right")
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            accuracies = (rounded(row[name], 2) for name in ("book", "test", "lowest", "highest"))
            table.add_row(row["rung"], *accuracies, row["seeds"], rounded(row["epoch"], 0), rounded(row["seconds"], 0))
    return table


def rounded(number: str, decimals: int) -> str:
    """A number of a CSV file with that many decimals; empty for nan."""
    return "" if number == "nan" else f"{float(number):.{decimals}f}"
