"""gradus search: the learning rate, lambda and other settings that train best (theory D7)."""

import csv
import io
import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradus.cli.options import (
    Command,
    as_json,
    data_dir,
    data_options,
    memory_limit,
    missing_data,
    use_compilation_cache,
)
from gradus.cli.signals import Interruption
from gradus.errors import DataError, RunInterruptedError, SettingError

if TYPE_CHECKING:
    from rich.table import Table

    from gradus.search import SearchSession, Trial

__all__ = ["search"]

SEARCHES = Path("searches")
TABLE_ROWS = 10  # trials in the table at the end
FAR_BELOW = -100.0  # an R2 whose decimals say nothing
HEADINGS = {"validation_accuracy": "validation", "validation_r2": "validation R2"}


@click.command(cls=Command)
@click.argument("data", required=False)
@data_options
@click.option("--layers", multiple=True,
              help="The network, as for `gradus train`; if given several times, the search also chooses between them.  "
              "[default: {image[layers]}; yours: as `gradus train`]")  # fmt: skip
@click.option("--hyperparameters", "--knobs", "hyperparameters", metavar="NAMES",
              help="What to search for: {hyperparameters}.  [default: {search[hyperparameters]}]")  # fmt: skip
@click.option("--trials", type=int,
              help="Number of trials that Optuna proposes; the search by magnitude ends by itself.  "
              "[default: {search[trials]}]")  # fmt: skip
@click.option("--epochs", type=int, 
              help="Passes through the training data in each trial.  "
              "[default: {search[epochs]}; yours: as `gradus train`]")  # fmt: skip
@click.option("--examples", type=int,
              help="Greatest number of training examples in each trial.  [default: {search[examples]}]")  # fmt: skip
@click.option("--seed", type=int, help="Seed of every random choice.  [default: {search[seed]}]")
@click.option("--resume", metavar="SEARCH", help="Resume a search, or join it as another worker.")
@click.option("--out", type=click.Path(path_type=Path), default=SEARCHES, show_default=True,
              help="Folder that holds the searches.")  # fmt: skip
@click.option("--name", help="Name of the search's folder in it.  [default: the data's name and a number]")
@memory_limit
@as_json
@data_dir
def search(
    data: str | None, resume: str | None, out: Path, name: str | None, as_json: bool, data_dir: Path | None,
    **settings: Any,
) -> None:  # fmt: skip
    """Search for the settings that train best.

    DATA is a data set of images ({datasets}), or yours: a table, a folder of images or of texts with classes, or a
    FILE.npz of arrays; all but a text to continue. It is read as by gradus train, with the same settings but for those
    that are searched.

    The search tries the learning rate by orders of magnitude, then lambda from 1.0 up and down, then refines both.
    For other hyperparameters, or more than two, Optuna proposes the trials. A trial is a short training; its score is
    its best accuracy on the validation data, or R2 where numbers are predicted.

    A folder receives all trials, a table and a picture of them. Ctrl-C stops; --resume continues. The same
    --resume in another terminal makes two workers share the search.
    """
    if data is None and resume is None:
        raise click.UsageError(missing_data())
    use_compilation_cache()
    from gradus.search import check_optuna, resume_search, start_search

    check_optuna()
    if resume is not None:
        check_resume(data, name, settings)
        session = resume_search(search_path(resume), data_dir)
    else:
        session = start_search(str(data), out, name, given_settings(settings, data_dir))
    with Interruption() as interruption:
        view = SearchView(session)
        view.run(interruption, as_json)
        view.report(interruption, as_json)


def given_settings(settings: dict[str, Any], data_dir: Path | None) -> dict[str, Any]:
    """The options that are given, by name."""
    given = {option: value for option, value in settings.items() if value not in (None, ())}
    if "hyperparameters" in given:
        given["hyperparameters"] = tuple(name.strip() for name in given["hyperparameters"].split(","))
    return given | ({"data_dir": str(data_dir)} if data_dir else {})


def check_resume(data: str | None, name: str | None, settings: dict[str, Any]) -> None:
    """Raise SettingError for arguments that cannot be combined with --resume."""
    if data is not None or name is not None or any(value not in (None, ()) for value in settings.values()):
        raise SettingError("--resume takes data and settings from the search; besides it, only --data-dir and --json "
                           "can be given")  # fmt: skip


