"""python -m bench NAME: compare Gradus with its peers on one task."""

from importlib import import_module
from pathlib import Path

import click
from rich.console import Console

from bench.data import mnist
from bench.machine import machine_facts
from bench.table import as_table
from bench.timing import Skipped, compare
from bench.worker import WorkerError
from gradus.errors import GradusError

BENCHMARKS = {"mlp": "bench.mlp"}  # where each has its TITLE and its CONTENDERS
NOTE = (
    "In seconds. The first epoch, which includes compilation, is not counted. Times slower: the median over the "
    "rounds of the time divided by that of Gradus in the same round. Threads: of those tried, the setting that was "
    "fastest. Accuracy: on the test images, after all these epochs."
)


@click.command()
@click.argument("name", type=click.Choice(list(BENCHMARKS)))
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, help="Counted epochs of each.")
@click.option("--images", type=click.IntRange(10, 50_000), default=50_000, show_default=True, help="In an epoch.")
@click.option("--data-dir", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Folder with the four MNIST files; GRADUS_DATA does the same.")  # fmt: skip
@click.option("--markdown", is_flag=True, help="Print the table as Markdown.")
def main(name: str, rounds: int, images: int, data_dir: Path | None, markdown: bool) -> None:
    """Compare Gradus with its peers, in rounds in which every contender runs once."""
    benchmark, facts = import_module(BENCHMARKS[name]), machine_facts()
    arguments = (str(data_dir) if data_dir else None, images)
    with Console(stderr=True).status("starting") as status:
        try:
            mnist(*arguments)  # downloads it, if need be, before several workers try to at once
            results = compare(benchmark.CONTENDERS, arguments, rounds, status.update)
        except (GradusError, WorkerError) as error:
            raise click.ClickException(str(error)) from None
    console = Console(width=200, highlight=False, soft_wrap=True) if markdown else Console(highlight=False)
    title = benchmark.TITLE.format(images=images)
    console.print(as_table(title, results, markdown))
    for result in results:
        if isinstance(result, Skipped):
            console.print(f"{result.name} skipped: {result.reason}", markup=False)
    console.print(NOTE)
    console.print(facts)


if __name__ == "__main__":
    main()
