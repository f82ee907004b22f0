"""gradus search: which learning rate and lambda suit a network and its data (theory D7)."""

import csv
import io
import json
import shlex
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradus.cli.options import as_json, data_dir, use_compilation_cache
from gradus.cli.signals import Interruption
from gradus.errors import DataError, RunInterruptedError, SettingError

if TYPE_CHECKING:
    from rich.table import Table

    from gradus.data import Dataset
    from gradus.search.coarse_to_fine import Point
    from gradus.search.search import SearchSettings
    from gradus.search.trials import Trial

__all__ = ["search"]

SEARCHES = Path("searches")
SHOWN = 10  # trials in the table at the end


@click.command()
@click.argument("data", required=False)
@click.option("--layers", multiple=True,
              help="The network, as for `gradus train`; given several times, the best of them is searched for too.  "
              "[default: convolutional]")  # fmt: skip
@click.option("--knobs", help="What to search for, of learning_rate, l2, l1, batch_size and optimizer.  "
              "[default: learning_rate,l2]")  # fmt: skip
@click.option("--trials", type=int,
              help="How many Optuna proposes; the search by magnitude ends by itself.  [default: 40]")  # fmt: skip
@click.option("--epochs", type=int, help="Times through the training data, of each trial.  [default: 5]")
@click.option("--examples", type=int, help="Train on at most so many examples.  [default: 10000]")
@click.option("--seed", type=int, help="Decides every random choice.  [default: 0]")
@click.option("--resume", metavar="SEARCH", help="Go on with a search, or join one as another worker.")
@click.option("--out", type=click.Path(path_type=Path), default=SEARCHES, show_default=True,
              help="Folder that holds the searches.")  # fmt: skip
@click.option("--name", help="The search's folder in it.  [default: the data's name and a number]")
@as_json
@data_dir
def search(
    data: str | None, resume: str | None, out: Path, name: str | None, as_json: bool, data_dir: Path | None,
    **settings: Any,
) -> None:  # fmt: skip
    """Search for the settings that train best on DATA: digits or mnist.

    The learning rate is tried by order of magnitude, then lambda from 1.0 up and down, then both are refined.
    With other knobs, or more than two, Optuna proposes. A trial is a short training; it counts by its best
    accuracy on the validation data.

    A folder receives all trials, a table and a picture of them. Ctrl-C stops; --resume goes on. The same
    --resume in another terminal makes two workers share the search.
    """
    with Interruption() as interruption:
        use_compilation_cache()
        if resume is not None:
            begun = resumed(resume, data, data_dir, name, settings)
        else:
            begun = new(data, data_dir, out, name, settings)
        begun.watch(interruption, as_json)
        begun.finish(interruption, as_json)


def new(data: str | None, data_dir: Path | None, out: Path, name: str | None, settings: dict[str, Any]) -> "Search":
    """A new search. Only when all settings are known to be good does something appear on the disk."""
    from gradus.runs.folder import RunFolder, named_folder
    from gradus.search.search import SearchSettings, check

    if data is None:
        raise click.UsageError("Missing argument 'DATA': digits or mnist.")
    given: dict[str, Any] = {option: value for option, value in settings.items() if value not in (None, ())}
    if "knobs" in given:
        given["knobs"] = tuple(knob.strip() for knob in given["knobs"].split(","))
    chosen, dataset = SearchSettings(**given), images(data, data_dir)
    check(dataset, chosen)
    folder = out / named_folder(out, name, dataset.name)
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise SettingError(f"{folder} exists already; choose another --name, or go on with --resume {folder}") from None
    written = {"data": data, "data_dir": str(data_dir) if data_dir else None} | asdict(chosen)
    RunFolder(folder).write_settings(written)
    return Search(folder, dataset, chosen, data_dir)


def resumed(
    resume: str, data: str | None, data_dir: Path | None, name: str | None, settings: dict[str, Any]
) -> "Search":  # fmt: skip
    """A search that was begun before. Raises SettingError for what it cannot take, DataError where it is damaged."""
    from gradus.runs.folder import RunFolder
    from gradus.search.search import SearchSettings

    if data is not None or name is not None or any(value not in (None, ()) for value in settings.values()):
        raise SettingError("--resume takes data and settings from the search; besides it, only --data-dir and --json "
                           "can be given")  # fmt: skip
    folder = next((path for path in (Path(resume), SEARCHES / resume) if path.is_dir()), None)
    if folder is None:
        raise DataError(f"there is no search folder {resume!r}; begin one with: gradus search digits")
    written = RunFolder(folder).settings()
    data, written_dir = written.pop("data", ""), written.pop("data_dir", None)
    at = data_dir or (Path(written_dir) if written_dir else None)
    dataset = images(data, at)
    options: dict[str, Any] = {option: tuple(v) if isinstance(v, list) else v for option, v in written.items()}
    try:
        chosen = SearchSettings(**options)
    except TypeError as error:
        raise DataError(f"{folder}: its settings.toml cannot be used ({error})") from None
    return Search(folder, dataset, chosen, at)