def search_path(resume: str) -> Path:
    """The folder of a search, given as such or by its name in searches/. Raises DataError where there is none."""
    folder = next((path for path in (Path(resume), SEARCHES / resume) if path.is_dir()), None)
    if folder is None:
        raise DataError(f"there is no search folder {resume!r}; start one with: gradus search digits")
    return folder


@dataclass
class SearchView:
    """What a search prints and draws."""

    session: "SearchSession"

    def run(self, interruption: Interruption, as_json: bool) -> None:
        """Search to the end, or until interrupted, printing a line for every trial."""
        from gradus.search import run_search

        session = self.session
        settings = session.settings
        if not as_json:
            click.echo("\n".join([*session.notes(), session.title(), ""]))
        earlier = len(session.trials())
        trials = run_search(session.dataset, session.folder, settings, lambda: interruption.requested)
        with closing(trials):
            for number, trial in enumerate(trials, earlier + 1):
                row = session.row(trial)
                click.echo(json.dumps(row) if as_json else f"trial {number:<3} {self.trial_line(row)}")

    def report(self, interruption: Interruption, as_json: bool) -> None:
        """Write the table and the picture of the trials, and print the best.

        Raises:
            RunInterruptedError: where the search was interrupted.
        """
        from rich.console import Console

        from gradus.search import rank_trials

        trials, folder = self.session.trials(), self.session.folder
        best = rank_trials(trials)
        if trials:
            self.write_trials(trials, best)
        if interruption.requested:
            text = f"interrupted; {len(trials)} finished trials are kept in {folder}"
            raise RunInterruptedError(f"{text}; resume with: gradus search --resume {folder}")
        command = self.session.command(best[0].point)
        if as_json:
            found = {"search": str(folder), "best": self.session.row(best[0]), "command": command}
            click.echo(json.dumps(found))
            return
        score = "validation R2" if self.session.dataset.targets else "validation accuracy"
        click.echo(f"\nThe best of {len(best)} trials by {score}:")
        Console(highlight=False).print(self.table(best))
        click.echo(f"saved {folder}\ntrain the best with:\n  {command}")

    def write_trials(self, trials: list["Trial"], best: list["Trial"]) -> None:
        """Write trials.csv and search.png."""
        from gradus.figures import draw_search
        from gradus.files import write_atomically

        session, settings = self.session, self.session.settings
        text, rows = io.StringIO(), [{"trial": n} | session.row(trial) for n, trial in enumerate(trials, 1)]
        writer = csv.DictWriter(text, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(session.folder / "trials.csv", text.getvalue().encode())
        rows, joined = [session.row(trial) for trial in best], settings.is_coarse_to_fine
        draw_search(rows, settings.varied, joined, session.title(), session.folder / "search.png")

    def table(self, best: list["Trial"]) -> "Table":
        """The best trials."""
        from rich.box import SIMPLE_HEAD
        from rich.table import Table

        from gradus.search import format_value

        table, names = Table(box=SIMPLE_HEAD, pad_edge=False), self.session.settings.varied
        for name in map(display_name, names):
            table.add_column(name, justify="right", overflow="fold", min_width=max(map(len, name.split())))
        for heading in (HEADINGS[self.session.score_name], "cost"):
            table.add_column(heading, justify="right")
        for row in map(self.session.row, best[:TABLE_ROWS]):
            values = [format_value(row[name]) for name in names]
            cost = "diverged" if row["diverged"] else f"{row['validation_cost']:.4f}"
            table.add_row(*values, self.score(row), cost)
        return table

    def trial_line(self, row: dict[str, Any]) -> str:
        """A trial on one line."""
        from gradus.search import format_value

        result = "diverged" if row["diverged"] else f"{HEADINGS[self.session.score_name]} {self.score(row)}"
        names = self.session.settings.varied
        settings = "  ".join(f"{display_name(name)} {format_value(row[name]):<8}" for name in names)
        return f"{settings}  {result}  {row['seconds']:.1f} s"

    def score(self, row: dict[str, Any]) -> str:
        """The accuracy or R2 of a trial, in words."""
        value = row[self.session.score_name]
        if value is None:
            return "-"
        if self.session.dataset.targets:
            return f"{value:.4f}" if value > FAR_BELOW else f"{value:.3g}"
        return f"{value:.2%}"


def display_name(name: str) -> str:
    """The name of a setting in tables, such as lambda for l2."""
    return {"l2": "lambda", "l1": "lambda (L1)"}.get(name, name.replace("_", " "))
