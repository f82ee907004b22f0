"""One run: a job, trained in its folder, from the start or from its checkpoint."""

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradus.errors import DataError, DivergedError, RunInterruptedError, SettingError
from gradus.files import describe_problem
from gradus.models import Evaluation
from gradus.network import Network
from gradus.runs.folder import Metrics, RunFolder, diverged_metrics, epoch_metrics
from gradus.runs.jobs import Job, make_job
from gradus.runs.probe import with_layer_statistics
from gradus.runs.progress import with_progress_bar
from gradus.runs.rescue import save_elsewhere
from gradus.runs.tensorboard import with_tensorboard
from gradus.training import Epoch, Progress, TrainingPosition, best_network, load_checkpoint, train_epochs

__all__ = ["Run", "resume_run", "start_run"]


def start_run(data: str, data_dir: Path | None, out: Path, name: str | None, settings: dict[str, Any]) -> "Run":
    """A new run in a folder below `out`; nothing is created on disk unless all settings are valid.

    Args:
        data: the name of a data set, "text", or a text file.
        data_dir: a folder with the data set's files, instead of downloads.
        out, name: the folder is out/name; without a name, out/<data>-1, -2 and so on.
        settings: by name, as `gradus train` takes them; None for the default.

    Raises:
        SettingError: where a setting is invalid, or the folder exists.
        DataError: where the data is missing or damaged.
    """
    job = make_job(data, data_dir, settings)
    position = job.trainer.initial_position()
    return Run(job, RunFolder.create(out, name, job.name, job.settings, position), position)


def resume_run(path: Path, data_dir: Path | None, time_limit: float | None) -> "Run":
    """The run in a folder, at its last checkpoint.

    Args:
        path: the run's folder.
        data_dir: a folder with the data set's files; None for that of the original run.
        time_limit: seconds from now; None for no limit.

    Raises:
        SettingError: where data or settings no longer apply.
        DataError: where the folder is damaged, or another process writes to it.
    """
    folder = RunFolder(path)
    settings = folder.read_settings()
    with ExitStack() as stack:
        folder.writer.acquire()
        stack.callback(folder.writer.release)
        run = load_run(folder, settings, data_dir, time_limit)
        stack.pop_all()  # the run has the lock from here on
    return run


def load_run(folder: RunFolder, settings: dict[str, Any], data_dir: Path | None, time_limit: float | None) -> "Run":
    """The run in a locked folder; the arguments and errors are those of `resume_run`."""
    is_as_stored = data_dir is None and time_limit is None
    data, data_dir = settings.pop("data", ""), data_dir or settings.pop("data_dir", None)
    settings.pop("network", None)  # for human readers; the layers say the same
    try:
        job = make_job(data, data_dir, settings | {"time_limit": time_limit, "data_dir": None})
    except (AttributeError, SettingError, TypeError) as error:
        if isinstance(error, SettingError) and not is_as_stored:
            raise
        raise DataError(f"{folder.path}: its settings.toml cannot be used ({error})") from None
    position = load_checkpoint(folder.checkpoint_path, job.trainer)
    return Run(job, folder, position, folder.read_metrics(position.epoch - 1))


