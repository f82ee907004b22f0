"""python -m bench.kill: runs killed at random moments and resumed must end in the same bits as one that was not.

Each run is `gradus train` in a process of its own, ended by SIGKILL once or more, and continued by `--resume`.
"""

import csv
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
from rich.progress import track

GRADUS = [sys.executable, "-c", "from gradus.cli import main; main()", "train"]
TEXT = "The quick brown fox jumps over the lazy dog.\n" * 60
JOBS = {
    "conv": ("digits", "--epochs", "12", "--optimizer", "momentum", "--learning-rate", "0.01", "--schedule", "cosine"),
    "dropout": ("digits", "--layers", "dense100 dropout0.5 dense10", "--epochs", "60", "--patience", "40", "--l2", "1"),
    "lstm": ("fox.txt", "--layers", "lstm32 dropout0.5", "--epochs", "25", "--time", "16"),
}


@click.command()
@click.option("--runs", type=click.IntRange(1), default=50, show_default=True)
@click.option("--kills", type=click.IntRange(1), default=3, show_default=True, help="Of each run, at most.")
@click.option("--seed", type=int, default=0, show_default=True, help="Decides the moments.")
def main(runs: int, kills: int, seed: int) -> None:
    """Kill runs at random moments, resume them, and compare with runs that were let alone."""
    moments, killed, different = random.Random(seed), 0, []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "fox.txt").write_text(TEXT)
        whole = {job: uninterrupted(folder, job) for job in list(JOBS)[:runs]}
        for number in track(range(runs), "killing", disable=not sys.stdout.isatty()):
            job = list(JOBS)[number % len(JOBS)]
            killed += interrupted(folder, job, f"run-{number}", whole[job], kills, moments)
            if result(folder, f"run-{number}") != result(folder, job):
                different.append(f"run {number} ({job})")
    click.echo(f"{runs} runs, killed {killed} times and resumed: {runs - len(different)} ended in the same bits")
    if different:
        raise click.ClickException(f"{', '.join(different)} ended in others")


def uninterrupted(folder: Path, job: str) -> tuple[float, float]:
    """Train once; the seconds until the run's folder appears, and until the end."""
    began = time.monotonic()
    process = begin(folder, job, job)
    wait_for(folder / "runs" / job, process)
    appeared = time.monotonic() - began
    if process.wait():
        raise click.ClickException(f"{job} ended with exit code {process.returncode}")
    return appeared, time.monotonic() - began


def interrupted(
    folder: Path, job: str, name: str, whole: tuple[float, float], kills: int, moments: random.Random
) -> int:
    """Train, killing up to so many times, and then to the end; how often it was killed."""
    appears, ends = whole
    run, killed = folder / "runs" / name, 0
    for attempt in range(kills + 1):
        process = resume(folder, run) if run.exists() else begin(folder, job, name)
        if attempt == kills:
            break
        # Some moments lie before there is a folder at all; most where training goes on.
        after = moments.uniform(0, ends) if moments.random() < 0.2 else moments.uniform(0.9 * appears, ends)
        try:
            process.wait(after)
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
    if process.wait():
        raise click.ClickException(f"{name} ({job}) ended with exit code {process.returncode}")
    return killed


def begin(folder: Path, job: str, name: str) -> subprocess.Popen:
    return started(folder, *JOBS[job], "--name", name)


def resume(folder: Path, run: Path) -> subprocess.Popen:
    return started(folder, "--resume", str(run))


def started(folder: Path, *arguments: str) -> subprocess.Popen:
    command = [*GRADUS, *arguments, "--quiet", "--checkpoint-interval", "0"]
    return subprocess.Popen(command, cwd=folder, env=os.environ, stdout=subprocess.DEVNULL)


def wait_for(path: Path, process: subprocess.Popen) -> None:
    while not path.exists() and process.poll() is None:
        time.sleep(0.01)


def result(folder: Path, name: str) -> tuple[bytes, list[dict[str, str]]]:
    """The bytes of the model, and the metrics without the seconds that the epochs took."""
    run = folder / "runs" / name
    with (run / "metrics.csv").open(newline="") as file:
        rows = [{key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(file)]
    return (run / "model.safetensors").read_bytes(), rows


if __name__ == "__main__":
    main()
