"""What a trained model answers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from gradus.answers.questions import Question
from gradus.data import printable

if TYPE_CHECKING:
    from gradus.models import Model

__all__ = ["Answer", "answer_questions"]

AT_ONCE = 1000  # questions in memory


@dataclass(frozen=True, eq=False)
class Answer:
    """A question with the network's answer.

    Args:
        question: what was asked.
        label: the name of the most probable class; "" where numbers are predicted, or nothing could be read.
        outputs: probabilities by class, or numbers by target; empty where nothing could be read.
    """

    question: Question
    label: str
    outputs: dict[str, float]

    @property
    def text(self) -> str:
        """The answer in words."""
        if self.label:
            return f"{printable(self.label)} ({self.outputs[self.label]:.1%})"
        return ", ".join(f"{printable(name)} {number:.6g}" for name, number in self.outputs.items())


def answer_questions(model: "Model", questions: Iterable[Question]) -> Iterator[list[Answer]]:
    """The answers to questions, in their order, some hundreds at a time."""
    questions = iter(questions)
    while block := list(islice(questions, AT_ONCE)):
        yield answer_block(model, block)


def answer_block(model: "Model", questions: list[Question]) -> list[Answer]:
    """The answers to a few questions at once."""
    inputs = [question.x for question in questions if question.x is not None]
    found: Iterator[np.ndarray] = iter(())
    if inputs:
        found = iter((model.predict if model.targets else model.probabilities)(np.stack(inputs)))
    answers = []
    for question in questions:
        if question.x is None:
            answers.append(Answer(question, "", {}))
            continue
        outputs = dict(zip(model.classes or model.targets, next(found).tolist(), strict=True))
        label = max(outputs, key=outputs.__getitem__) if model.classes else ""
        answers.append(Answer(question, label, outputs))
    return answers
