"""python -m bench.chaos: whatever happens to a training or a search, it resumes to the same bits, or says why not.

A round is one command: one to three times it is disturbed at a random moment, and then it is let alone. After every
session, what it has printed must be on disk, and every model that a message names must load.
"""

import random
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.chaos.disturbances import DISTURBANCES, mount, unmount
from bench.chaos.jobs import JOBS, Job, SearchJob, loads, prepare
from bench.chaos.session import Session

__all__ = ["run_round"]

VERDICTS = ("same", "refused", "problem")
TAKES_FILES = {"full disk", "file removed", "folder moved"}  # what was printed may be gone until it is resumed
MODEL = re.compile(r"\S+/model\.safetensors")


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=200, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Decides what happens, and when.")
@click.option("--only", type=click.Choice([*DISTURBANCES]), help="Disturb every session in this way.")
def main(rounds: int, seed: int, only: str | None) -> None:
    """Disturb trainings and searches at random moments, resume them, and compare with those that were let alone."""
    happened: dict[str, Counter[str]] = {name: Counter() for name in DISTURBANCES}
    problems = []
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        expected = {job.name: undisturbed(job, base) for job in JOBS[:rounds]}
        for number in track(range(rounds), "disturbing", disable=not sys.stdout.isatty()):
            job, names = JOBS[number % len(JOBS)], plan(number, seed, only)
            verdict, found = run_round(job, names, expected[job.name], base / f"round-{number}", f"{seed} {number}")
            for disturbance in names:
                happened[disturbance]["times"] += 1
                happened[disturbance][verdict] += 1
            problems += [f"round {number} ({job.name}; {', '.join(names)}): {problem}" for problem in found]
            for problem in found:
                click.echo(problems[-1] if len(found) == 1 else f"round {number}: {problem}", err=True)
    print_table(happened)
    if problems:
        raise click.ClickException(f"{len(problems)} problems")
    click.echo(f"{rounds} rounds: nothing that was printed was lost, and every folder was resumed or refused in a line")


def plan(number: int, seed: int, only: str | None) -> list[str]:
    """What happens in a round: each disturbance is the first one equally often."""
    moments, names = random.Random(f"{seed} {number} plan"), [*DISTURBANCES]
    first = names[number // len(JOBS) % len(names)]
    chosen = [first, *moments.choices(names, k=moments.randrange(3))]
    return [only] * len(chosen) if only else chosen


def undisturbed(job: Job, base: Path) -> Any:
    """The result of a command that is let alone."""
    home = base / f"whole {job.name}"
    prepare(home)
    session = Session(job.begin(), home)
    if session.end():
        raise click.ClickException(f"{job.name}: {session.errors}")
    return job.result(home)


def run_round(job: Job, names: list[str], expected: Any, home: Path, seed: str) -> tuple[str, list[str]]:
    """Disturb a command in these ways, one after the other, and then let it end: the verdict, and the problems."""
    moments, problems, printed = random.Random(seed), [], []
    prepare(home)
    disk = home / Path(job.folder).parent
    if "full disk" in names:
        mount(disk)
    try:
        for name in names:
            words = job.resume() if (home / job.folder).exists() else job.begin()
            session = DISTURBANCES[name](job, home, words, moments)
            problems += [f"{name}: {problem}" for problem in session_problems(session, home)]
            if name not in TAKES_FILES:
                problems += [f"{name}: {row} was printed, and is lost" for row in job.lost(home, session.printed)]
            printed += session.printed
        verdict, more = finish(job, names, expected, home, printed)
    finally:
        unmount(disk)
    problems += more
    return ("problem" if problems else verdict), problems


def session_problems(session: Session, home: Path) -> list[str]:
    """What is wrong with a session whatever happened to it."""
    code, errors = session.process.returncode, session.errors
    problems = [*session.problems]
    if code in (1, -6, -7, -8, -11) or "Traceback" in errors or "Warning" in errors:
        problems.append(f"exit code {code}: {errors.strip()[-300:]}")
    problems += [
        f"{path} was named, and does not load"
        for path in MODEL.findall(errors)
        if (home / path).exists() and not loads(home / path)
    ]
    return problems


def finish(
    job: Job, names: list[str], expected: Any, home: Path, printed: list[dict[str, Any]]
) -> tuple[str, list[str]]:
    """Resume the command, or begin it where there is no folder: the verdict, and the problems."""
    session = Session(job.resume() if (home / job.folder).exists() else job.begin(), home)
    code = session.end()
    if code:
        is_line = session.errors.startswith("gradus: ") and session.errors.count("\n") == 1
        if code in (2, 3) and is_line and "file removed" in names:
            return "refused", []
        return "problem", [f"it cannot be resumed: {code}, {session.errors.strip()[-300:]}"]
    result = job.result(home)
    if isinstance(job, SearchJob) and "two writers" in names and job.name == "optuna":
        is_same = len(result) >= len(expected)  # two workers propose other points than one
    else:
        is_same = result == expected
    problems = [] if is_same else ["it resumed to another result"]
    if "file removed" not in names:
        problems += [f"{row} was printed, and is lost" for row in job.lost(home, printed)]
    return "same", problems


def print_table(happened: dict[str, Counter[str]]) -> None:
    """The rounds in which each disturbance happened, by their verdict."""
    table = Table("disturbance", "times", *VERDICTS, box=None)
    for name, counts in happened.items():
        table.add_row(name, str(counts["times"]), *(str(counts[verdict]) for verdict in VERDICTS))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
