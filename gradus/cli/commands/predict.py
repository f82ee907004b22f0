"""gradus predict: the class of a person's own image."""

import io
import json
from collections.abc import Iterator
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

    Reading = tuple[Path, np.ndarray | str]

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
    answers, has_problem = [], False
    for path, x, outputs in with_outputs(model, read_images(images, model.network.in_shape)):
        if isinstance(x, str):
            has_problem = True
            if as_json:
                click.echo(json.dumps({"image": str(path), "error": x}))
            print_error(x)
            continue
        best = int(outputs.argmax())
        answers.append(Answer(path, x, f"{printable(model.classes[best])} ({outputs[best]:.1%})"))
        if as_json:
            by_class = dict(zip(model.classes, outputs.tolist(), strict=True))
            click.echo(json.dumps({"image": str(path), "class": model.classes[best], "probabilities": by_class}))
        else:
            click.echo(f"{printable(str(path))}: {answers[-1].text}")
    if show is not None and answers:
        write_sheet(show, answers, model)
    if has_problem:
        click.get_current_context().exit(DATA)


def read_images(paths: tuple[Path, ...], in_shape: tuple[int, ...]) -> "list[Reading]":
    """The input (*in_shape) of each image, or the message why it cannot be read."""
    from gradus.images import read_digit

    readings: list[Reading] = []
    for path in paths:
        try:
            readings.append((path, read_digit(path, in_shape)))
        except DataError as error:
            readings.append((path, str(error)))
    return readings


def with_outputs(model: "Model", readings: "list[Reading]") -> "Iterator[tuple[Path, np.ndarray | str, np.ndarray]]":
    """The readings with the probabilities of all classes, (classes,); none beside a message."""
    import numpy as np

    inputs = [x for _, x in readings if not isinstance(x, str)]
    outputs = iter(model.probabilities(np.stack(inputs)) if inputs else ())
    nothing = np.zeros(0)
    return ((path, x, nothing if isinstance(x, str) else next(outputs)) for path, x in readings)


def write_sheet(path: Path, answers: list[Answer], model: "Model") -> None:
    """Write the PNG of --show."""
    from gradus.files import write_atomically

    content = io.BytesIO()
    draw_answers(answers[:MAX_ANSWERS], model.preprocessing.divide_by).save(content, format="PNG")
    write_atomically(path, content.getvalue())
    if len(answers) > MAX_ANSWERS:
        print_error(f"{path}: shows the first {MAX_ANSWERS} of {len(answers):,} pictures; the others have no room")
