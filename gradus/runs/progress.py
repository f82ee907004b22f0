"""Progress on standard output: a line for every epoch, and on a terminal a bar while it runs."""

from collections.abc import Generator

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from gradus.training import Epoch
from gradus.training import Progress as TrainingProgress

__all__ = ["epoch_line", "with_progress_bar"]


def with_progress_bar(records: Generator[TrainingProgress | Epoch], epochs: int) -> Generator[TrainingProgress | Epoch]:
    """Pass the records on, and show them on standard output.

    Args:
        records: of a training.
        epochs: the number of epochs in all.
    """
    console = Console(highlight=False, soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("compiling", total=epochs)
        for record in records:
            if not isinstance(record, Epoch):
                done = record.epoch - 1 + record.step / record.steps
                bar.update(task, completed=done, description=f"epoch {record.epoch}  cost {record.cost:.4f}")
                yield record
                continue
            try:
                yield record
            finally:  # once its metrics are on disk: what a reader has seen is there
                console.print(epoch_line(record, epochs))


def epoch_line(record: Epoch, epochs: int) -> str:
    """An epoch on one line.

    Args:
        epochs: the number of epochs in all.
    """
    number = f"{record.epoch:>{len(str(epochs))}}/{epochs}"
    line = f"epoch {number}  cost {record.cost:.4f}"
    if record.validation:
        line += f"  validation {record.validation}"
    return f"{line}  {record.seconds:.2f} s"
