"""gradus train: from a data set to a trained model in a folder."""

import json
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradus.cli.options import RUNS, as_json, data_dir, run_path, use_compilation_cache
from gradus.cli.signals import Interruption
from gradus.errors import DataError, DivergedError, RunInterruptedError, SettingError

if TYPE_CHECKING:
    from collections.abc import Generator

    from gradus.cli.jobs import Job
    from gradus.training import Epoch, Stretch
    from gradus.training.epochs import Position
    from gradus.training.run_folder import Metrics, RunFolder

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
        from gradus.training.epochs import follow
        from gradus.training.event_file import check_tensorboard, written
        from gradus.training.observation import observed

        if tensorboard:
            check_tensorboard()
        if resume is not None:
            run = resumed(resume, data, data_dir, name, settings)
        else:
            run = begun(data, data_dir, out, name, settings)
        records = observed(follow(run.job.course, run.position), run.job.probe)
        if tensorboard:
            records = written(records, run.folder.path / "tensorboard")
        run.watch(records, interruption, checkpoint_interval, quiet, as_json)
        run.finish(interruption, as_json)


def begun(data: str | None, data_dir: Path | None, out: Path, name: str | None, settings: dict[str, Any]) -> "Run":
    """A new run. Only when all settings are known to be good does something appear on the disk."""
    from gradus.cli.jobs import job_for
    from gradus.training.epochs import beginning
    from gradus.training.run_folder import RunFolder

    if data is None:
        raise click.UsageError("Missing argument 'DATA': digits, mnist, or a text such as FILE.txt.")
    job = job_for(data, data_dir, settings)
    position = beginning(job.course)
    return Run(job, RunFolder.create(out, name, job.name, job.settings, position), position)


def resumed(
    resume: str, data: str | None, data_dir: Path | None, name: str | None, settings: dict[str, Any]
) -> "Run":  # fmt: skip
    """A run that was begun before. Raises SettingError for what it cannot take, DataError where it is damaged."""
    from gradus.cli.jobs import job_for
    from gradus.training.checkpoint import load_checkpoint
    from gradus.training.run_folder import RunFolder

    time_limit = settings.pop("time_limit")
    if data is not None or name is not None or any(value is not None for value in settings.values()):
        raise SettingError("--resume takes data and settings from the run; besides it, only --time-limit, "
                           "--data-dir, --checkpoint-interval, --quiet and --json can be given")  # fmt: skip
    folder = RunFolder(run_path(resume))
    written = folder.settings()
    data, at = written.pop("data", ""), data_dir or written.pop("data_dir", None)
    written.pop("network", None)  # it is there to be read; the layers say the same
    try:
        job = job_for(data, at, written | {"time_limit": time_limit, "data_dir": None})
    except (AttributeError, TypeError) as error:
        raise DataError(f"{folder.path}: its settings.toml cannot be used ({error})") from None
    position = load_checkpoint(folder.checkpoint_path, job.course)
    return Run(job, folder, position, folder.read_metrics(position.epoch - 1))


@dataclass
class Run:
    """A job, its folder, where it stands, and the metrics of its epochs so far."""

    job: "Job"
    folder: "RunFolder"
    position: "Position"
    rows: "list[Metrics]" = field(default_factory=list)

    def __post_init__(self) -> None:
        from gradus.training.epochs import kept

        self.network = kept(self.job.course, self.position)

    def watch(
        self, records: "Generator[Stretch | Epoch]", interruption: Interruption, interval: float, quiet: bool,
        as_json: bool,
    ) -> None:  # fmt: skip
        """Train to the end, or until interrupted. Raises DivergedError, with the last good weights saved."""
        from gradus.training.progress import shown

        if not (quiet or as_json):
            click.echo(self.network.summary() + "\n")
            records = shown(records, self.job.course.settings.epochs)
        saved = time.monotonic()
        try:
            with closing(records):  # so that a progress bar is gone before anything else is said
                for record in records:
                    self.note(record, as_json)
                    if time.monotonic() - saved >= interval:
                        self.folder.save_checkpoint(self.position)
                        saved = time.monotonic()
                    if interruption.requested:
                        break
        except DivergedError as error:
            self.folder.save(self.job.model(error.network))
            text = f"{error}; the weights before that epoch are kept in {self.folder.model_path}"
            raise DivergedError(text, error.epoch, error.step, error.network) from None

    def note(self, record: "Stretch | Epoch", as_json: bool) -> None:
        """Take in a record; of an epoch, write its metrics down, and only then may it be in a checkpoint."""
        from gradus.training import Epoch
        from gradus.training.run_folder import metrics

        self.network, self.position = record.kept, record.position
        if isinstance(record, Epoch):
            self.rows.append(metrics(record))
            self.folder.append_metrics(self.rows[-1])
            if as_json:
                click.echo(json.dumps(self.rows[-1]))

    def finish(self, interruption: Interruption, as_json: bool) -> None:
        """Save everything, and say how good the model is. Raises RunInterruptedError where training was stopped."""
        from gradus.report import draw_curves

        self.folder.save_checkpoint(self.position)
        model = self.job.model(self.network)
        self.folder.save(model)
        if self.rows:
            draw_curves(self.rows, f"{self.job.name}: {self.network.chain}", self.folder.path / "curves.png")
        go_on = f"go on with: gradus train --resume {self.folder.path}"
        if interruption.requested:
            raise RunInterruptedError(f"interrupted; the weights so far are kept in {self.folder.model_path}; {go_on}")
        test = self.job.test(model)
        if as_json:
            numbers = {f"test_{name}": number for name, number in test.numbers().items()}
            click.echo(json.dumps({"run": str(self.folder.path)} | numbers))
            return
        for line in self.stopped_by(go_on):
            click.echo(line)
        click.echo(f"test  {test.described()}")
        click.echo(f"saved {self.folder.path}    use it: {self.job.use.format(run=self.folder.path)}")

    def stopped_by(self, go_on: str) -> list[str]:
        """Why there are fewer epochs than asked for, if there are; and whose weights are kept."""
        lines, settings, position = [], self.job.course.settings, self.position
        if position.step:
            lines.append(f"stopped by the time limit in epoch {position.epoch}; {go_on}")
        elif position.epoch <= settings.epochs:
            lines.append(f"stopped: no better for {settings.patience_in_epochs} epochs")
        if position.best.epoch:
            lines.append(f"kept the weights of epoch {position.best.epoch}, the best on the validation data")
        return lines
