"""gradus train: from a data set to a trained model in a folder."""

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradus.cli.options import RUNS, as_json, data_dir, use_compilation_cache
from gradus.cli.signals import Interruption
from gradus.errors import DivergedError, RunInterruptedError

if TYPE_CHECKING:
    from collections.abc import Generator

    from gradus.cli.jobs import Job
    from gradus.training import Epoch, Model, Stretch
    from gradus.training.run_folder import RunFolder

__all__ = ["train"]

ACTIVATIONS = "sigmoid, tanh, relu, leaky_relu, elu, softplus, silu, gelu or linear"
WEIGHTS = "zeros, ones, gaussian, scaled, xavier or he"


@click.command()
@click.argument("data")
@click.option("--layers",
              help='A line such as "conv20-5x5 maxpool2 dense100 dense10", sizes such as 784-30-10, or one of '
              "single-layer, hidden30, hidden100, deep, convolutional; of a text, such as "
              '"lstm256 dropout0.8 lstm256".  [default: convolutional; text: lstm512 dropout0.7]')  # fmt: skip
@click.option("--cost", help="log-likelihood (of softmax outputs), cross-entropy or quadratic (of sigmoid outputs).  "
              "[default: log-likelihood]")  # fmt: skip
@click.option("--activation", help=f"Of the hidden layers: {ACTIVATIONS}.  [default: relu]")
@click.option("--weights", help=f"Initial weights: {WEIGHTS}.  [default: he with relu and its kin, else scaled]")
@click.option("--epochs", type=int, help="Times through the training data.  [default: 30; text: 10]")
@click.option("--batch-size", type=int,
              help="Examples in one step; of a text, streams.  [default: 10; text: 32, fewer if short]")  # fmt: skip
@click.option("--time", type=int, help="Characters of each stream in one step.  [default: 64]")
@click.option("--learning-rate", type=float,
              help="Eta, the length of a step; with text it falls to 0.  [default: 0.05; text: 0.003]")  # fmt: skip
@click.option("--l2", type=float, help="Lambda, the strength of weight decay.  [default: 0]")
@click.option("--seed", type=int, default=0, show_default=True, help="Decides every random choice.")
@click.option("--out", type=click.Path(path_type=Path), default=RUNS, show_default=True,
              help="Folder that holds the runs.")  # fmt: skip
@click.option("--name", help="The run's folder in it.  [default: the data's name and a number]")
@click.option("--tensorboard", is_flag=True, help="Write the metrics for TensorBoard, too.")
@click.option("--quiet", is_flag=True, help="Print the result only.")
@as_json
@data_dir
def train(
    data: str, out: Path, name: str | None, tensorboard: bool, quiet: bool, as_json: bool, data_dir: Path | None,
    **settings: Any,
) -> None:  # fmt: skip
    """Train a network on DATA: digits (small, built in), mnist, or a text.

    A text is a FILE.txt of yours, or the word text for the documentation inside Python; the network learns
    what character comes next.

    A new folder receives the settings, the metrics of every epoch, the model and a picture of the curves.
    Ctrl-C saves what is there.
    """
    with Interruption() as interruption:
        use_compilation_cache()
        from gradus.cli.jobs import job_for
        from gradus.training.event_file import check_tensorboard, written
        from gradus.training.progress import shown
        from gradus.training.run_folder import RunFolder

        if tensorboard:
            check_tensorboard()
        job = job_for(data, data_dir, settings)
        # Only now, when all settings are known to be good, does something appear on the disk.
        folder = RunFolder.create(out, name, job.name)
        folder.write_settings(job.settings)
        records = written(job.records, folder.path / "tensorboard") if tensorboard else job.records
        if not (quiet or as_json):
            click.echo(job.network.summary() + "\n")
            records = shown(records, job.settings["epochs"])
        model, history = follow(records, job, folder, interruption, as_json)
        finish(model, history, job, folder, interruption, as_json)


def follow(
    records: "Generator[Stretch | Epoch]", job: "Job", folder: "RunFolder", interruption: Interruption, as_json: bool
) -> "tuple[Model, list[Epoch]]":  # fmt: skip
    """Train to the end or to Ctrl-C. Raises DivergedError, with the last good weights saved."""
    from gradus.training import Epoch
    from gradus.training.run_folder import metrics

    history, network = [], job.network
    try:
        with closing(records):  # so that a progress bar is gone before anything else is said
            for record in records:
                network = record.network
                if isinstance(record, Epoch):
                    history.append(record)
                    folder.append_metrics(record)
                    if as_json:
                        click.echo(json.dumps(metrics(record)))
                if interruption.requested:
                    break
    except DivergedError as error:
        folder.save(job.model(error.network))
        text = f"{error}; the weights before that epoch are kept in {folder.model_path}"
        raise DivergedError(text, error.epoch, error.step, error.network) from None
    return job.model(network), history


def finish(
    model: "Model", history: "list[Epoch]", job: "Job", folder: "RunFolder", interruption: Interruption, as_json: bool
) -> None:  # fmt: skip
    """Save the model and the curves, and say how good it is. Raises RunInterruptedError after Ctrl-C."""
    from gradus.report import draw_curves

    folder.save(model)
    if history:
        draw_curves(history, f"{job.name}: {model.network.chain}", folder.path / "curves.png")
    if interruption.requested:
        raise RunInterruptedError(f"interrupted; the weights so far are kept in {folder.model_path}")
    test = job.test(model)
    if as_json:
        numbers = {f"test_{name}": number for name, number in test.numbers().items()}
        click.echo(json.dumps({"run": str(folder.path)} | numbers))
    else:
        click.echo(f"test  {test.described()}")
        click.echo(f"saved {folder.path}    use it: {job.use.format(run=folder.path)}")
