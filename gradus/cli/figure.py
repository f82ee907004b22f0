"""gradus figure and gradus figures: the theory's figures, drawn from experiments that are run for them."""

import csv
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradus.cli.options import data_dir, use_compilation_cache
from gradus.errors import DataError, SettingError

if TYPE_CHECKING:
    from rich.status import Status
    from rich.table import Table

    from gradus.figures.production import Account
    from gradus.figures.sources import Sources

__all__ = ["figure", "figures"]

INTERRUPTED = 130  # the exit code

language = click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True,
                        help="Of all texts: English or Chinese.")  # fmt: skip
out = click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("figures"),
                   show_default=True, help="Folder for the pictures, their numbers and the page.")  # fmt: skip


@click.command()
@click.argument("name")
@click.option("--quick", is_flag=True, help="Of the ladder: on fewer images, in about ten minutes.")
@language
@out
@data_dir
def figure(name: str, quick: bool, language: str, out: Path, data_dir: Path | None) -> None:
    """Draw the figure NAME: run its experiment, and say what it shows.

    Written are NAME.svg and NAME.png, the numbers behind them in NAME.csv, and index.html, the page of all
    figures in the folder.
    """
    from rich.console import Console

    from gradus.figures import LADDER
    from gradus.figures.page import write_page
    from gradus.figures.production import check_name

    check_name(name)
    if quick and name != LADDER:
        raise SettingError(f"--quick is for the {LADDER}; {name} takes no options")
    sources = prepared(language, out, data_dir)
    if name == LADDER:
        climbed(sources, quick)
    account = drawn(name, language, out, sources, **({"quick": True} if quick else {}))
    write_page(out, language)
    screen = Console(highlight=False, markup=False, soft_wrap=False)
    screen.print(f"{account.title}\n{account.question}\n\n{account.shows}\n")
    if name == LADDER:
        screen.print(ladder_table(out / account.files["csv"]))
    click.echo("saved " + "  ".join(str(out / file) for file in account.files.values()))


@click.command()
@click.option("--all", "draw_all", is_flag=True, help="Draw them all, and a page that shows them.")
@language
@out
@data_dir
def figures(draw_all: bool, language: str, out: Path, data_dir: Path | None) -> None:
    """List the figures of the theory, or draw them all.

    The ladder, which takes hours, is left to: gradus figure ladder.
    """
    from gradus.figures import FIGURES, LADDER
    from gradus.figures.catalogue import texts

    if not draw_all:
        width = max(map(len, FIGURES))
        for name in FIGURES:
            text = texts(name, language)
            click.echo(f"{name:{width}}  {text.theory:3} {text.title}")
        return
    from gradus.figures.page import write_page

    names, failures = [name for name in FIGURES if name != LADDER], []
    sources = prepared(language, out, data_dir)
    for number, name in enumerate(names, 1):
        try:
            account = drawn(name, language, out, sources)
        except DataError as error:
            failures.append(name)
            click.echo(f"{number:2}/{len(names)} {name}: {error}", err=True)
            continue
        click.echo(f"{number:2}/{len(names)} {name}  {account.seconds:.1f} s")
        page = write_page(out, language)
    if failures:
        raise DataError(f"not drawn, for want of data: {', '.join(failures)}")
    click.echo(f"saved {page}")


def prepared(language: str, out: Path, data_dir: Path | None) -> "Sources":
    """Where the experiments get their data. What would fail at the end is tried before anything is run."""
    use_compilation_cache()
    from gradus.figures.sources import Sources
    from gradus.figures.style import chinese_font

    out.mkdir(parents=True, exist_ok=True)
    if language == "zh" and chinese_font() is None:
        click.echo("no Chinese font was found, so the words in the pictures are English; "
                   "install one, such as Noto Sans CJK SC", err=True)  # fmt: skip
    return Sources(data_dir)


def drawn(name: str, language: str, out: Path, sources: "Sources", **size: Any) -> "Account":
    """Draw one figure."""
    from gradus.figures.production import produce

    with running(name):
        return produce(name, language, sources, out, **size)


def climbed(sources: "Sources", quick: bool) -> None:
    """Train what is missing of the ladder, a line each as it comes; what is finished is kept, also at Ctrl-C."""
    from gradus.figures import LADDER
    from gradus.figures.ladder import quick_data
    from gradus.figures.ladder_training import climb

    data = sources.mnist
    with running(LADDER) as status:
        for one in climb(quick_data(data) if quick else data, quick):
            status.stop()  # while it moves, what is printed goes where it goes, to stderr
            click.echo(f"{one.rung:9} seed {one.seed}  test {one.test:.2%}  validation {one.validation:.2%} in epoch "
                       f"{one.epoch}  {one.seconds:.0f} s")  # fmt: skip
            status.start()


@contextmanager
def running(name: str) -> Iterator["Status"]:
    """Something that moves in the terminal while experiments run; Ctrl-C ends them at once."""
    from rich.console import Console

    try:
        with Console(stderr=True).status(f"{name}: the experiment is running") as status:
            yield status
    except KeyboardInterrupt:
        # An experiment's other threads would train on to their end, and Python wait for them; all files are whole.
        click.echo("gradus: interrupted", err=True)
        sys.stdout.flush()
        os._exit(INTERRUPTED)


def ladder_table(path: Path) -> "Table":
    """The rungs with the book's accuracy and ours, in percent of the test images."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table("rung", box=SIMPLE_HEAD, pad_edge=False)
    for title in ("book", "ours", "from", "to", "seeds", "epoch", "seconds"):
        table.add_column(title, justify="right")
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            accuracies = (written(row[name], 2) for name in ("book", "test", "lowest", "highest"))
            table.add_row(row["rung"], *accuracies, row["seeds"], written(row["epoch"], 0), written(row["seconds"], 0))
    return table


def written(number: str, decimals: int) -> str:
    """A number of a CSV file with so many decimals; nothing where it does not apply."""
    return "" if number == "nan" else f"{float(number):.{decimals}f}"
