"""gradus evaluate: how good a trained model is on test data."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from gradus.cli.options import as_json, data_dir, load_run, use_compilation_cache

__all__ = ["evaluate"]


@click.command()
@click.argument("run")
@click.argument("data")
@as_json
@data_dir
def evaluate(run: str, data: str, as_json: bool, data_dir: Path | None) -> None:
    """Measure the model of RUN on the test part of DATA (digits or mnist): cost and accuracy."""
    use_compilation_cache()
    from gradus.data import load
    from gradus.errors import SettingError

    model, dataset = load_run(run), load(data, data_dir)
    if model.classes != dataset.classes:
        raise SettingError(f"the model of {run} knows other classes than {dataset.name}")
    result = model.evaluate(dataset.test)
    if as_json:
        click.echo(json.dumps({"run": run, "data": data} | asdict(result)))
    else:
        click.echo(f"test  cost {result.cost:.4f}  accuracy {result.accuracy:.2%}  of {len(dataset.test.x):,} examples")
