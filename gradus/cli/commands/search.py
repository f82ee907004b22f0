"""gradus search: the learning rate, lambda and other settings that train best (theory D7)."""

import csv
import io
import json
import shlex
import shutil
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradus.cli.options import Command, as_json, data_dir, memory_limit, use_compilation_cache
from gradus.cli.signals import Interruption
from gradus.errors import DataError, RunInterruptedError, SettingError

if TYPE_CHECKING:
    from rich.table import Table

    from gradus.data import Dataset
    from gradus.search import Point, SearchSettings, Trial

__all__ = ["search"]

SEARCHES = Path("searches")
TABLE_ROWS = 10  # trials in the table at the end


@click.command(cls=Command)
@click.argument("data", required=False)
@click.option("--layers", multiple=True,
              help="The network, as for `gradus train`; if given several times, the search also chooses between them.  "
              "[default: {image[layers]}]")  # fmt: skip
@click.option("--hyperparameters", "--knobs", "hyperparameters", metavar="NAMES",
              help="What to search for: {hyperparameters}.  [default: {search[hyperparameters]}]")  # fmt: skip
@click.option("--trials", type=int,
              help="Number of trials that Optuna proposes; the search by magnitude ends by itself.  "
              "[default: {search[trials]}]")  # fmt: skip
