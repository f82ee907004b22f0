"""gradus predict: the class of a person's own image."""

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradus.cli.answers import MAX_ANSWERS, Answer, draw_answers
from gradus.cli.errors import DATA, print_error
from gradus.cli.options import Command, as_json, load_model, use_compilation_cache
from gradus.errors import DataError, SettingError

if TYPE_CHECKING:
    import numpy as np

    from gradus.models import Model

    Input = tuple[Path, np.ndarray]

__all__ = ["predict"]


@click.command(cls=Command)
@click.argument("run")
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--show", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help=f"PNG file for a sheet of up to {MAX_ANSWERS} pictures, what the network saw of each, and its "
              "answer.")  # fmt: skip
@as_json
def predict(run: str, images: tuple[Path, ...], show: Path | None, as_json: bool) -> None:
    """Classify images with the model of RUN.

    Each IMAGE is a PNG, JPEG, GIF, WebP, BMP or TIFF file; the output is its class, and the probability of that
    class. RUN is a folder that `gradus train` made, or its name in runs/. A light background is inverted, and the
    digit is centred and scaled like those in the training data. An image that cannot be read does not stop the
    others; the exit code is 3 then.
    """
    use_compilation_cache()
    from gradus.data import printable
    from gradus.language import is_language_model

    if show is not None and show.suffix.lower() != ".png":
        raise SettingError(f"--show {show}: the sheet is a PNG; expected a name ending in .png")
    if show is not None and any(show.exists() and path.exists() and show.samefile(path) for path in images):
        raise SettingError(f"--show {show}: is one of the images, and would be overwritten; choose another name")
    model = load_model(run)
    if is_language_model(model.network):
        raise SettingError(f"the model of {run} is a language model; let it write with: gradus sample {run}")
    inputs, problems = read_images(images, model.network.in_shape)
    answers = []
    for (path, x), outputs in zip(inputs, probabilities(model, inputs), strict=True):
        best = int(outputs.argmax())
        answers.append(Answer(path, x, f"{printable(model.classes[best])} ({outputs[best]:.1%})"))
        if as_json:
            by_class = dict(zip(model.classes, outputs.tolist(), strict=True))
            click.echo(json.dumps({"image": str(path), "class": model.classes[best], "probabilities": by_class}))
        else:
            click.echo(f"{printable(str(path))}: {answers[-1].text}")
    if show is not None and answers:
        write_sheet(show, answers, model)
    for path, problem in problems:
        if as_json:
            click.echo(json.dumps({"image": str(path), "error": problem}))
        print_error(problem)
    if problems:
        click.get_current_context().exit(DATA)


def read_images(paths: tuple[Path, ...], in_shape: tuple[int, ...]) -> "tuple[list[Input], list[tuple[Path, str]]]":
    """The inputs (*in_shape) of the images that can be read, and the messages for all others."""
    from gradus.images import read_digit

    inputs, problems = [], []
    for path in paths:
        try:
            inputs.append((path, read_digit(path, in_shape)))
        except DataError as error:
            problems.append((path, str(error)))
    return inputs, problems


def probabilities(model: "Model", inputs: list["Input"]) -> "np.ndarray":
    """The probabilities of all classes, (images, classes)."""
    import numpy as np

    return model.probabilities(np.stack([x for _, x in inputs])) if inputs else np.zeros((0, len(model.classes)))


def write_sheet(path: Path, answers: list[Answer], model: "Model") -> None:
    """Write the PNG of --show."""
    from gradus.files import write_atomically

    content = io.BytesIO()
    draw_answers(answers[:MAX_ANSWERS], model.preprocessing.divide_by).save(content, format="PNG")
    write_atomically(path, content.getvalue())
    if len(answers) > MAX_ANSWERS:
        print_error(f"{path}: shows the first {MAX_ANSWERS} of {len(answers):,} pictures; the others have no room")
