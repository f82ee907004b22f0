"""python -m bench.power_cut: after a power cut at any moment, nothing that was announced is lost, and nothing is wrong.

Commands are recorded by strace, and every state of the files that a power cut may leave is made and tried:
bench/crash_states.py says what is assumed of a file system, bench/power_cut_checks.py what must be right. The states
are made in the folder for temporary files; TMPDIR=/dev/shm, which is memory, makes that several times as fast.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import click
from rich.progress import track

from bench.crash_states import CrashState, crash_states, without_folder
from bench.file_operations import Output, Recording
from bench.power_cut_checks import GRADUS, SAVE_MODELS, VERDICTS, ModelCheck, RunCheck, SearchCheck, Tally, weights
from bench.system_calls import can_trace, record

TRAIN = ["digits", "--layers", "64-8-10", "--checkpoint-interval", "0", "--name", "run", "--epochs"]
SEARCH = ["digits", "--layers", "64-8-10", "--epochs", "1", "--examples", "100", "--name", "run", "--json",
          "--hyperparameters", "learning_rate,batch_size,optimizer", "--trials"]  # fmt: skip


class Check(Protocol):
    """Judges what a power cut left."""

    def judge(self, state: CrashState, folder: Path, tally: Tally) -> None:
        """Count the state, whose files may be written to a new folder."""


def check_train(folder: Path, length: int) -> Tally:
    """A training from its start."""
    return tally_states(record_command(folder, "train", *TRAIN, str(length)), RunCheck(folder), folder)


def check_resume(folder: Path, length: int) -> Tally:
    """A training that resumes where metrics.csv is ahead of the checkpoint."""
    middle = next(
        state
        for state in crash_states(record_command(folder, "train", *TRAIN, str(length)))
        if (state.files.get("runs/run/metrics.csv") or b"").count(b"\r\n") > max(1, length // 2)
    )
    resumed = folder / "resumed"
    middle.write(resumed)
    recording = record_command(resumed, "train", "--resume", "runs/run", "--checkpoint-interval", "0")
    return tally_states(recording, RunCheck(folder), folder)


def check_model(folder: Path, length: int) -> Tally:
    """A model file that is written, and replaced by others."""
    versions = [folder / f"{number}.safetensors" for number in range(length)]
    recording = record([sys.executable, "-c", SAVE_MODELS, str(length)], folder, os.environ)
    return tally_states(recording, ModelCheck(list(map(weights, versions))), folder)


def check_search(folder: Path, length: int) -> Tally:
    """A search from its start; the files with the locks of its workers hold no data, and are left out."""
    recording = without_folder(record_command(folder, "search", *SEARCH, str(length)), ".workers")
    output = "".join(operation.text for operation in recording.operations if isinstance(operation, Output))
    return tally_states(recording, SearchCheck(output), folder)


CHECKS: dict[str, tuple[Callable[[Path, int], Tally], int]] = {
    "train": (check_train, 3),
    "resume": (check_resume, 3),
    "model": (check_model, 3),
    "search": (check_search, 4),
}


def record_command(folder: Path, *arguments: str) -> Recording:
    """Run the command line in a folder and record it."""
    folder.mkdir(exist_ok=True)
    return record([*GRADUS, *arguments], folder, os.environ)


def tally_states(recording: Recording, check: Check, folder: Path) -> Tally:
    """The verdicts on every distinct state with every distinct announcement."""
    tally, seen = Tally(), set[tuple[bytes, str]]()
    states = track(crash_states(recording), "power cuts", disable=not sys.stdout.isatty())
    for state in states:
        case = state.key(), state.announced
        if case not in seen:
            seen.add(case)
            check.judge(state, folder / "state", tally)
            shutil.rmtree(folder / "state", ignore_errors=True)
    return tally


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(CHECKS)))
@click.option("--length", type=click.IntRange(1), help="Epochs, model files, or trials.")
def main(names: tuple[str, ...], length: int | None) -> None:
    """Cut the power of train, resume, model and search at every point, and try what is left."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # as `gradus` does, which here comes after JAX
    if not can_trace():
        raise click.ClickException("strace is not installed, or may not trace; get it with: apt install strace")
    click.echo(f"| recorded | states | {' | '.join(VERDICTS)} |")
    click.echo("|---|" + "---|" * (1 + len(VERDICTS)))
    problems, failed = [], False
    for name in names or CHECKS:
        check, default = CHECKS[name]
        with tempfile.TemporaryDirectory() as folder:
            tally = check(Path(folder), length or default)
        counts = [f"{tally.verdicts[verdict]:,}" for verdict in VERDICTS]
        click.echo(f"| {name} | {tally.verdicts.total():,} | {' | '.join(counts)} |")
        problems += [f"{name}, {count} states {problem}" for problem, count in tally.problems.most_common()]
        failed = failed or bool(tally.verdicts["lost"] or tally.verdicts["wrong"])
    for problem in problems:
        click.echo(problem)
    sys.exit(failed)


if __name__ == "__main__":
    main()
