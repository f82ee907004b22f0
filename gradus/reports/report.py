"""A report as one HTML page that needs nothing from elsewhere."""

import shlex
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from gradus.data import Dataset, Text
from gradus.language import evaluate_text, is_language_model, sample
from gradus.models import Model
from gradus.reports.pictures import draw_curves
from gradus.reports.sections import Cell, Section, cells, data_sections, keys, measures
from gradus.runs import Metrics

__all__ = ["LANGUAGES", "Source", "make_report"]

LANGUAGES = ("en", "zh")
TEMPERATURES = (0.4, 0.8, 1.2)
SAMPLE = 400  # characters
NOT_OPTIONS = ("data", "network")  # of settings.toml: the argument, and what only people read


@dataclass(frozen=True)
class Source:
    """What a report is made from.

    Args:
        name: of the run.
        model: that was trained.
        rows: of metrics.csv.
        settings: of settings.toml.
        data: None where it cannot be read.
        problem: why it cannot be read.
    """

    name: str
    model: Model
    rows: Sequence[Metrics]
    settings: dict[str, Any]
    data: Dataset | Text | None
    problem: str = ""


def make_report(source: Source, language: str = "en") -> str:
    """The page.

    Args:
        language: one of LANGUAGES.

    Raises:
        DataError: where the model's outputs are not finite numbers.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(resource("report.html.jinja"))
    words = tomllib.loads(resource(f"texts/{language}.toml"))
    return template.render(title=source.name, language=language, words=words, sections=list(sections(source)))


def resource(name: str) -> str:
    """A file of this room."""
    return files("gradus.reports").joinpath(name).read_text("utf-8")


def sections(source: Source) -> Iterator[Section]:
    """All sections, in their order."""
    match source.data:
        case Dataset() as data:
            yield Section("data", rows=[cells(note) for note in data.notes] or [cells(data_text(data))])
        case Text() as text:
            yield Section("data", rows=[cells(f"{text.name}: {text}")])
        case None:
            yield Section("data", "missing", {"reason": source.problem})
    if source.rows:
        yield Section("curves", "curves_text", pictures=draw_curves(source.rows))
    match source.data:
        case Dataset() as data:
            yield from data_sections(source.model, data)
        case Text() as text:
            yield text_result(source.model, text)
    if is_language_model(source.model.network):
        yield from samples(source.model)
    network = source.model.network
    yield Section("network", code=network.summary())
    options = {name: value for name, value in source.settings.items() if value is not None}
    yield Section("settings", head=keys("setting", "value"), rows=[cells(*item) for item in options.items()])
    yield Section("repeat", code=command(options))


def data_text(data: Dataset) -> str:
    """The sizes of a data set's parts, in words."""
    parts = (data.training, data.validation, data.test)
    names = ("training", "validation", "test")
    return f"{data.name}: " + ", ".join(f"{len(part.x):,} {name}" for part, name in zip(parts, names, strict=True))


def text_result(model: Model, text: Text) -> Section:
    """The cost of a language model on the test part."""
    result = evaluate_text(model.network, text.test)
    found = {name: f"{value:.4f}" for name, value in result.as_dict().items()}
    return measures(found, "test", len(text.test) - 1)


def samples(model: Model) -> Iterator[Section]:
    """Texts that a language model writes."""
    rows = []
    for temperature in TEMPERATURES:
        pieces = sample(model.network, model.classes, length=SAMPLE, temperature=temperature)
        rows.append([Cell(f"{temperature:g}"), Cell("".join(pieces))])
    yield Section("samples", "samples_text", rows=rows)


def command(options: dict[str, Any]) -> str:
    """The command that trains again."""
    words = ["gradus", "train", str(options.get("data", ""))]
    for name, value in options.items():
        if name in NOT_OPTIONS:
            continue
        option = f"--{name.replace('_', '-')}"
        words += [option] if value is True else [option, str(value)]
    return shlex.join(words)
