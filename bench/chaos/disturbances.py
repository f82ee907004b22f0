"""What happens to a command: each disturbance lets it run, does its work at a random moment, and lets it end."""

import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from bench.chaos.jobs import GRADUS, Job, SearchJob
from bench.chaos.session import Session

__all__ = ["DISTURBANCES", "Disturbance"]

Disturbance = Callable[[Job, Path, list[str], random.Random], Session]
DISTURBANCES: dict[str, Disturbance] = {}
DISK = 3 << 20  # bytes of the small disk
JUMPS = (-4e8, -86_400.0, -3600.0, -1.0, 0.0, 1.0, 3600.0, 86_400.0, 4e8)  # seconds

CLOCK = f"""
import contextlib, datetime, random, time
with contextlib.suppress(ImportError):
    import pandas  # which scikit-learn may import: compiled for the class below as it is, not for another
jumps, seconds, nanoseconds = random.Random(SEED), time.time, time.time_ns
def jump():
    return jumps.choice({JUMPS})
time.time = lambda: seconds() + jump()
time.time_ns = lambda: nanoseconds() + int(1e9 * jump())
class Jumping(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + datetime.timedelta(seconds=jump())
datetime.datetime = Jumping
{GRADUS}
"""


def disturbance(name: str) -> Callable[[Disturbance], Disturbance]:
    """Register a disturbance by its name in the table."""

    def add(function: Disturbance) -> Disturbance:
        DISTURBANCES[name] = function
        return function

    return add


def at_random_moment(session: Session, moments: random.Random) -> None:
    """Wait for one of the first lines, and a moment more; in one of four cases, for no line at all."""
    if moments.random() < 0.25:
        time.sleep(moments.uniform(0, 4))
        return
    session.wait_for_lines(moments.randint(1, 8))
    time.sleep(moments.uniform(0, 0.15))


@disturbance("SIGKILL")
def kill(job: Job, home: Path, words: list[str], moments: random.Random) -> Session:
    session = Session(words, home)
    at_random_moment(session, moments)
    session.end(signal.SIGKILL)
    return session


@disturbance("SIGTERM")
def terminate(job: Job, home: Path, words: list[str], moments: random.Random) -> Session:
    session = Session(words, home)
    at_random_moment(session, moments)
    session.end(signal.SIGTERM)
    return session


@disturbance("Ctrl-C")
def interrupt(job: Job, home: Path, words: list[str], moments: random.Random) -> Session:
    session = Session(words, home)
    session.wait_for_lines(moments.randint(1, 8))  # before, it is Python that is interrupted, and not Gradus
    time.sleep(moments.uniform(0, 0.15))
    session.end(signal.SIGINT)
    return session


@disturbance("full disk")
def fill(job: Job, home: Path, words: list[str], moments: random.Random) -> Session:
    """The disk of the run has 0 to 60 kB left from a random moment on; without root, no file may be large."""
    session = Session(words, home)
    at_random_moment(session, moments)
    disk = home / Path(job.folder).parent
    if os.path.ismount(disk):
        left = moments.randrange(60_000)
        filler = disk / "filler"
        with filler.open("wb") as file, contextlib.suppress(OSError):  # the run was faster
            file.write(bytes(max(0, shutil.disk_usage(disk).free - left)))
        session.end()
        filler.unlink()
    else:
        if session.process.poll() is None:
            resource.prlimit(session.process.pid, resource.RLIMIT_FSIZE, (moments.randrange(60_000), -1))
        session.end()
    return session


@disturbance("file removed")
def remove(job: Job, home: Path, words: list[str], moments: random.Random) -> Session:
    """A file of the folder, or the whole folder, is gone."""
    session = Session(words, home)
    at_random_moment(session, moments)
    folder = home / job.folder
    if folder.exists():
        if moments.random() < 0.2:
            shutil.rmtree(folder, ignore_errors=True)
        elif files := sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")):
            moments.choice(files).unlink(missing_ok=True)
    session.end(moments.choice((None, signal.SIGTERM, signal.SIGKILL)))
    return session


@disturbance("folder moved")
def move(job: Job, home: Path, words: list[str], moments: random.Random) -> Session:
    """The folder is moved away, and back after the end, where nothing has taken its place."""
    session = Session(words, home)
    at_random_moment(session, moments)
    folder, elsewhere = home / job.folder, home / "elsewhere"
    if folder.exists():
        shutil.move(folder, elsewhere)
    session.end(moments.choice((None, signal.SIGTERM, signal.SIGKILL)))
    if elsewhere.exists():
        if folder.exists():
            shutil.rmtree(elsewhere)
        else:
            shutil.move(elsewhere, folder)
    return session


@disturbance("two writers")
def write_twice(job: Job, home: Path, words: list[str], moments: random.Random) -> Session:
    """A second process resumes what the first writes: a search is shared, a run refused with the process's number."""
    first = Session(words, home)
    at_random_moment(first, moments)
    second = Session(job.resume(), home)
    code = second.end()
    is_running = first.process.poll() is None
    first.end(signal.SIGKILL if moments.random() < 0.5 else None)
    if code == 0 and is_running and not isinstance(job, SearchJob):
        first.problems.append("two processes wrote to one run")
    expected = f"process {first.process.pid} on" in second.errors or "another process" in second.errors
    if code and is_running and not expected and "there is no" not in second.errors:
        first.problems.append(f"the second process ended with {code}: {second.errors.strip()[-300:]}")
    return first


@disturbance("clock jumps")
def jump(job: Job, home: Path, words: list[str], moments: random.Random) -> Session:
    """Every look at the clock gives another time, and so have the files; then the process ends, or is killed."""
    session = Session(words, home, CLOCK.replace("SEED", str(moments.randrange(1000))))
    at_random_moment(session, moments)
    session.end(moments.choice((None, signal.SIGKILL)))
    now = time.time()
    for path in (home / job.folder).rglob("*"):
        stamp = now + moments.choice(JUMPS)
        os.utime(path, (stamp, stamp))
    return session


def mount(disk: Path) -> bool:
    """Make a small disk in memory; False without the right to."""
    disk.mkdir(parents=True, exist_ok=True)
    options = ["-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)]
    return subprocess.run(["mount", *options], capture_output=True, check=False).returncode == 0


def unmount(disk: Path) -> None:
    """Take the small disk away."""
    if os.path.ismount(disk):
        subprocess.run(["umount", "-l", str(disk)], check=True)
