"""Feeding inputs: one in this process, or many in a process that may crash, hang or take too much memory."""

import logging
import os
import resource
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.fuzz.kinds import KINDS, Kind
from gradus.errors import GradusError

__all__ = ["PEAK", "Failure", "failure_of", "shrunk", "work"]

PEAK = 10**9  # bytes of memory that an input may take
RECYCLE = 700 * 10**6  # bytes after which a process makes room for the next: JAX remembers every shape
SHRINK_SECONDS = 5.0


@dataclass(frozen=True)
class Failure:
    """An input that broke something: what it broke, and where."""

    number: int
    data: bytes
    cause: str


def failure_of(kind: Kind, data: bytes, folder: Path) -> str | None:
    """What feeding the input breaks: the exception and its place, or a line that a library prints; else None."""
    try:
        with warnings.catch_warnings(), noted_words() as words:
            warnings.simplefilter("error")
            with suppress(GradusError):
                kind.feed(data, folder)
        return f"words on standard error: {words[0]}" if words else None
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "gradus" in Path(frame.filename).parts] or frames
        text = " ".join(str(error).split())[:160]
        return f"{type(error).__name__} at {Path(ours[-1].filename).name}:{ours[-1].lineno}: {text}"


@contextmanager
def noted_words() -> Iterator[list[str]]:
    """A context that yields a list, which receives the lines that libraries write to standard error meanwhile.

    Their logs are left out: the command line keeps them for --debug.
    """
    words: list[str] = []
    logging.disable()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield words
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            logging.disable(logging.NOTSET)
            file.seek(0)
            words += file.read(10_000).decode(errors="replace").splitlines()


def shrunk(kind: Kind, data: bytes, cause: str, folder: Path) -> bytes:
    """The input without the pieces that its failure does not need, as far as that goes in a few seconds."""
    place, size, end = cause.partition(": ")[0], len(data) // 2, time.monotonic() + SHRINK_SECONDS
    while size and time.monotonic() < end:
        for start in range(0, len(data), size):
            shorter = data[:start] + data[start + size :]
            if (failure_of(kind, shorter, folder) or "").startswith(place):
                data = shorter
                break
            if time.monotonic() > end:
                break
        else:
            size //= 2
    return data


def work(name: str, seed: int, start: int, stop: int, clock: Any, pipe: Connection, folder: Path) -> None:
    """Feed the inputs from `start` on, and send what happens.

    Args:
        clock: two shared numbers, the input's number and when it was begun.
        pipe: receives every Failure, and in the end the next number, the slowest input's seconds and the peak.
        folder: empty, for files.
    """
    kind, slowest = KINDS.find(name), 0.0
    good = kind.seeds()
    failure_of(kind, good[0], folder)  # loads what is loaded once
    limit_memory()
    number = start
    while number < stop and (before := peak_memory()) < RECYCLE:
        data = kind.make(good, seed, number)
        clock[:] = number, time.monotonic()
        cause = failure_of(kind, data, folder)
        slowest = max(slowest, time.monotonic() - clock[1])
        if peak_memory() > PEAK and peak_memory() - before > PEAK - RECYCLE:
            cause = f"memory: a peak of {peak_memory():,} bytes"
        if cause:
            clock[:] = number, time.monotonic() + 2 * SHRINK_SECONDS
            pipe.send(Failure(number, shrunk(kind, data, cause, folder), cause))
        number += 1
    clock[:] = number, float("inf")
    pipe.send((number, slowest, peak_memory()))


def peak_memory() -> int:
    """The largest resident memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def limit_memory() -> None:
    """No more than 4 GB beyond what is there, so that a bomb ends this process and not the machine."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    size = pages * resource.getpagesize() + 4 * 10**9
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
