"""The file of a report, in the folder of its run."""

from pathlib import Path

from gradus.data import Dataset, Text
from gradus.errors import DataError, GradusError, SettingError
from gradus.files import describe_problem, write_atomically
from gradus.models import Model
from gradus.reports.report import LANGUAGES, Source, make_report
from gradus.runs import Run, RunFolder
from gradus.sources import OPTIONS, find_kind, load

__all__ = ["NAME", "write_report", "write_run_report"]

NAME = "report.html"


def write_report(folder: Path, language: str = "en") -> Path:
    """Write the report of a run that was trained before; its data are read anew.

    Args:
        folder: of the run.
        language: one of LANGUAGES.

    Returns:
        The path of the page.

    Raises:
        SettingError: for another language.
        DataError: where the run is missing or damaged, or the page cannot be written.
    """
    if language not in LANGUAGES:
        raise SettingError(f"--language {language!r}: expected {' or '.join(LANGUAGES)}")
    run = RunFolder(folder)
    settings = run.read_settings()
    model = Model.load(run.model_path)
    data, problem = read_data(settings)
    source = Source(folder.resolve().name, model, run.all_metrics(), settings, data, problem)
    return write_page(folder, source, language)


def write_run_report(run: Run) -> Path:
    """Write the report of a run that has just been trained; the arguments and errors are those of `write_report`."""
    model = run.job.make_model(run.network)
    source = Source(run.folder.path.resolve().name, model, run.rows, run.job.settings, run.job.data)
    return write_page(run.folder.path, source, "en")


def read_data(settings: dict[str, object]) -> tuple[Dataset | Text | None, str]:
    """The data of a run, or why they cannot be read."""
    name = str(settings.get("data", ""))
    try:
        options = {option: settings[option] for option in OPTIONS[find_kind(name)] if option in settings}
        return load(name, **options), ""
    except GradusError as error:
        return None, str(error)


def write_page(folder: Path, source: Source, language: str) -> Path:
    """Write the page into the run's folder. Raises DataError where that fails."""
    path = folder / NAME
    try:
        write_atomically(path, make_report(source, language).encode())
    except OSError as error:
        raise DataError(describe_problem(error)) from None
    return path
