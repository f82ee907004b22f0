"""gradus evaluate: how good a trained model is on test data."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradus.cli.options import as_json, data_dir, load_run, use_compilation_cache
from gradus.errors import SettingError

if TYPE_CHECKING:
    from gradus.models import ClassificationMetrics, Evaluation

__all__ = ["evaluate"]


@click.command()
@click.argument("run")
@click.argument("data")
@as_json
@data_dir
def evaluate(run: str, data: str, as_json: bool, data_dir: Path | None) -> None:
    """Measure the model of RUN on the test part of DATA: digits, mnist, a FILE.txt or text.

    Of images, precision, recall and F1 of every class come with it, the confusion matrix where it fits the
    terminal, log loss, and the calibration error: by how much the model is surer than it is right, or less sure.
    Of a text, the test part is the last tenth, and the cost is also given in bits and as perplexity.
    """
    use_compilation_cache()
    from gradus.data import is_text

    result, metrics, examples = on_text(run, data) if is_text(data) else on_images(run, data, data_dir)
    if as_json:
        more = metrics.numbers() if metrics else {}
        click.echo(json.dumps({"run": run, "data": data} | result.numbers() | more))
        return
    click.echo(f"test  {result.described()}  of {examples}")
    if metrics:
        click.echo(metrics.described(shutil.get_terminal_size().columns))


def on_images(run: str, data: str, data_dir: Path | None) -> "tuple[Evaluation, ClassificationMetrics, str]":
    """How good the model is on a data set, and what was counted. Raises SettingError, DataError."""
    from gradus.data import load

    model, dataset = load_run(run), load(data, data_dir)
    if model.classes != dataset.classes:
        raise SettingError(f"the model of {run} knows other classes than {dataset.name}")
    return model.evaluate(dataset.test), model.metrics(dataset.test), f"{len(dataset.test.x):,} examples"


def on_text(run: str, data: str) -> "tuple[Evaluation, None, str]":
    """Likewise on a text, whose characters must be those of the model. Raises SettingError, DataError."""
    from gradus.data import load_text
    from gradus.language import evaluate_text
    from gradus.language.network import check_language_model

    model = load_run(run)
    check_language_model(model.network, model.classes, run)
    text = load_text(data, model.classes)
    return evaluate_text(model.network, text.test), None, f"{len(text.test) - 1:,} characters"
