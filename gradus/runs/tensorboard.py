"""The metrics of a run as an event file, which TensorBoard shows: `tensorboard --logdir runs`."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

from gradus.errors import SettingError
from gradus.runs.folder import metrics
from gradus.training import Epoch, Progress

__all__ = ["with_tensorboard"]


def with_tensorboard(records: Generator[Progress | Epoch], folder: Path) -> Generator[Progress | Epoch]:
    """The records, unchanged, while the numbers of each epoch go to an event file in the folder.

    A scalar is named as in metrics.csv, and its step is the epoch; a number that is not finite is left out.

    Raises:
        SettingError: at the call, where the library that writes event files is missing.
    """
    try:
        from tensorboardX import SummaryWriter
    except ImportError:
        raise SettingError("--tensorboard needs one more library: pip install 'gradus[tensorboard]'") from None
    return write_epochs(records, folder, SummaryWriter)


def write_epochs(records: Generator[Progress | Epoch], folder: Path, SummaryWriter: Any) -> Generator[Progress | Epoch]:
    with SummaryWriter(str(folder)) as writer:
        for record in records:
            if isinstance(record, Epoch):
                numbers = metrics(record)
                epoch = numbers.pop("epoch")
                for name, number in numbers.items():
                    if number is not None:
                        writer.add_scalar(name, number, epoch)
                writer.flush()  # so that TensorBoard shows the epoch at once
            yield record
