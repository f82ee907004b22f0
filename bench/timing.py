"""Interleaved timing: every contender runs once in a round, so that all meet the same hour of the machine."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from statistics import median

from bench.machine import PRODUCT_OPERATIONS
from bench.worker import Worker

__all__ = ["Contender", "Result", "Skipped", "Task", "compare"]

CEILING = "bench.machine:MatrixProducts"


@dataclass(frozen=True)
class Contender:
    """Who runs, and where its class is ("module:Class", with `epoch()` and `score()`).

    needs: the library that must be installed.  threads: the settings it is tried with, None being the
    library's default; the fastest counts, so that nobody is slow by a setting.
    """

    name: str
    make: str
    needs: str
    threads: tuple[int | None, ...] = (None,)


@dataclass(frozen=True)
class Task:
    """What all contenders are timed at; each is made with `arguments`, and the first is Gradus.

    steps: how many one call of `epoch()` takes.  multiply_adds: of one step, forward and back.
    scored: what `score()` is, with its format: "accuracy {:.2%}".
    """

    name: str
    title: str
    contenders: tuple[Contender, ...]
    arguments: tuple
    steps: int
    multiply_adds: int
    scored: str


@dataclass(frozen=True)
class Result:
    """One contender's epochs in seconds, round by round. first: the one before them, which compiles.

    of_ceiling: its multiply-adds a second over those of the products of large matrices, in the same rounds.
    """

    name: str
    threads: int | None
    first: float
    seconds: tuple[float, ...]
    of_ceiling: float
    score: float

    def times_slower_than(self, other: "Result") -> float:
        """The median over the rounds of this one's time divided by the other's in the same round."""
        return median(mine / its for mine, its in zip(self.seconds, other.seconds, strict=True))


@dataclass(frozen=True)
class Skipped:
    """A contender that could not take part."""

    name: str
    reason: str


def compare(task: Task, rounds: int, progress: Callable[[str], None]) -> list[Result | Skipped]:
    """Time the task's contenders over one uncounted and `rounds` counted rounds.

    progress is told who is running. Raises WorkerError where a contender fails.
    """
    present = [contender for contender in task.contenders if find_spec(contender.needs)]
    variants = [(contender, threads) for contender in present for threads in contender.threads]
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(c.make, threads, task.arguments)) for c, threads in variants]
        workers.append(stack.enter_context(Worker(CEILING, None, ())))
        labels = [f"{c.name}, {'default' if threads is None else threads} threads" for c, threads in variants]
        for worker in workers:
            worker.wait()  # they start side by side, and are timed only when all are at rest
        labels = [f"{task.name}  {label}" for label in [*labels, "matrix products"]]
        *seconds, of_products = interleaved(workers, labels, rounds, progress)
        ceiling = PRODUCT_OPERATIONS / median(of_products[1:])
        operations = 2 * task.multiply_adds * task.steps
        results = [
            Result(c.name, threads, times[0], tuple(times[1:]), operations / median(times[1:]) / ceiling, w.score())
            for (c, threads), times, w in zip(variants, seconds, workers[:-1], strict=True)
        ]
    return [fastest(contender, results) for contender in task.contenders]


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
        return Skipped(contender.name, f"{contender.needs} is not installed; pip install -e '.[bench]'")
    return min(own, key=lambda result: median(result.seconds))
