"""From a figure's name to its files: the experiment, the pictures, the table and the record."""

import csv
import io
import time
from pathlib import Path
from typing import Any

from gradus.figures.catalogue import FIGURES, common_texts
from gradus.figures.fonts import chinese_font, fonts_for
from gradus.figures.measurement import Measurement
from gradus.figures.record import FigureRecord, describe, write_record
from gradus.figures.sources import Sources
from gradus.figures.style import png, svg
from gradus.files import write_atomically

__all__ = ["draw_pictures", "run_figure"]


def run_figure(name: str, language: str, sources: Sources, folder: Path, **sizes: Any) -> FigureRecord:
    """Run a figure's experiment, and write its pictures, its table and its record.

    Args:
        name: one of FIGURES.
        language: one of LANGUAGES.
        folder: an existing folder; it receives NAME.svg, NAME.png, NAME.csv, NAME.json and, if it moves, NAME.gif.
        sizes: arguments of the figure's `measure`.

    Raises:
        SettingError: if there is no such figure.
        DataError: if the data cannot be had. Nothing is written then.
        OSError: if the folder cannot be written to.
    """
    figure = FIGURES.find(name)
    start = time.perf_counter()
    measurement = figure.module().measure(sources, **sizes)
    seconds = time.perf_counter() - start
    contents = draw_pictures(name, language, measurement) | {"csv": csv_table(measurement)}
    files = {kind: f"{name}.{kind}" for kind in contents}
    for kind, content in contents.items():
        write_atomically(folder / files[kind], content)
    record = describe(name, language, measurement, seconds, files)
    write_record(record, folder)
    return record


def draw_pictures(name: str, language: str, measurement: Measurement) -> dict[str, bytes]:
    """The figure by kind of file: "svg" and "png", and "gif" where it moves."""
    if language == "zh" and not chinese_font():
        language = "en"  # of the words in the picture; those beside it stay Chinese
    figure = FIGURES[name]
    module: Any = figure.module()
    labels = {**common_texts(language), **figure.texts[language].labels}
    with fonts_for(language):
        picture = module.draw(measurement, labels)
        contents = {"svg": svg(picture), "png": png(picture)}
        if hasattr(module, "animate"):
            contents["gif"] = module.animate(measurement, labels)
    return contents


def csv_table(measurement: Measurement) -> bytes:
    """The numbers behind the picture, as CSV."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(measurement.table)
    writer.writerows(zip(*measurement.table.values(), strict=True))
    return lines.getvalue().encode()
