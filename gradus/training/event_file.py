"""The metrics of a run as an event file, which TensorBoard shows: `tensorboard --logdir runs`."""

from collections.abc import Generator
from pathlib import Path

from gradus.errors import SettingError
from gradus.training.records import Epoch, Stretch
from gradus.training.run_folder import metrics

__all__ = ["check_tensorboard", "written"]


def check_tensorboard() -> None:
    """Raise SettingError where the library that writes event files is missing."""
    try:
        import tensorboardX  # noqa: F401
    except ImportError:
        raise SettingError("--tensorboard needs one more library: pip install 'gradus[tensorboard]'") from None


def written(records: Generator[Stretch | Epoch], folder: Path) -> Generator[Stretch | Epoch]:
    """The records, unchanged, the numbers of each epoch written to an event file in the folder as it passes.

    A scalar is named as in metrics.csv, and its step is the epoch; a number that is not finite is left out.
    """
    from tensorboardX import SummaryWriter

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
