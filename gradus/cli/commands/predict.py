"""gradus predict: the class of a person's own image."""

import json
from pathlib import Path

import click

from gradus.cli.options import Command, as_json, load_model, use_compilation_cache
from gradus.errors import SettingError

__all__ = ["predict"]


@click.command(cls=Command)
@click.argument("run")
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@as_json
def predict(run: str, images: tuple[Path, ...], as_json: bool) -> None:
    """Classify images with the model of RUN.

    Each IMAGE is a PNG or JPEG file; the output is its class, and the probability of that class. RUN is a folder
    that `gradus train` made, or its name in runs/. A light background is inverted, and the digit is centred and
    scaled like those in the training data.
    """
    use_compilation_cache()
    import numpy as np

    from gradus.data import printable
    from gradus.images import read_digit
    from gradus.language import is_language_model

    model = load_model(run)
    if is_language_model(model.network):
        raise SettingError(f"the model of {run} is a language model; let it write with: gradus sample {run}")
    x = np.stack([read_digit(path, model.network.in_shape) for path in images])
    for path, outputs in zip(images, model.probabilities(x), strict=True):
        best = int(outputs.argmax())
        if as_json:
            by_class = dict(zip(model.classes, outputs.tolist(), strict=True))
            click.echo(json.dumps({"image": str(path), "class": model.classes[best], "probabilities": by_class}))
        else:
            click.echo(f"{path}: {printable(model.classes[best])} ({outputs[best]:.1%})")
