"""Metrics as an event file, which TensorBoard shows: `tensorboard --logdir runs`."""

from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path

from gradus.errors import SettingError
from gradus.runs.folder import epoch_metrics
from gradus.training import Epoch, Progress

__all__ = ["check_tensorboard", "with_tensorboard"]


def check_tensorboard() -> None:
    """Raise SettingError unless tensorboardX, which writes event files, is installed."""
    if find_spec("tensorboardX") is None:
        raise SettingError("--tensorboard needs the library tensorboardX: pip install tensorboardX")


def with_tensorboard(records: Generator[Progress | Epoch], folder: Path) -> Generator[Progress | Epoch]:
    """Pass the records on, and write the metrics of each epoch to an event file.

    A scalar has its name in metrics.csv, and the epoch as its step; a number that is not finite is left out. Needs
    tensorboardX (`check_tensorboard`).

    Args:
        records: of a training.
        folder: for the event file, created where it is missing.
    """
    from tensorboardX import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        for record in records:
            if isinstance(record, Epoch):
                numbers = epoch_metrics(record)
                epoch = numbers.pop("epoch")
                for name, number in numbers.items():
                    if number is not None:
                        writer.add_scalar(name, number, epoch)
                writer.flush()  # TensorBoard shows the epoch at once
            yield record
