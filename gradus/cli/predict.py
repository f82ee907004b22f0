"""gradus predict: what a person's own image shows."""

import json
from pathlib import Path

import click

from gradus.cli.options import as_json, load_run, use_compilation_cache

__all__ = ["predict"]


@click.command()
@click.argument("run")
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@as_json
def predict(run: str, images: tuple[Path, ...], as_json: bool) -> None:
    """Say what each IMAGE (PNG or JPEG) shows, and how probable that is, by the model of RUN.

    RUN is a folder that `gradus train` made, or its name in runs/. A light background is inverted, and
    the digit is centred and scaled as those that the model learned from.
    """
    use_compilation_cache()
    import numpy as np

    from gradus.errors import SettingError
    from gradus.images.reading import read_digit
    from gradus.language.network import is_language_model

    model = load_run(run)
    if is_language_model(model.network):
        raise SettingError(f"the model of {run} is a language model; let it write with: gradus sample {run}")
    x = np.stack([read_digit(path, model.network.in_shape) for path in images])
    for path, outputs in zip(images, model.probabilities(x), strict=True):
        best = int(outputs.argmax())
        if as_json:
            by_class = dict(zip(model.classes, outputs.tolist(), strict=True))
            click.echo(json.dumps({"image": str(path), "class": model.classes[best], "probabilities": by_class}))
        else:
            click.echo(f"{path}: {model.classes[best]} ({outputs[best]:.1%})")
