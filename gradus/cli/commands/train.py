"""gradus train: from a data set to a trained model in a folder."""

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradus.checks import check_number
from gradus.cli.options import (
    RUNS,
    Command,
    as_json,
    data_dir,
    data_options,
    memory_limit,
    missing_data,
    run_path,
    use_compilation_cache,
)
from gradus.cli.signals import Interruption
from gradus.errors import DataError, GradusError, SettingError

if TYPE_CHECKING:
    from gradus.runs import Run

__all__ = ["train"]


@click.command(cls=Command)
@click.argument("data", required=False)
@data_options
@click.option("--layers",
              help='Layers of the network: a line such as "conv20-5x5 maxpool2 dense100 dense10", sizes such as '
              "784-30-10, or one of {presets}; for a text, a line such as \"lstm256 dropout0.8 lstm256\".  "
              "[default: {image[layers]}; text: {text[layers]}]")  # fmt: skip
@click.option("--cost", help="Cost function, which also decides the output activation: {costs}.  "
              "[default: {image[cost]}]")  # fmt: skip
@click.option("--activation", help="Activation of the hidden layers: {activations}.  [default: {image[activation]}]")
@click.option("--weights", help="Initial weights: {initial_weights}.  [default: those that suit the activation]")
@click.option("--examples", type=int, help="Number of training images to learn from.  [default: all]")
@click.option("--epochs", type=int,
              help="Passes through the training data.  [default: {image[epochs]}; yours: from their size]")  # fmt: skip
@click.option("--batch-size", type=int,
              help="Examples per step; for a text, streams.  [default: {image[batch_size]}; text: "
              "{text[batch_size]}, fewer if it is short]")  # fmt: skip
@click.option("--time", type=int, help="Characters of each stream per step.  [default: {text[time]}]")
@click.option("--learning-rate", type=float,
              help="Learning rate eta.  [default: {image[learning_rate]}; text: {text[learning_rate]}]")  # fmt: skip
@click.option("--optimizer",
              help="Optimizer: {optimizers}.  [default: {image[optimizer]}; text: {text[optimizer]}]")  # fmt: skip
@click.option("--schedule", help="How the learning rate changes: {schedules}.  "
              "[default: {image[schedule]}; text: {text[schedule]}]")  # fmt: skip
@click.option("--l2", type=float, help="Strength lambda of the L2 penalty (weight decay).  [default: {image[l2]:g}]")
@click.option("--l1", type=float, help="Strength lambda of the L1 penalty.  [default: {image[l1]:g}]")
@click.option("--ensemble", metavar="K", type=int,
              help="Train K networks at once, each on all but one fold of the examples, and average them.")  # fmt: skip
@click.option("--class-weights", help='"balanced" gives rare classes the same total weight as frequent ones.  '
              "[default: every example counts alike]")  # fmt: skip
@click.option("--augment", metavar="LINE",
              help='Augment the images anew in every epoch, by a line such as "rotate10 shift2"; gradus augment '
              "shows examples.")  # fmt: skip
@click.option("--label-smoothing", type=float,
              help="Share epsilon of each label that is spread over all classes.  [default: 0]")  # fmt: skip
@click.option("--clip-norm", type=float,
              help="Greatest norm of the gradient; longer ones are scaled down.  "
              "[default: no limit; text: {text[clip_norm]:g}]")  # fmt: skip
@click.option("--clip-value", type=float, help="Greatest size of each component of the gradient.  [default: no limit]")
@click.option("--patience", type=int,
              help="Stop after this many epochs without improvement, and keep the best weights.")  # fmt: skip
@click.option("--monitor",
              help="What patience watches: accuracy or cost.  [default: accuracy; text: cost]")  # fmt: skip
@click.option("--time-limit", type=float, help="Stop after this many seconds.")
@click.option("--seed", type=int, help="Seed of every random choice.  [default: {image[seed]}]")
@click.option("--resume", metavar="RUN", help="Resume an interrupted run, as if it had never stopped.")
@click.option("--checkpoint-interval", type=float, default=30.0, show_default=True,
              help="Seconds between checkpoints.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), default=RUNS, show_default=True,
              help="Folder that holds the runs.")  # fmt: skip
