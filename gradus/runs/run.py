"""One run: a job, trained in its folder, from the start or from its checkpoint."""

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradus.errors import DataError, DivergedError, RunInterruptedError
from gradus.models import Evaluation, Model
from gradus.runs.folder import Metrics, RunFolder, metrics
from gradus.runs.jobs import Job, make_job
from gradus.runs.probe import with_layer_statistics
from gradus.runs.progress import with_progress_bar
from gradus.runs.tensorboard import with_tensorboard
from gradus.training import Epoch, Progress, train_epochs
from gradus.training.checkpoint import load_checkpoint
from gradus.training.position import TrainingPosition, best_network

__all__ = ["Run", "resume_run", "start_run"]


def start_run(data: str, data_dir: Path | None, out: Path, name: str | None, settings: dict[str, Any]) -> "Run":
    """A new run in a folder below `out`; nothing is created on disk unless all settings are valid.

    Args:
        data: a data set's name, or a text file.
        data_dir: a folder with the data set's files, in place of downloads.
        out, name: the folder is out/name; without a name, out/<data>-1, -2 and so on.
        settings: by name, as `gradus train` takes them; None for the default.

    Raises:
        SettingError, DataError.
    """
    job = make_job(data, data_dir, settings)
    position = job.trainer.initial_position()
    return Run(job, RunFolder.create(out, name, job.name, job.settings, position), position)


def resume_run(path: Path, data_dir: Path | None, time_limit: float | None) -> "Run":
    """The run in a folder, where its last checkpoint left it.

    Raises:
        SettingError: where data or settings no longer apply.
        DataError: where the folder is damaged.
    """
    folder = RunFolder(path)
    settings = folder.settings()
    data, data_dir = settings.pop("data", ""), data_dir or settings.pop("data_dir", None)
    settings.pop("network", None)  # for the reader; the layers say the same
    try:
        job = make_job(data, data_dir, settings | {"time_limit": time_limit, "data_dir": None})
    except (AttributeError, TypeError) as error:
        raise DataError(f"{path}: its settings.toml cannot be used ({error})") from None
    position = load_checkpoint(folder.checkpoint_path, job.trainer)
    return Run(job, folder, position, folder.read_metrics(position.epoch - 1))


@dataclass
class Run:
    """A job, its folder, its position, and the metrics of its epochs so far."""

    job: Job
    folder: RunFolder
    position: TrainingPosition
    rows: list[Metrics] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.network = best_network(self.job.trainer.network, self.position)

    def records(self, *, progress_bar: bool, tensorboard: bool) -> Generator[Progress | Epoch]:
        """The training from the run's position on, with layer statistics in some epochs.

        Raises:
            SettingError: where TensorBoard is asked for and its library is missing.
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
    ) -> None:
        """Train to the end, or until `should_stop`.

        Args:
            records: from `records`.
            checkpoint_interval: seconds between two checkpoints.
            should_stop: asked after every record.
            on_epoch: called with each epoch's line of metrics.csv.

        Raises:
            DivergedError: with the last good weights saved.
        """
        saved = time.monotonic()
        try:
            with closing(records):  # so that a progress bar is gone before anything else is said
                for record in records:
                    self.take(record, on_epoch)
                    if time.monotonic() - saved >= checkpoint_interval:
                        self.folder.save_checkpoint(self.position)
                        saved = time.monotonic()
                    if should_stop():
                        break
        except DivergedError as error:
            self.folder.save(self.job.model(error.network))
            text = f"{error}; the weights before that epoch are kept in {self.folder.model_path}"
            raise DivergedError(text, error.epoch, error.step, error.network) from None

    def take(self, record: Progress | Epoch, on_epoch: Callable[[Metrics], None]) -> None:
        """Keep the record's network and position; an epoch's metrics are on disk before a checkpoint has it."""
        self.network, self.position = record.best_network, record.position
        if isinstance(record, Epoch):
            self.rows.append(metrics(record))
            self.folder.append_metrics(self.rows[-1])
            on_epoch(self.rows[-1])

    def save(self) -> None:
        """Save the checkpoint and the model."""
        self.folder.save_checkpoint(self.position)
        self.folder.save(self.job.model(self.network))

    def test(self) -> Evaluation:
        """How good the model is on the test data."""
        model: Model = self.job.model(self.network)
        return self.job.test(model)

    def interruption(self) -> RunInterruptedError:
        """The error that says where an interrupted run is kept, and how to resume it."""
        return RunInterruptedError(
            f"interrupted; the weights so far are kept in {self.folder.model_path}; {self.resume_hint()}"
        )

    def resume_hint(self) -> str:
        return f"resume with: gradus train --resume {self.folder.path}"

    def stopped_by(self) -> list[str]:
        """Why training ended before its last epoch, if it did, and which epoch's weights are kept."""
        lines, settings, position = [], self.job.trainer.settings, self.position
        if position.step:
            lines.append(f"stopped by the time limit in epoch {position.epoch}; {self.resume_hint()}")
        elif position.epoch <= settings.epochs:
            lines.append(f"stopped: no better for {settings.patience_in_epochs} epochs")
        if position.best.epoch:
            lines.append(f"kept the weights of epoch {position.best.epoch}, the best on the validation data")
        return lines
