"""gradus report: one page that shows what a run's network learned, and where it errs."""

import click

from gradus.cli.options import Command, run_path, use_compilation_cache

__all__ = ["report"]


@click.command(cls=Command)
@click.argument("run")
@click.option("--language", default="en", show_default=True, help="Language of the page: {languages}.")
def report(run: str, language: str) -> None:
    """Write report.html for RUN.

    The page has the learning curves, the confusion matrix or the errors of the predicted numbers, calibration, the
    worst mistakes, what the first layer sees, which pixels or columns matter, the settings, and the command that
    trains again. It needs no network. Where the training data cannot be read any more, it says so and does without.
    """
    use_compilation_cache()
    from gradus.reports import write_report

    click.echo(write_report(run_path(run), language))
