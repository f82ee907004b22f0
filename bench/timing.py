"""Interleaved timing: every contender runs once in a round, so that all meet the same hour of the machine."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from statistics import median

from bench.worker import Worker

__all__ = ["Contender", "Result", "Skipped", "compare"]


@dataclass(frozen=True)
class Contender:
    """Who runs, and where its class is ("module:Class", with `epoch()` and `accuracy()`).

    needs: the library that must be installed.  threads: the settings it is tried with, None being the
    library's default; the fastest counts, so that nobody is slow by a setting.
    """

    name: str
    make: str
    needs: str
    threads: tuple[int | None, ...] = (None,)


@dataclass(frozen=True)
class Result:
    """One contender's epochs in seconds, round by round. first: the one before them, which compiles."""

    name: str
    threads: int | None
    first: float
    seconds: tuple[float, ...]
    accuracy: float

    @property
    def median(self) -> float:
        return median(self.seconds)

    def times_slower_than(self, other: "Result") -> float:
        """The median over the rounds of this one's time divided by the other's in the same round."""
        return median(mine / its for mine, its in zip(self.seconds, other.seconds, strict=True))


@dataclass(frozen=True)
class Skipped:
    """A contender that could not take part."""

    name: str
    reason: str


def compare(
    contenders: Sequence[Contender], arguments: tuple, rounds: int, progress: Callable[[str], None]
) -> list[Result | Skipped]:
    """Time the contenders, each made with the arguments, over one uncounted and `rounds` counted rounds.

    progress is told who is running. Raises WorkerError where a contender fails.
    """
    present = [contender for contender in contenders if find_spec(contender.needs)]
    variants = [(contender, threads) for contender in present for threads in contender.threads]
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(c.make, threads, arguments)) for c, threads in variants]
        labels = [f"{c.name}, {'default' if threads is None else threads} threads" for c, threads in variants]
        for worker in workers:
            worker.wait()  # they start side by side, and are timed only when all are at rest
        seconds = interleaved(workers, labels, rounds, progress)
        results = [
            Result(c.name, threads, times[0], tuple(times[1:]), worker.accuracy())
            for (c, threads), times, worker in zip(variants, seconds, workers, strict=True)
        ]
    return [fastest(contender, results) for contender in contenders]


def interleaved(
    workers: Sequence[Worker], labels: Sequence[str], rounds: int, progress: Callable[[str], None]
) -> list[list[float]]:
    """The seconds of each worker in round 0 (warming up) to `rounds`; who begins changes with the round."""
    seconds: list[list[float]] = [[] for _ in workers]
    for number in range(rounds + 1):
        for turn in range(len(workers)):
            who = (number + turn) % len(workers)
            progress(f"round {number} of {rounds}  {labels[who]}")
            seconds[who].append(workers[who].seconds())
    return seconds


def fastest(contender: Contender, results: Sequence[Result]) -> Result | Skipped:
    """The contender's best thread setting, or why it has none."""
    own = [result for result in results if result.name == contender.name]
    if not own:
        return Skipped(contender.name, f"{contender.needs} is not installed; pip install 'gradus[bench]'")
    return min(own, key=lambda result: result.median)
