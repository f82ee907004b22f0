"""python -m bench NAME: compare Gradus with its peers on one kind of network, or on all."""

from importlib import import_module
from pathlib import Path

import click
from rich.console import Console

from bench.data import mnist
from bench.machine import machine_facts
from bench.table import as_markdown, as_table
from bench.timing import Result, Skipped, Task, compare
from bench.worker import WorkerError
from gradus.errors import GradusError

BENCHMARKS = ("mlp", "cnn", "lstm", "augmentation")  # a module each, whose `tasks(data_dir, steps)` says what is timed
WITH_IMAGES = ("mlp", "cnn", "augmentation")
NOTE = (
    "Milliseconds of a step: the median over the rounds. The first epoch, which includes compilation, is not "
    "counted. Times slower: the median over the rounds of the time divided by that of Gradus in the same round. "
    "Threads: the default, or what was found to be faster. Of ceiling: the multiply-adds a second, "
    "over those that products of 2048x2048 matrices reach in the same rounds. Accuracy is on the test images, cost "
    "that of the last epoch, after all these epochs."
)


@click.command()
@click.argument("name", type=click.Choice([*BENCHMARKS, "all"]))
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, help="Counted epochs of each.")
@click.option("--steps", type=click.IntRange(1), help="In an epoch, in place of each task's own number.")
@click.option("--data-dir", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Folder with the four MNIST files; GRADUS_DATA does the same.")  # fmt: skip
@click.option("--markdown", is_flag=True, help="Print one table as Markdown, as `all` does in any case.")
def main(name: str, rounds: int, steps: int | None, data_dir: Path | None, markdown: bool) -> None:
    """Compare Gradus with its peers, in rounds in which every contender runs once."""
    names, facts, folder = BENCHMARKS if name == "all" else (name,), machine_facts(), data_dir and str(data_dir)
    with Console(stderr=True).status("starting") as status:
        try:
            if set(names) & set(WITH_IMAGES):
                mnist(folder, 1)  # downloads it, if need be, before several workers try to at once
            tasks = [task for name in names for task in import_module(f"bench.{name}").tasks(folder, steps)]
            tables = [(task, compare(task, rounds, status.update)) for task in tasks]
        except (GradusError, WorkerError) as error:
            raise click.ClickException(str(error)) from None
    report(tables, markdown or name == "all")
    click.echo(f"{NOTE}\n{facts}")


def report(tables: list[tuple[Task, list[Result | Skipped]]], markdown: bool) -> None:
    """Print the tables, and who could not take part."""
    if markdown:
        Console(width=240, highlight=False, soft_wrap=True).print(as_markdown(tables))
    else:
        for task, results in tables:
            Console(highlight=False).print(as_table(task, results))
    skipped = {r.name: r.reason for _, results in tables for r in results if isinstance(r, Skipped)}
    for name, reason in skipped.items():
        click.echo(f"{name} skipped: {reason}")


if __name__ == "__main__":
    main()
