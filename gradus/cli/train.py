"""gradus train: from a data set to a trained model in a folder."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradus.cli.options import RUNS, as_json, data_dir, run_path, use_compilation_cache
from gradus.cli.signals import Interruption
from gradus.errors import SettingError

if TYPE_CHECKING:
    from gradus.runs.run import Run

__all__ = ["train"]

ACTIVATIONS = "sigmoid, tanh, relu, leaky_relu, elu, softplus, silu, gelu or linear"
WEIGHTS = "zeros, ones, gaussian, scaled, xavier or he"
OPTIMIZERS = "gradient-descent, momentum, nesterov, adam, adamw, rmsprop, newton-cg or lbfgs"
SCHEDULES = "constant, linear, step, cosine, warm-up, one-cycle or halve-when-stalled"


@click.command()
@click.argument("data", required=False)
@click.option("--layers",
              help='A line such as "conv20-5x5 maxpool2 dense100 dense10", sizes such as 784-30-10, or one of '
              "single-layer, hidden30, hidden100, deep, convolutional; of a text, such as "
              '"lstm256 dropout0.8 lstm256".  [default: convolutional; text: lstm512 dropout0.7]')  # fmt: skip
@click.option("--cost", help="log-likelihood (of softmax outputs), cross-entropy or quadratic (of sigmoid outputs).  "
              "[default: log-likelihood]")  # fmt: skip
@click.option("--activation", help=f"Of the hidden layers: {ACTIVATIONS}.  [default: relu]")
@click.option("--weights", help=f"Initial weights: {WEIGHTS}.  [default: he with relu and its kin, else scaled]")
@click.option("--examples", type=int, help="Learn from the first so many training images only.  [default: all]")
@click.option("--epochs", type=int, help="Times through the training data.  [default: 30; text: 10]")
@click.option("--batch-size", type=int,
              help="Examples in one step; of a text, streams.  [default: 10; text: 32, fewer if short]")  # fmt: skip
@click.option("--time", type=int, help="Characters of each stream in one step.  [default: 64]")
@click.option("--learning-rate", type=float, help="Eta, the length of a step.  [default: 0.05; text: 0.003]")
@click.option("--optimizer", help=f"{OPTIMIZERS}.  [default: gradient-descent; text: adam]")
@click.option("--schedule", help=f"How eta changes: {SCHEDULES}.  [default: constant; text: linear]")
@click.option("--l2", type=float, help="Lambda, the strength of weight decay.  [default: 0]")
@click.option("--l1", type=float, help="Lambda of the penalty on the weights' sizes.  [default: 0]")
@click.option("--class-weights", help='"balanced": rare classes count as much as frequent ones.  [default: all alike]')
@click.option("--augment", metavar="LINE",
              help='Other versions of the images in every epoch, such as "rotate10 shift2"; look at some with '
              "gradus augment.")  # fmt: skip
@click.option("--clip-norm", type=float, help="Cut gradients to this length.  [default: not; text: 1]")
@click.option("--clip-value", type=float, help="Cut each number of a gradient to this size.  [default: not]")
@click.option("--patience", type=int,
              help="Stop after so many epochs no better than the best, and keep the best weights.")  # fmt: skip
@click.option("--time-limit", type=float, help="Stop after so many seconds.")
@click.option("--seed", type=int, help="Decides every random choice.  [default: 0]")
@click.option("--resume", metavar="RUN", help="Go on with a run that was interrupted, as if it had not been.")
@click.option("--checkpoint-interval", type=click.FloatRange(min=0), default=30, show_default=True,
              help="Seconds between two checkpoints.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), default=RUNS, show_default=True,
              help="Folder that holds the runs.")  # fmt: skip
@click.option("--name", help="The run's folder in it.  [default: the data's name and a number]")
@click.option("--tensorboard", is_flag=True, help="Write the metrics for TensorBoard, too.")
@click.option("--quiet", is_flag=True, help="Print the result only.")
@as_json
@data_dir
def train(
    data: str | None, out: Path, name: str | None, resume: str | None, checkpoint_interval: float, tensorboard: bool,
    quiet: bool, as_json: bool, data_dir: Path | None, **settings: Any,
) -> None:  # fmt: skip
    """Train a network on DATA: digits (small, built in), mnist, or a text.

    A text is a FILE.txt of yours, or the word text for the documentation inside Python; the network learns
    what character comes next.

    A new folder receives the settings, the metrics of every epoch, the model, a picture of the curves and a
    checkpoint. Ctrl-C saves what is there; --resume goes on, also after a crash or a power cut.
    """
    with Interruption() as interruption:
        use_compilation_cache()
        from gradus.runs.run import resume_run, start_run

        if resume is not None:
            check_alone(data, name, settings)
            run = resume_run(run_path(resume), data_dir, settings["time_limit"])
        elif data is not None:
            run = start_run(data, data_dir, out, name, settings)
        else:
            raise click.UsageError("Missing argument 'DATA': digits, mnist, or a text such as FILE.txt.")
        shows_progress = not (quiet or as_json)
        if shows_progress:
            click.echo(run.network.summary() + "\n")
        records = run.records(progress_bar=shows_progress, tensorboard=tensorboard)
        run.train(records, checkpoint_interval, lambda: interruption.requested, print_json if as_json else ignore)
        run.save()
        draw(run)
        if interruption.requested:
            raise run.interruption()
        report(run, as_json)


def check_alone(data: str | None, name: str | None, settings: dict[str, Any]) -> None:
    """Raise SettingError for what cannot be given beside --resume."""
    others = {option: value for option, value in settings.items() if option != "time_limit"}
    if data is not None or name is not None or any(value is not None for value in others.values()):
        raise SettingError("--resume takes data and settings from the run; besides it, only --time-limit, "
                           "--data-dir, --checkpoint-interval, --quiet and --json can be given")  # fmt: skip


def draw(run: "Run") -> None:
    """Draw the curves of the epochs there are."""
    from gradus.figures.curves import draw_curves

    if run.rows:
        draw_curves(run.rows, f"{run.job.name}: {run.network.chain}", run.folder.path / "curves.png")


def report(run: "Run", as_json: bool) -> None:
    """Print how good the model is, and how to use it."""
    test = run.test()
    if as_json:
        print_json({"run": str(run.folder.path)} | {f"test_{name}": number for name, number in test.numbers().items()})
        return
    for line in run.stopped_by():
        click.echo(line)
    click.echo(f"test  {test.described()}")
    click.echo(f"saved {run.folder.path}    use it: {run.job.use.format(run=run.folder.path)}")


def print_json(row: dict[str, Any]) -> None:
    """One JSON object on a line of its own."""
    click.echo(json.dumps(row))


def ignore(row: dict[str, Any]) -> None:
    """For epochs that are shown by the progress bar, or not at all."""
