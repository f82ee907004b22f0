"""The record of a figure that was drawn: what its page says, as a JSON file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from gradus.errors import DataError
from gradus.figures.catalogue import FIGURES, common_texts
from gradus.figures.measurement import Measurement
from gradus.files import write_atomically

__all__ = ["FigureRecord", "describe", "read_record", "write_record"]


@dataclass(frozen=True)
class FigureRecord:
    """A figure that was drawn, as its page shows it.

    Args:
        language: of all texts.
        shows: the sentences about the outcome, with the numbers measured.
        seconds: the time that the experiment took.
        files: the names of the pictures and of the table, by kind.
    """

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


def describe(name: str, language: str, measurement: Measurement, seconds: float, files: dict[str, str]) -> FigureRecord:
    """The record of a figure, with the numbers just measured in its sentences."""
    figure, common = FIGURES[name], common_texts(language)
    texts = figure.texts[language]
    templates = {**common, **texts.sentences}
    sentences = [templates[key].format_map(measurement.numbers) for key in measurement.sentences]
    if not measurement.claim_holds:
        sentences.append(common["claim_fails"])
    return FigureRecord(
        name=name,
        language=language,
        theory=figure.theory,
        title=texts.title,
        question=texts.question,
        shows=("" if language == "zh" else " ").join(sentences),
        equation=figure.equation,
        source=texts.source,
        seconds=seconds,
        files=files,
    )


def write_record(record: FigureRecord, folder: Path) -> None:
    """Write NAME.json into the folder."""
    content = json.dumps(asdict(record), ensure_ascii=False, indent=1)
    write_atomically(folder / f"{record.name}.json", content.encode())


def read_record(path: Path) -> FigureRecord:
    """Read a file of `write_record`. Raises DataError if it is not one."""
    try:
        return FigureRecord(**json.loads(path.read_bytes()))
    except (ValueError, TypeError):
        raise DataError(f"{path}: not the record of a figure; remove it, or draw the figure again") from None
