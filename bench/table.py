"""The results of benchmarks as tables, for the terminal or as one in Markdown."""

from collections.abc import Sequence
from statistics import median

from rich import box
from rich.table import Table

from bench.timing import Result, Skipped, Task

__all__ = ["as_markdown", "as_table"]

COLUMNS = ("name", "first\n(s)", "ms a\nstep", "min-max", "times\nslower", "of\nceiling")


def as_table(task: Task, results: Sequence[Result | Skipped]) -> Table:
    """One row for each contender; the first is Gradus, with whom the others are compared."""
    scored = task.scored.split()[0]
    table = Table(title=task.title, box=box.SIMPLE, padding=0)
    for column in (*COLUMNS, scored):
        table.add_column(column, justify="left" if column == "name" else "right", no_wrap=True)
    for result in results:
        table.add_row(*row(task, result, results[0]))
    return table


def as_markdown(tables: Sequence[tuple[Task, Sequence[Result | Skipped]]]) -> Table:
    """All tasks in one table, which names the task at the head of its rows."""
    table = Table(box=box.MARKDOWN)
    for column in ("task", *COLUMNS, "score"):
        justify = "left" if column in ("task", "name") else "right"
        table.add_column(column.replace("\n", " "), justify=justify, no_wrap=True)
    for task, results in tables:
        for number, result in enumerate(results):
            *cells, score = row(task, result, results[0])
            table.add_row("" if number else task.name, *cells, score and f"{task.scored.split()[0]} {score}")
    return table


def row(task: Task, result: Result | Skipped, gradus: Result | Skipped) -> tuple[str, ...]:
    if isinstance(result, Skipped):
        return (result.name, "", "", "skipped", "", "", "")
    low, middle, high = (1000 * f(result.seconds) / task.steps for f in (min, median, max))
    return (
        result.name if result.threads is None else f"{result.name} ({result.threads} thread)",
        f"{result.first:.2f}",
        f"{middle:.3g}",
        f"{low:.3g}-{high:.3g}",
        f"{result.times_slower_than(gradus):.2f}" if isinstance(gradus, Result) else "",
        f"{result.of_ceiling:.1%}",
        task.scored.split()[1].format(result.score),
    )