@click.option("--epochs", type=int, help="Passes through the training data in each trial.  [default: {search[epochs]}]")
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

    DATA is a data set of images: {datasets}.

    The search tries the learning rate by orders of magnitude, then lambda from 1.0 up and down, then refines both.
    For other hyperparameters, or more than two, Optuna proposes the trials. A trial is a short training; its score is
    its best accuracy on the validation data.

    A folder receives all trials, a table and a picture of them. Ctrl-C stops; --resume continues. The same
    --resume in another terminal makes two workers share the search.
    """
    if data is None and resume is None:
        raise click.UsageError(f"Missing argument 'DATA': {dataset_names()}.")
    use_compilation_cache()
    from gradus.search import check_optuna

    check_optuna()
    if resume is not None:
        session = resume_search(resume, data, data_dir, name, settings)
    else:
        session = start_search(str(data), data_dir, out, name, settings)
    with Interruption() as interruption:
        session.run(interruption, as_json)
        session.report(interruption, as_json)


def start_search(
    data: str, data_dir: Path | None, out: Path, name: str | None, settings: dict[str, Any]
) -> "SearchSession":
    """A new search; nothing is created on disk unless all settings are valid.

    Raises:
        SettingError: where a setting is invalid, or the folder exists.
        DataError: where the data is missing or damaged.
    """
    from gradus.files import make_folder
    from gradus.runs import RunFolder, folder_name
    from gradus.search import SearchSettings, check_search

    given: dict[str, Any] = {option: value for option, value in settings.items() if value not in (None, ())}
    if "hyperparameters" in given:
        given["hyperparameters"] = tuple(name.strip() for name in given["hyperparameters"].split(","))
    search_settings, dataset = SearchSettings(**given), load_images(data, data_dir)
    check_search(dataset, search_settings)
    folder = out / folder_name(out, name, dataset.name)
    make_folder(out)
    try:
        make_folder(folder, exist_ok=False)
    except FileExistsError:
        raise SettingError(
            f"{folder} exists already; choose another --name, or resume it with --resume {folder}"
        ) from None
    data_settings = {"data": data, "data_dir": str(data_dir) if data_dir else None}
    try:
        RunFolder(folder).write_settings(data_settings | search_settings.to_dict())
    except OSError:  # a search that has not begun leaves nothing
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return SearchSession(folder, dataset, search_settings, data_dir)


def resume_search(
    resume: str, data: str | None, data_dir: Path | None, name: str | None, settings: dict[str, Any]
) -> "SearchSession":
    """The search in a folder, given as such or by its name in searches/.

    Raises:
        SettingError: for arguments that cannot be combined with --resume.
        DataError: where the folder is missing or damaged.
    """
    from gradus.runs import RunFolder
    from gradus.search import SearchSettings

    if data is not None or name is not None or any(value not in (None, ()) for value in settings.values()):
        raise SettingError("--resume takes data and settings from the search; besides it, only --data-dir and --json "
                           "can be given")  # fmt: skip
    folder = next((path for path in (Path(resume), SEARCHES / resume) if path.is_dir()), None)
    if folder is None:
        raise DataError(f"there is no search folder {resume!r}; start one with: gradus search digits")
    stored = RunFolder(folder).read_settings("search")
    data, stored_dir = stored.pop("data", ""), stored.pop("data_dir", None)
    data_dir = data_dir or (Path(stored_dir) if stored_dir else None)
    dataset = load_images(data, data_dir)
    try:
        search_settings = SearchSettings.from_dict(stored)
    except TypeError as error:
        raise DataError(f"{folder}: its settings.toml cannot be used ({error})") from None
    return SearchSession(folder, dataset, search_settings, data_dir)


def load_images(data: str, data_dir: Path | None) -> "Dataset":
    """The data set.

    Raises:
        SettingError: where it is unknown, or a text.
        DataError: where its files are missing or damaged.
    """
    from gradus.data import is_text, load

    if is_text(data):
        raise SettingError(f"{data}: a search is for images; choose one of {dataset_names()}")
    return load(data, data_dir)


def dataset_names() -> str:
    """The names of all data sets, for messages."""
    from gradus.data import DATASETS

    return ", ".join(DATASETS)


@dataclass
class SearchSession:
    """A search in this terminal: its folder, its data and its settings."""

    folder: Path
    data: "Dataset"
    settings: "SearchSettings"
    data_dir: Path | None

    def run(self, interruption: Interruption, as_json: bool) -> None:
        """Search to the end, or until interrupted, printing a line for every trial."""
        from gradus.search import run_search

        if not as_json:
            click.echo(f"{self.title()}\n")
        earlier = len(self.trials())
        with closing(run_search(self.data, self.folder, self.settings, lambda: interruption.requested)) as trials:
            for number, trial in enumerate(trials, earlier + 1):
                row = self.row(trial)
                click.echo(json.dumps(row) if as_json else f"trial {number:<3} {trial_line(row, self.settings.varied)}")

    def report(self, interruption: Interruption, as_json: bool) -> None:
        """Write the table and the picture of the trials, and print the best.

        Raises:
            RunInterruptedError: where the search was interrupted.
        """
        from rich.console import Console

        from gradus.search import rank_trials

        trials = self.trials()
        best = rank_trials(trials)
        if trials:
            self.write_trials(trials, best)
        if interruption.requested:
            text = f"interrupted; {len(trials)} finished trials are kept in {self.folder}"
            raise RunInterruptedError(f"{text}; resume with: gradus search --resume {self.folder}")
        command = self.command(best[0].point)
        if as_json:
            click.echo(json.dumps({"search": str(self.folder), "best": self.row(best[0]), "command": command}))
            return
        click.echo(f"\nThe best of {len(best)} trials:")
        Console(highlight=False).print(self.table(best))
        click.echo(f"saved {self.folder}\ntrain the best with:\n  {command}")

    def trials(self) -> list["Trial"]:
        """All finished trials, also those of other workers and earlier sessions."""
        from gradus.search import finished_trials

        return finished_trials(self.folder, self.settings)

    def title(self) -> str:
        """The data and the length of a trial, in words."""
        n = len(self.data.training.x)
        used = min(self.settings.examples, n)
        examples = f"{used:,} of {n:,}" if used < n else f"all {used:,}"
        epochs = "1 epoch" if self.settings.epochs == 1 else f"{self.settings.epochs} epochs"
        return f"{self.data.name}: {epochs} on {examples} training examples per trial"

    def write_trials(self, trials: list["Trial"], best: list["Trial"]) -> None:
        """Write trials.csv and search.png."""
        from gradus.figures import draw_search
        from gradus.files import write_atomically

        text, rows = io.StringIO(), [{"trial": n} | self.row(trial) for n, trial in enumerate(trials, 1)]
        writer = csv.DictWriter(text, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(self.folder / "trials.csv", text.getvalue().encode())
        rows, joined = [self.row(trial) for trial in best], self.settings.is_coarse_to_fine
        draw_search(rows, self.settings.varied, joined, self.title(), self.folder / "search.png")

    def row(self, trial: "Trial") -> dict[str, Any]:
        """A trial's row of trials.csv: its settings and results by name, None for a cost that is not finite."""
        outcome, settings = trial.outcome, {name: getattr(trial.point, name) for name in self.settings.varied}
        return settings | {
            "validation_accuracy": outcome.accuracy,
            "validation_cost": None if outcome.diverged else outcome.cost,
            "epoch": outcome.epoch,
            "seconds": round(outcome.seconds, 3),
            "diverged": outcome.diverged,
        }

    def table(self, best: list["Trial"]) -> "Table":
        """The best trials."""
        from rich.box import SIMPLE_HEAD
        from rich.table import Table

        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for name in map(display_name, self.settings.varied):
            table.add_column(name, justify="right", overflow="fold", min_width=max(map(len, name.split())))
        for heading in ("validation", "cost"):
            table.add_column(heading, justify="right", no_wrap=True)
        for row in map(self.row, best[:TABLE_ROWS]):
            values = [format_value(row[name]) for name in self.settings.varied]
            cost = "diverged" if row["diverged"] else f"{row['validation_cost']:.4f}"
            table.add_row(*values, f"{row['validation_accuracy']:.2%}", cost)
        return table

    def command(self, point: "Point") -> str:
        """The command that trains with the settings of a point."""
        from gradus.search import Point

        defaults, words = asdict(Point()) | {"learning_rate": None}, ["gradus", "train", self.data.name]
        options = {name: value for name, value in asdict(point).items() if value != defaults[name]}
        if self.settings.seed:
            options["seed"] = self.settings.seed
        if self.data_dir:
            options["data_dir"] = str(self.data_dir)
        for name, value in options.items():
            words += [f"--{name.replace('_', '-')}", format_value(value)]
        return shlex.join(words)


def trial_line(row: dict[str, Any], names: tuple[str, ...]) -> str:
    """A trial on one line."""
    result = "diverged" if row["diverged"] else f"validation {row['validation_accuracy']:.2%}"
    settings = "  ".join(f"{display_name(name)} {format_value(row[name]):<8}" for name in names)
    return f"{settings}  {result}  {row['seconds']:.1f} s"


def display_name(name: str) -> str:
    """The name of a setting in tables, such as lambda for l2."""
    return {"l2": "lambda", "l1": "lambda (L1)"}.get(name, name.replace("_", " "))


def format_value(value: Any) -> str:
    """A setting's value as a user types it."""
    return f"{value:g}" if isinstance(value, float) else str(value)
