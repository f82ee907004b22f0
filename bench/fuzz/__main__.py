"""python -m bench.fuzz [KIND ...]: feed bad input of every kind, in processes that may crash."""

import multiprocessing
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bench.fuzz.guided import LAST, work_guided
from bench.fuzz.kinds import KINDS
from bench.fuzz.worker import Failure, work

HANG = 10.0  # seconds
EXAMPLES = 3  # files that are kept of one failure


@dataclass
class Report:
    """What the runs of one kind of input came to."""

    runs: int = 0
    failures: list[Failure] = field(default_factory=list)
    slowest: float = 0.0
    peak: int = 0
    seconds: float = 0.0


@click.command()
@click.argument("kinds", nargs=-1, metavar="[KIND]...")
@click.option("--runs", type=click.IntRange(1), default=1000, show_default=True, help="Inputs of each kind.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the inputs.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("build/fuzz"), show_default=True,
              help="Folder for the inputs that broke something.")  # fmt: skip
def main(kinds: tuple[str, ...], runs: int, seed: int, out: Path) -> None:
    """Feed bad input to the package: any exception but its own, any warning, hang or bomb is a failure.

    Without a KIND, every kind is tried. An input depends on its kind, the seed and its number alone, but where
    atheris is installed: there coverage guides the inputs.
    """
    table, failed = Table("kind", "runs", "failures", "causes", "slowest", "peak", "seconds", box=None), False
    for name in kinds or KINDS:
        KINDS.find(name)
        report = fuzz(name, runs, seed)
        causes = save(name, report, out)
        failed |= bool(report.failures)
        table.add_row(name, f"{report.runs:,}", str(len(report.failures)), str(len(causes)),
                      f"{report.slowest:.2f} s", f"{report.peak / 10**6:.0f} MB", f"{report.seconds:.0f}")  # fmt: skip
        for cause, count in causes.most_common():
            click.echo(f"{name}: {count} x {cause}", err=True)
    Console(width=100).print(table)
    if failed:
        raise click.ClickException(f"some inputs broke something; they are in {out}")


def fuzz(name: str, runs: int, seed: int) -> Report:
    """Feed the inputs, in one process after the other."""
    report, start, began = Report(), 0, time.monotonic()
    while start < runs:
        with tempfile.TemporaryDirectory() as folder:
            start = run_worker(name, seed, start, runs, report, Path(folder))
    report.runs, report.seconds = runs, time.monotonic() - began
    return report


def run_worker(name: str, seed: int, start: int, stop: int, report: Report, folder: Path) -> int:
    """Feed inputs in one process, until it ends or hangs. Returns the number to go on with."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    clock = context.Array("d", (start, float("inf")), lock=False)
    target = work if find_spec("atheris") is None else work_guided
    process = context.Process(target=target, args=(name, seed, start, stop, clock, sender, folder), daemon=True)
    process.start()
    sender.close()
    try:
        while True:
            while not receiver.poll(0.5):
                if time.monotonic() - clock[1] > HANG:
                    return failed(name, seed, int(clock[0]), "hang: more than 10 seconds", folder, report)
            match receiver.recv():
                case Failure() as failure:
                    report.failures.append(failure)
                case (number, slowest, peak):
                    report.slowest, report.peak = max(report.slowest, slowest), max(report.peak, peak)
                    return number
    except EOFError:
        process.join()
        if clock[1] == float("inf"):
            raise click.ClickException(f"{name}: the process ended before its first input") from None
        return failed(name, seed, int(clock[0]), f"crash: exit code {process.exitcode}", folder, report)
    finally:
        process.kill()
        process.join()


def failed(name: str, seed: int, number: int, cause: str, folder: Path, report: Report) -> int:
    """Note an input that its process did not survive. Returns the next number."""
    kind, path = KINDS.find(name), folder / LAST
    data = path.read_bytes() if path.exists() else kind.make(kind.seeds(), seed, number)
    report.failures.append(Failure(number, data, cause))
    return number + 1


def save(name: str, report: Report, out: Path) -> Counter[str]:
    """Write the inputs that broke something, a few for each cause; how often each cause occurred."""
    causes: Counter[str] = Counter()
    for failure in report.failures:
        cause = failure.cause.partition(": ")[0]
        causes[cause] += 1
        if causes[cause] <= EXAMPLES:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{name}-{failure.number}").write_bytes(failure.data)
            (out / f"{name}-{failure.number}.cause").write_text(f"{failure.cause}\n", encoding="utf-8")
    return causes


if __name__ == "__main__":
    main()
