"""How answers are written: lines for people, CSV and JSON lines for programs."""

import csv
import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from gradus.answers.answering import Answer
from gradus.answers.questions import noun
from gradus.data import printable

if TYPE_CHECKING:
    from gradus.models import Model

__all__ = ["FORMATS", "make_writer"]

FORMATS = ("text", "csv", "json")
Writer = Callable[[list[Answer]], str]  # the lines of some answers; "" for none


def make_writer(form: str, model: "Model") -> Writer:
    """The writer of one of FORMATS; that of CSV begins with a header."""
    name = noun(model)
    match form:
        case "csv":
            return CsvWriter(name, model)
        case "json":
            return lambda answers: "\n".join(json.dumps(as_dict(answer, name)) for answer in answers)
        case _ if name == "image":
            return lambda answers: "\n".join(
                f"{printable(answer.question.name)}: {answer.text}" for answer in answers if answer.outputs
            )
        case _:
            return lambda answers: text_table(answers, name)


def as_dict(answer: Answer, name: str) -> dict[str, object]:
    """An answer as JSON has it."""
    named: dict[str, object] = {name: answer.question.name}
    if answer.question.x is None:
        return named | {"error": answer.question.problem}
    if answer.question.digit:
        named["box"] = answer.question.digit.box
    if answer.label:
        return named | {"class": answer.label, "probabilities": answer.outputs}
    return named | {"values": answer.outputs}


class CsvWriter:
    """Lines of CSV: the name, then the class and a probability for each class, or a number for each target."""

    def __init__(self, name: str, model: "Model") -> None:
        self.header = [name, "class", *model.classes] if model.classes else [name, *model.targets]

    def __call__(self, answers: list[Answer]) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if self.header:
            writer.writerow(self.header)
            self.header, self.width = [], len(self.header)
        for answer in answers:
            label = [answer.label] if answer.label else []
            cells = [answer.question.name, *label, *(f"{number:.7g}" for number in answer.outputs.values())]
            writer.writerow(cells + [""] * (self.width - len(cells)))
        return text.getvalue().removesuffix("\n")


def text_table(answers: list[Answer], name: str) -> str:
    """Answers below each other in columns."""
    lines = []
    for answer in answers:
        if answer.label:
            cells = [printable(answer.label), f"{answer.outputs[answer.label]:.1%}"]
        else:
            cells = [f"{printable(target)} {number:.6g}" for target, number in answer.outputs.items()]
        if answer.outputs:
            lines.append([f"{name} {printable(answer.question.name)}", *cells])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, cells, widths)).rstrip() for cells in lines)
