"""Answers of a trained model to a person's own pictures, rows and passages."""

from gradus.answers.answering import Answer, answer_questions
from gradus.answers.questions import Question, read_questions
from gradus.answers.sheet import AnswerSheet
from gradus.answers.writing import FORMATS, make_writer

__all__ = [
    "FORMATS",
    "Answer",
    "AnswerSheet",
    "Question",
    "answer_questions",
    "make_writer",
    "read_questions",
]
