"""gradus predict: what a model answers to a person's own images, tables and texts."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradus.cli.errors import DATA, print_error
from gradus.cli.options import Command, as_json, load_model, use_compilation_cache
from gradus.errors import SettingError

if TYPE_CHECKING:
    from gradus.answers import AnswerSheet

__all__ = ["predict"]


@click.command(cls=Command)
@click.argument("run")
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--show", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
              help="PNG file for a sheet of up to 300 pictures, with a box around each of several digits, what the "
              "network saw, and its answer.")  # fmt: skip
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: the name, the answer, and each class's probability.")
@as_json
def predict(run: str, data: tuple[Path, ...], show: Path | None, as_csv: bool, as_json: bool) -> None:
    """Ask the model of RUN about DATA.

    DATA are files or folders of what RUN was trained on: images (PNG, JPEG, GIF, WebP, BMP or TIFF), tables with the
    same columns, or texts; - is standard input, for texts one in each line. The output has the class and its
    probability, or the predicted numbers. RUN is a folder that `gradus train` made, or its name in runs/.

    For mnist and digits, a light background is inverted, and the digit is centred and scaled like those in the
    training data. Each of several digits on one sheet gets an answer, line by line: sheet.png#1, sheet.png#2 and so on.

    What cannot be read does not stop the rest; the exit code is 3 then.
    """
    use_compilation_cache()
    from gradus.answers import AnswerSheet, answer_questions, make_writer, read_questions
    from gradus.language import is_language_model

    check_sheet(show, data)
    if as_csv and as_json:
        raise SettingError("--csv and --json exclude each other; leave one out")
    model = load_model(run)
    if is_language_model(model.network):
        raise SettingError(f"the model of {run} is a language model; let it write with: gradus sample {run}")
    write = make_writer("csv" if as_csv else "json" if as_json else "text", model)
    sheet = AnswerSheet(model.preprocessing.divide_by)
    refused = 0
    for answers in answer_questions(model, read_questions(model, data)):
        if text := write(answers):
            click.echo(text)
        for answer in answers:
            if answer.question.x is None:
                print_error(answer.question.problem)
                refused += 1
            elif answer.question.path is not None:
                sheet.add(answer)
    if show is not None:
        write_sheet(show, sheet)
    if refused:
        click.get_current_context().exit(DATA)


def check_sheet(show: Path | None, data: tuple[Path, ...]) -> None:
    """Raise SettingError where --show names no PNG, or one of the images."""
    if show is None:
        return
    if show.suffix.lower() != ".png":
        raise SettingError(f"--show {show}: the sheet is a PNG; expected a name ending in .png")
    if any(show.exists() and path.exists() and show.samefile(path) for path in data):
        raise SettingError(f"--show {show}: is one of the images, and would be overwritten; choose another name")


def write_sheet(path: Path, sheet: "AnswerSheet") -> None:
    """Write the PNG of --show."""
    from gradus.files import write_atomically

    if not sheet.pictures:
        return
    content = io.BytesIO()
    sheet.draw().save(content, format="PNG")
    write_atomically(path, content.getvalue())
    if len(sheet.pictures) < sheet.total:
        print_error(
            f"{path}: shows the first {len(sheet.pictures)} of {sheet.total:,} pictures; the others have no room"
        )
