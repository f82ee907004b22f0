"""gradus figures: the list of the theory's figures, or all of them drawn."""

from pathlib import Path

import click

from gradus.cli.drawing import draw_figure, language, out, prepare_sources, report_missing_curves
from gradus.cli.options import Command, data_dir
from gradus.errors import DataError

__all__ = ["figures"]


@click.command(cls=Command)
@click.option("--all", "draw_all", is_flag=True, help="Draw all of them, and a page that shows them.")
@language
@out
@data_dir
def figures(draw_all: bool, language: str, out: Path, data_dir: Path | None) -> None:
    """List the figures of the theory, or draw them all.

    The ladder takes hours, so --all leaves it out; draw it with: gradus figure ladder.
    """
    if draw_all:
        draw_all_figures(language, out, data_dir)
    else:
        list_figures(language)


def list_figures(language: str) -> None:
    """Print a line for each figure: its name, its number in the theory, and its title."""
    from gradus.figures import FIGURES

    width = max(map(len, FIGURES))
    for name, figure in FIGURES.items():
        click.echo(f"{name:{width}}  {figure.theory:3} {figure.texts[language].title}")


def draw_all_figures(language: str, out: Path, data_dir: Path | None) -> None:
    """Draw all figures but those that take hours, going past those whose data is missing.

    Raises:
        DataError: at the end, where some were not drawn that need no data of one's own.
    """
    from gradus.figures import FIGURES, write_page

    names, failures = [name for name, figure in FIGURES.items() if not figure.takes_hours], []
    sources = prepare_sources(language, out, data_dir)
    for number, name in enumerate(names, 1):
        try:
            record = draw_figure(name, language, out, sources)
        except DataError as error:
            if not FIGURES[name].needs_own_data:
                failures.append(name)
            click.echo(f"{number:2}/{len(names)} {name}: {error}", err=True)
            continue
        click.echo(f"{number:2}/{len(names)} {name}  {record.seconds:.1f} s")
        page = write_page(out, language)
    report_missing_curves(sources)
    if failures:
        raise DataError(f"not drawn, because their data is missing: {', '.join(failures)}")
    click.echo(f"saved {page}")
