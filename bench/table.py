"""The result of a benchmark as a table, for the terminal or as Markdown."""

from collections.abc import Sequence

from rich import box
from rich.table import Table

from bench.timing import Result, Skipped

__all__ = ["COLUMNS", "as_table"]

COLUMNS = ("name", "threads", "first", "median", "min-max", "times slower\nthan Gradus", "accuracy")


def as_table(title: str, results: Sequence[Result | Skipped], markdown: bool = False) -> Table:
    """One row for each contender; the first is Gradus, with whom the others are compared."""
    # A Markdown table has no place for a title, and its rows must not be wrapped.
    style = {"box": box.MARKDOWN} if markdown else {"title": title, "box": box.SIMPLE, "padding": 0}
    table = Table(**style)
    for column in COLUMNS:
        heading = column.replace("\n", " ") if markdown else column
        table.add_column(heading, justify="left" if column == "name" else "right", no_wrap=True)
    for result in results:
        table.add_row(*row(result, results[0]))
    return table


def row(result: Result | Skipped, gradus: Result | Skipped) -> tuple[str, ...]:
    if isinstance(result, Skipped):
        return (result.name, "", "", "", "skipped", "", "")
    low, high = min(result.seconds), max(result.seconds)
    return (
        result.name,
        "default" if result.threads is None else str(result.threads),
        f"{result.first:.2f}",
        f"{result.median:.3f}",
        f"{low:.3f}-{high:.3f}",
        f"{result.times_slower_than(gradus):.2f}" if isinstance(gradus, Result) else "",
        f"{result.accuracy:.2%}",
    )
