"""gradus evaluate: the cost, accuracy and other metrics of a trained model on test data."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradus.cli.options import Command, as_json, data_dir, load_model, run_path, use_compilation_cache

if TYPE_CHECKING:
    from gradus.models import ClassificationMetrics, Evaluation, RegressionMetrics

    Metrics = ClassificationMetrics | RegressionMetrics

__all__ = ["evaluate"]


@click.command(cls=Command)
@click.argument("run")
@click.argument("data")
@as_json
@data_dir
def evaluate(run: str, data: str, as_json: bool, data_dir: Path | None) -> None:
    """Measure the model of RUN on test data.

    DATA is a data set ({datasets}), a table, a FILE.npz of arrays, a FILE.txt, or the word text. The model is
    measured on its test part; of a table that it was not trained on, on all rows that have the target.

    For images, the output has precision, recall and F1 of every class, the confusion matrix where it fits the
    terminal, log loss, and the calibration error: how far the model's confidence is from its accuracy.
    For numbers, it has their errors. For a text, the test part is the last tenth, and the cost is also given in bits
    and as perplexity.
    """
    use_compilation_cache()
    from gradus.models import ClassificationMetrics
    from gradus.sources import check_options, find_kind

    kind, options = find_kind(data), {} if data_dir is None else {"data_dir": data_dir}
    check_options(kind, options)
    result, metrics, examples = on_text(run, data) if kind == "text" else on_examples(run, data, options)
    if as_json:
        more = metrics.as_dict() if metrics else {}
        click.echo(json.dumps({"run": run, "data": data} | result.as_dict() | more))
        return
    click.echo(f"test  {result.summary()}  of {examples}")
    if isinstance(metrics, ClassificationMetrics):  # the errors of numbers are in the first line
        click.echo(metrics.summary(shutil.get_terminal_size().columns))


def on_examples(
    run: str, data: str, options: dict[str, Path]
) -> "tuple[Evaluation, ClassificationMetrics | RegressionMetrics, str]":
    """The evaluation and metrics on the test part of examples, and its size in words.

    Raises:
        SettingError: where the data has other classes or targets than the model.
        DataError: where the run or the data is missing or damaged.
    """
    from gradus.runs import evaluation_examples

    model = load_model(run)
    examples = evaluation_examples(run_path(run), model, data, options)
    return model.evaluate(examples), model.metrics(examples), f"{len(examples.x):,} examples"


def on_text(run: str, data: str) -> "tuple[Evaluation, None, str]":
    """The evaluation on a text's test part, and its size in words.

    Raises:
        SettingError: where the model is no language model.
        DataError: where the run or the text is missing or damaged, or has characters that the model does not know.
    """
    from gradus.language import check_language_model, evaluate_text
    from gradus.models import finite
    from gradus.sources import load_one_text

    model = load_model(run)
    check_language_model(model.network, model.classes, run)
    text = load_one_text(data, model.classes)
    return finite(evaluate_text(model.network, text.test)), None, f"{len(text.test) - 1:,} characters"