@click.option("--name", help="Name of the run's folder in it.  [default: the data's name and a number]")
@click.option("--tensorboard", is_flag=True, help="Write the metrics for TensorBoard, too.")
@click.option("--quiet", is_flag=True, help="Print only the result.")
@memory_limit
@as_json
@data_dir
def train(
    data: str | None, out: Path, name: str | None, resume: str | None, checkpoint_interval: float, tensorboard: bool,
    quiet: bool, as_json: bool, data_dir: Path | None, **settings: Any,
) -> None:  # fmt: skip
    """Train a network on DATA.

    DATA is a data set ({datasets}), or yours: a folder of images or of texts with classes, a table (CSV, TSV, Parquet
    or Excel), a FILE.npz of arrays, a FILE.txt, or the word text for the documentation inside Python. On a text, the
    network learns to predict the next character.

    A new folder receives the settings, the metrics of every epoch, the model, a picture of the learning curves,
    report.html and a checkpoint. Ctrl-C saves the weights so far; --resume continues from there, also after a crash
    or a power cut.
    """
    if data is None and resume is None:
        raise click.UsageError(missing_data())
    check_number("checkpoint interval", checkpoint_interval, includes="low")
    use_compilation_cache()
    from gradus.runs import check_tensorboard, resume_run, start_run

    if tensorboard:
        check_tensorboard()
    if resume is not None:
        check_resume(data, name, settings)
        run = resume_run(run_path(resume), data_dir, settings["time_limit"])
    else:
        run = start_run(str(data), data_dir, out, name, settings)
    with Interruption() as interruption, closing(run):
        with_progress_bar = not (quiet or as_json)
        records = run.records(progress_bar=with_progress_bar, tensorboard=tensorboard)
        try:
            if with_progress_bar:
                for note in run.job.notes:
                    click.echo(note)
                click.echo(f"{run.network.summary()}\n{run.job.trainer.needs().summary()}\n")
            on_epoch = print_json if as_json else ignore
            run.train(records, checkpoint_interval, lambda: interruption.requested, on_epoch, warn)
        except (OSError, SystemExit):  # the output is full, or its reader gone; rich then raises SystemExit
            run.save()
            raise
        run.save()
        draw_learning_curves(run)
        if not interruption.requested:
            print_result(run, as_json)
        write_report(run, quiet or as_json)
        if interruption.requested:
            raise run.interruption()


def check_resume(data: str | None, name: str | None, settings: dict[str, Any]) -> None:
    """Raise SettingError for arguments that cannot be combined with --resume."""
    others = {option: value for option, value in settings.items() if option != "time_limit"}
    if data is not None or name is not None or any(value is not None for value in others.values()):
        raise SettingError("--resume takes data and settings from the run; besides it, only --time-limit, --data-dir, "
                           "--checkpoint-interval, --tensorboard, --quiet and --json can be given")  # fmt: skip


def draw_learning_curves(run: "Run") -> None:
    """Draw the learning curves of the epochs so far into the run's folder.

    Raises:
        DataError: where they cannot be written; says where the weights are.
    """
    from gradus.figures import draw_curves
    from gradus.files import describe_problem

    if run.rows:
        try:
            draw_curves(run.rows, f"{run.job.name}: {run.network.chain}", run.folder.path / "curves.png")
        except OSError as error:
            text = f"{describe_problem(error)}; the weights are kept in {run.folder.model_path}"
            raise DataError(text) from None


def write_report(run: "Run", quiet: bool) -> None:
    """Write the report of the run and say where it is; one that cannot be made costs the run nothing, and is said."""
    from gradus.reports import write_run_report

    if run.rows:
        try:
            path = write_run_report(run)
        except GradusError as error:
            click.echo(f"gradus: there is no report: {error}", err=True)
        else:
            if not quiet:
                click.echo(f"report {path}")


def print_result(run: "Run", as_json: bool) -> None:
    """Print the model's test metrics and the command that uses it."""
    test = run.test()
    if as_json:
        found = {f"{run.job.tested}_{name}": number for name, number in test.as_dict().items()}
        print_json({"run": str(run.folder.path)} | found)
        return
    for line in run.stop_reasons():
        click.echo(line)
    click.echo(f"{run.job.tested}  {test.summary()}")
    click.echo(f"saved {run.folder.path}    use it: {run.job.usage.format(run=run.folder.path)}")


def print_json(row: dict[str, Any]) -> None:
    """Print one JSON object on a line of its own."""
    click.echo(json.dumps(row))


def warn(error: OSError) -> None:
    """Say that something could not be written, while training goes on."""
    from gradus.files import describe_problem

    click.echo(f"gradus: {describe_problem(error)}; training goes on, and tries again", err=True)


def ignore(row: dict[str, Any]) -> None:
    """Print nothing: the progress bar shows the epochs, or nobody wants to see them."""
