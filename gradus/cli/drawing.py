"""What `gradus figure` and `gradus figures` share: their options, their data, and a status line while they draw."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradus.cli.options import use_compilation_cache

if TYPE_CHECKING:
    from rich.status import Status

    from gradus.figures import FigureRecord, Sources

__all__ = ["draw_figure", "experiment_status", "language", "out", "prepare_sources", "report_missing_curves"]


def check_language(context: click.Context, option: click.Parameter, language: str) -> str:
    """The language, if the figures have texts in it."""
    from gradus.figures import LANGUAGES

    if language not in LANGUAGES:
        raise click.BadParameter(f"{language!r} is not one of {', '.join(map(repr, LANGUAGES))}.")
    return language


language = click.option("--language", default="en", show_default=True, callback=check_language,
                        help="Language of all texts: {languages}.")  # fmt: skip
out = click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("figures"),
                   show_default=True, help="Folder for the pictures, their numbers and the page.")  # fmt: skip


def prepare_sources(language: str, out: Path, data_dir: Path | None) -> "Sources":
    """The data of the experiments. The folder is made first, so that a long experiment cannot fail at its end.

    Raises:
        OSError: where the folder cannot be made.
    """
    use_compilation_cache()
    from gradus.figures import Sources, chinese_font

    out.mkdir(parents=True, exist_ok=True)
    if language == "zh" and chinese_font() is None:
        click.echo("no Chinese font was found, so the words in the pictures are English; "
                   "install one, such as Noto Sans CJK SC", err=True)  # fmt: skip
    return Sources(data_dir)


def draw_figure(name: str, language: str, out: Path, sources: "Sources", **sizes: Any) -> "FigureRecord":
    """Run the experiment of one figure and write its files.

    Args:
        sizes: arguments of the figure's `measure`, besides the sources.

    Raises:
        SettingError, DataError, OSError.
    """
    from gradus.figures import run_figure

    with experiment_status(name):
        return run_figure(name, language, sources, out, **sizes)


def report_missing_curves(sources: "Sources") -> None:
    """Say on standard error that figures lack the book's curves, where they do."""
    if sources.missing_curves:
        click.echo("without the book's own curves, which could not be downloaded; --data-dir or GRADUS_DATA names a "
                   "folder that has them", err=True)  # fmt: skip


def experiment_status(name: str) -> "Status":
    """A spinner on standard error, a context for a running experiment."""
    from rich.console import Console

    return Console(stderr=True).status(f"{name}: the experiment is running")