@dataclass
class Run:
    """A job, its folder, its position, and the metrics of its epochs so far.

    Attributes:
        network: the network to keep: that of the best epoch where training has patience, else the current one.
    """

    job: Job
    folder: RunFolder
    position: TrainingPosition
    rows: list[Metrics] = field(default_factory=list)
    problems: set[str] = field(default_factory=set)
    on_problem: Callable[[OSError], None] = lambda error: None

    def __post_init__(self) -> None:
        self.network = best_network(self.job.trainer.network, self.position)

    def records(self, *, progress_bar: bool, tensorboard: bool) -> Generator[Progress | Epoch]:
        """The records of training from the run's position on, some epochs with layer statistics.

        Args:
            progress_bar: whether to show progress on standard output.
            tensorboard: whether to write an event file for TensorBoard, which needs tensorboardX.
        """
        trainer = self.job.trainer
        records = with_layer_statistics(train_epochs(trainer, self.position), self.job.probe)
        if tensorboard:
            records = with_tensorboard(records, self.folder.path / "tensorboard")
        return with_progress_bar(records, trainer.settings.epochs) if progress_bar else records

    def train(
        self,
        records: Generator[Progress | Epoch],
        checkpoint_interval: float,
        should_stop: Callable[[], bool],
        on_epoch: Callable[[Metrics], None] = lambda row: None,
        on_problem: Callable[[OSError], None] = lambda error: None,
    ) -> None:
        """Train to the end, or until `should_stop`; also while nothing can be written, as `save` tries again.

        Args:
            records: from `records`.
            checkpoint_interval: seconds between checkpoints.
            should_stop: called after every record.
            on_epoch: called with each epoch's row of metrics.csv.
            on_problem: called where the metrics or a checkpoint cannot be written, once for each reason.

        Raises:
            DivergedError: when a cost is no longer finite; the last good weights are saved first.
        """
        last_saved, self.on_problem = time.monotonic(), on_problem
        try:
            with closing(records):  # the progress bar is gone before anything else is printed
                for record in records:
                    self.update(record, on_epoch)
                    if time.monotonic() - last_saved >= checkpoint_interval:
                        self.attempt(self.save_checkpoint)
                        last_saved = time.monotonic()
                    if should_stop():
                        break
        except DivergedError as error:
            path, _ = self.save_model(error.network)
            self.rows.append(diverged_metrics(error))
            with suppress(OSError):  # the error that follows says more
                self.folder.append_metrics(self.rows)
            text = f"{error}; the weights before that epoch are kept in {path}"
            raise DivergedError(text, error.epoch, error.step, error.network, error.cost) from None

    def update(self, record: Progress | Epoch, on_epoch: Callable[[Metrics], None]) -> None:
        """Take over the record's network and position, and write an epoch's metrics.

        metrics.csv has the epoch before any checkpoint does, so that no checkpoint is ahead of it.
        """
        self.network, self.position = record.best_network, record.position
        if isinstance(record, Epoch):
            self.rows.append(epoch_metrics(record))
            self.attempt(lambda: self.folder.append_metrics(self.rows))
            on_epoch(self.rows[-1])

    def attempt(self, write: Callable[[], None]) -> None:
        """Write something; where that fails, training goes on, and the next checkpoint makes up for it."""
        try:
            write()
        except OSError as error:
            if (text := describe_problem(error)) not in self.problems:
                self.problems.add(text)
                self.on_problem(error)

    def save_checkpoint(self) -> None:
        """Save the checkpoint, after all metrics before it; makes the folder again where it has gone. Raises OSError.

        A checkpoint of more epochs than metrics.csv has could not be resumed.
        """
        self.folder.restore(self.job.settings)
        self.folder.complete_metrics(self.rows)
        self.folder.save_checkpoint(self.position)

    def save(self) -> None:
        """Save the model, the metrics and the checkpoint, also where somebody has removed the folder.

        Raises:
            DataError: where something cannot be written to the folder, and where the weights are.
        """
        path, problem = self.save_model(self.network)
        try:
            if problem:
                raise problem
            self.save_checkpoint()
        except OSError as error:
            raise DataError(f"{describe_problem(error)}; the weights are kept in {path}") from None

    def save_model(self, network: Network) -> tuple[Path, OSError | None]:
        """Save a model to the folder, or elsewhere where that cannot be written to.

        Returns:
            The path of the model file, and the reason why it is not in the folder.

        Raises:
            OSError: where there is no place for it.
        """
        model = self.job.make_model(network)
        try:
            self.folder.restore(self.job.settings)
            self.folder.save_model(model)
        except OSError as error:
            return save_elsewhere(model, self.folder.path.name), error
        return self.folder.model_path, None

    def close(self) -> None:
        """Let other processes write to the folder."""
        self.folder.writer.release()

    def test(self) -> Evaluation:
        """The evaluation of the model on the test data."""
        return self.job.test(self.job.make_model(self.network))

    def interruption(self) -> RunInterruptedError:
        """The error for an interrupted run: where its weights are, and how to resume it."""
        return RunInterruptedError(
            f"interrupted; the weights so far are kept in {self.folder.model_path}; {self.resume_hint()}"
        )

    def resume_hint(self) -> str:
        """The command that resumes the run, in words."""
        return f"resume with: gradus train --resume {self.folder.path}"

    def stop_reasons(self) -> list[str]:
        """Why training stopped before its last epoch, if it did, and which epoch's weights are kept."""
        lines, settings, position = [], self.job.trainer.settings, self.position
        if position.step:
            lines.append(f"stopped by the time limit in epoch {position.epoch}; {self.resume_hint()}")
        elif position.epoch <= settings.epochs:
            lines.append(f"stopped after {settings.patience_in_epochs} epochs without improvement")
        if position.best.epoch:
            lines.append(f"kept the weights of epoch {position.best.epoch}, the best on the validation data")
        return lines
