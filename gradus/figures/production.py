"""From a figure's name to its files: pictures, numbers, and what the page says of it."""

import csv
import io
import json
import time
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from gradus.errors import SettingError
from gradus.figures import FIGURES
from gradus.figures.catalogue import common, texts
from gradus.figures.measured import Measured
from gradus.figures.sources import Sources
from gradus.figures.style import chinese_font, png, svg, written_in
from gradus.files.atomic import write_atomically

__all__ = ["Account", "check_name", "pictures", "produce", "told"]


@dataclass(frozen=True)
class Account:
    """What there is to be said of a figure that was drawn. files: their names, by kind."""

    name: str
    language: str
    theory: str
    title: str
    question: str
    shows: str
    equation: str
    source: str
    seconds: float
    files: dict[str, str]


def check_name(name: str) -> None:
    """Raise SettingError where there is no such figure."""
    if name not in FIGURES:
        raise SettingError(f"there is no figure {name!r}; `gradus figures` lists them all")


def produce(name: str, language: str, sources: Sources, folder: Path, **size: Any) -> Account:
    """Run the figure's experiment, and write its pictures, its numbers and its account into the folder, which is there.

    language: one of LANGUAGES.  size: what the figure's `measure` takes beside the sources.
    Raises SettingError, DataError and OSError; then nothing is written.
    """
    check_name(name)
    began = time.perf_counter()
    measured = module_of(name).measure(sources, **size)
    seconds = time.perf_counter() - began
    contents = pictures(name, language, measured) | {"csv": table(measured)}
    for kind, content in contents.items():
        write_atomically(folder / f"{name}.{kind}", content)
    account = told(name, language, measured, seconds, tuple(contents))
    write_atomically(folder / f"{name}.json", json.dumps(asdict(account), ensure_ascii=False, indent=1).encode())
    return account


def module_of(name: str) -> Any:
    return import_module(f"gradus.figures.{name.replace('-', '_')}")


def pictures(name: str, language: str, measured: Measured) -> dict[str, bytes]:
    """The figure as SVG and PNG, and where it moves as GIF."""
    # without a font for it, the words in the picture are English, and those beside it still Chinese
    drawn_in = language if language != "zh" or chinese_font() else "en"
    labels = {**common(drawn_in), **texts(name, drawn_in).labels}
    module = module_of(name)
    with written_in(drawn_in):
        figure = module.draw(measured, labels)
        contents = {"svg": svg(figure), "png": png(figure)}
        if hasattr(module, "animate"):
            contents["gif"] = module.animate(measured, labels)
    return contents


def told(name: str, language: str, measured: Measured, seconds: float, kinds: tuple[str, ...]) -> Account:
    """The account, with the numbers just measured in its sentences."""
    text, words = texts(name, language), common(language)
    sentences = {**words, **text.sentences}
    said = [sentences[key].format_map(measured.numbers) for key in measured.says]
    if not measured.claim:
        said.append(words["unseen"])
    gap = " " if language == "en" else ""
    files = {kind: f"{name}.{kind}" for kind in kinds}
    shows = gap.join(said)
    return Account(
        name, language, text.theory, text.title, text.question, shows, text.equation, text.source, seconds, files
    )


def table(measured: Measured) -> bytes:
    """The numbers behind the picture, as CSV."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(measured.table)
    writer.writerows(zip(*measured.table.values(), strict=True))
    return lines.getvalue().encode()
