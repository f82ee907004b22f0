"""Progress in the terminal: a bar while an epoch runs and a line when it is over; lines alone elsewhere."""

from collections.abc import Generator

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from gradus.training.records import Epoch, Stretch

__all__ = ["epoch_line", "shown"]


def shown(records: Generator[Stretch | Epoch], epochs: int) -> Generator[Stretch | Epoch]:
    """The records, unchanged, each shown on standard output as it passes."""
    console = Console(highlight=False, soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("compiling", total=epochs)
        for record in records:
            if isinstance(record, Epoch):
                console.print(epoch_line(record, epochs))
            else:
                done = record.epoch - 1 + record.step / record.steps
                bar.update(task, completed=done, description=f"epoch {record.epoch}  cost {record.cost:.4f}")
            yield record


def epoch_line(record: Epoch, epochs: int) -> str:
    """One epoch on one line."""
    number = f"{record.epoch:>{len(str(epochs))}}/{epochs}"
    line = f"epoch {number}  cost {record.cost:.4f}"
    if record.validation:
        line += f"  validation {record.validation}"
    return f"{line}  {record.seconds:.2f} s"