def images(data: str, data_dir: Path | None) -> "Dataset":
    """The data set. Raises SettingError for a text, and DataError."""
    from gradus.data import is_text, load

    if is_text(data):
        raise SettingError(f"{data}: a search is for images; choose digits or mnist")
    return load(data, data_dir)


@dataclass
class Search:
    """A search's folder, what it learns from, and how it searches."""

    folder: Path
    data: "Dataset"
    settings: "SearchSettings"
    data_dir: Path | None

    def watch(self, interruption: Interruption, as_json: bool) -> None:
        """Search to the end, or until interrupted, with a line for every trial."""
        from gradus.search.search import search

        if not as_json:
            click.echo(f"{self.title()}\n")
        before = len(self.trials())
        with closing(search(self.data, self.folder, self.settings, lambda: interruption.requested)) as trials:
            for number, trial in enumerate(trials, before + 1):
                row = self.row(trial)
                click.echo(json.dumps(row) if as_json else f"trial {number:<3} {line(row, self.settings.turned)}")

    def finish(self, interruption: Interruption, as_json: bool) -> None:
        """Write down what there is, and say what was best. Raises RunInterruptedError where the search was stopped."""
        from rich.console import Console

        from gradus.search.search import best_first

        trials = self.trials()
        best = best_first(trials)
        if trials:
            self.write(trials, best)
        if interruption.requested:
            text = f"interrupted; {len(trials)} finished trials are kept in {self.folder}"
            raise RunInterruptedError(f"{text}; go on with: gradus search --resume {self.folder}")
        command = self.command(best[0].point)
        if as_json:
            click.echo(json.dumps({"search": str(self.folder), "best": self.row(best[0]), "command": command}))
            return
        click.echo(f"\nThe best of {len(best)} trials:")
        Console(highlight=False).print(self.table(best))
        click.echo(f"saved {self.folder}\ntrain the best with:\n  {command}")

    def trials(self) -> list["Trial"]:
        """All finished trials, of other workers and earlier times too."""
        from gradus.search.search import finished

        return finished(self.folder, self.settings)

    def title(self) -> str:
        """What a trial is."""
        all_of_them = len(self.data.training.x)
        few = min(self.settings.examples, all_of_them)
        examples = f"{few:,} of {all_of_them:,}" if few < all_of_them else f"all {few:,}"
        epochs = "1 epoch" if self.settings.epochs == 1 else f"{self.settings.epochs} epochs"
        return f"{self.data.name}: {epochs} on {examples} training examples a trial"

    def write(self, trials: list["Trial"], best: list["Trial"]) -> None:
        """Write trials.csv and search.png."""
        from gradus.figures.curves import draw_search
        from gradus.files.atomic import write_atomically

        text, rows = io.StringIO(), [{"trial": n} | self.row(trial) for n, trial in enumerate(trials, 1)]
        writer = csv.DictWriter(text, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(self.folder / "trials.csv", text.getvalue().encode())
        rows, joined = [self.row(trial) for trial in best], self.settings.goes_by_magnitude
        draw_search(rows, self.settings.turned, joined, self.title(), self.folder / "search.png")

    def row(self, trial: "Trial") -> dict[str, Any]:
        """A trial's knobs and numbers by name, as in trials.csv; a cost that is not finite is left empty."""
        outcome, knobs = trial.outcome, {knob: getattr(trial.point, knob) for knob in self.settings.turned}
        return knobs | {
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
        for heading in (*map(named, self.settings.turned), "validation", "cost"):
            table.add_column(heading, justify="right", overflow="fold")
        for row in map(self.row, best[:SHOWN]):
            knobs = [short(row[knob]) for knob in self.settings.turned]
            cost = "diverged" if row["diverged"] else f"{row['validation_cost']:.4f}"
            table.add_row(*knobs, f"{row['validation_accuracy']:.2%}", cost)
        return table

    def command(self, point: "Point") -> str:
        """What trains with the settings of a point."""
        from gradus.search.coarse_to_fine import Point

        usual, words = asdict(Point()) | {"learning_rate": None}, ["gradus", "train", self.data.name]
        chosen = {name: value for name, value in asdict(point).items() if value != usual[name]}
        if self.settings.seed:
            chosen["seed"] = self.settings.seed
        if self.data_dir:
            chosen["data_dir"] = str(self.data_dir)
        for name, value in chosen.items():
            words += [f"--{name.replace('_', '-')}", short(value)]
        return shlex.join(words)


def line(row: dict[str, Any], knobs: tuple[str, ...]) -> str:
    """One trial on one line."""
    result = "diverged" if row["diverged"] else f"validation {row['validation_accuracy']:.2%}"
    turned = "  ".join(f"{named(knob)} {short(row[knob]):<8}" for knob in knobs)
    return f"{turned}  {result}  {row['seconds']:.1f} s"


def named(knob: str) -> str:
    """What a person calls a knob."""
    return {"l2": "lambda", "l1": "lambda (L1)"}.get(knob, knob.replace("_", " "))


def short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
