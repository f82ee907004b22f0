"""Asking a model about files of any kind, as `gradus predict` and `gradus evaluate` do."""

import io
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from bench.fuzz.folders import STANDARD_INPUT
from gradus.answers import FORMATS, answer_questions, make_writer, read_questions
from gradus.errors import GradusError
from gradus.models import Model
from gradus.runs.measuring import other_examples
from gradus.sources import find_kind

__all__ = ["ask"]


def ask(model: Model, folder: Path) -> None:
    """Ask the model about every file in the folder, the whole of it, and standard input, which is its file `-`."""
    piped = folder / STANDARD_INPUT.decode()
    content = piped.read_bytes() if piped.is_file() else b""
    paths = [*(path for path in folder.iterdir() if path != piped), folder]
    for path in paths:
        answer(model, path, content)
        measure(model, path)
    answer(model, Path("-"), content)


def answer(model: Model, path: Path, content: bytes) -> None:
    """Write the answers in every format."""
    stdin = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8")
    try:
        with mock.patch("sys.stdin", stdin), mock.patch.object(Model, "probabilities", certain):
            answers = [answer for some in answer_questions(model, read_questions(model, [path])) for answer in some]
    except GradusError:
        return
    for form in FORMATS:
        make_writer(form, model)(answers)
    assert answers or path.is_file()  # `gradus predict` never ends without a word


def certain(model: Model, x: np.ndarray) -> np.ndarray:
    """Probabilities without computing any."""
    model.network.check_inputs(x)
    assert np.isfinite(x).all()
    return np.full((len(x), len(model.classes)), 1 / len(model.classes))


def measure(model: Model, path: Path) -> None:
    """Read the examples that `gradus evaluate` measures a model on."""
    try:
        examples: Any = other_examples(path, find_kind(str(path)), model, None)
    except GradusError:
        return
    assert examples.x.shape == (len(examples.y), *model.network.in_shape)
