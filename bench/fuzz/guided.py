"""Inputs that coverage guides, where atheris is installed: it keeps and changes each that reaches new lines."""

import gc
import os
import random
import time
from multiprocessing.connection import Connection
from pathlib import Path
from types import FunctionType
from typing import Any

from bench.fuzz.kinds import KINDS, Kind
from bench.fuzz.mutations import MOST_BYTES, mutated
from bench.fuzz.worker import PEAK, RECYCLE, Failure, failure_of, limit_memory, peak_memory, shrunk

__all__ = ["LAST", "work_guided"]


LAST = "last"  # the file of the input that a process was given last, which outlives the process


def work_guided(name: str, seed: int, start: int, stop: int, clock: Any, pipe: Connection, folder: Path) -> None:
    """Feed as many inputs as `worker.work`, chosen by atheris; the arguments are the same."""
    import atheris

    kind = KINDS.find(name)
    good, slowest, number, place = kind.seeds(), 0.0, start, make_folder(folder / "inputs")
    failure_of(kind, good[0], place)  # loads what is loaded once
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and (function.__module__ or "").startswith("gradus."):
            atheris.instrument_func(function)
    limit_memory()

    def feed(data: bytes) -> None:
        nonlocal slowest, number
        (folder / LAST).write_bytes(data)
        clock[:] = number, time.monotonic()
        cause = failure_of(kind, data, place)
        if peak_memory() > PEAK:
            cause = f"memory: a peak of {peak_memory():,} bytes"
        if cause:
            clock[:] = number, float("inf")
            pipe.send(Failure(number, shrunk(kind, data, cause, place), cause))
        else:
            slowest = max(slowest, time.monotonic() - clock[1])
        number += 1
        if number >= stop or peak_memory() > RECYCLE:
            clock[:] = number, float("inf")
            pipe.send((number, slowest, peak_memory()))
            os._exit(0)  # libFuzzer would never return

    options = [
        "fuzz",
        "-runs=-1",
        f"-seed={seed + start + 1}",
        f"-max_len={MOST_BYTES}",
        "-rss_limit_mb=0",
        "-verbosity=0",
    ]
    atheris.Setup([*options, str(corpus(good, folder / "corpus"))], feed, custom_mutator=mutator(kind, good))
    atheris.Fuzz()


def make_folder(folder: Path) -> Path:
    folder.mkdir()
    return folder


def corpus(good: Any, folder: Path) -> Path:
    """The folder, with the seeds in it."""
    folder.mkdir()
    for number, content in enumerate(good):
        (folder / str(number)).write_bytes(content)
    return folder


def mutator(kind: Kind, good: Any) -> Any:
    """The mutations that the other engine makes, for libFuzzer."""

    def change(data: bytes, longest: int, seed: int) -> bytes:
        rng = random.Random(seed)
        try:
            changed = kind.mutate(data, rng) if kind.mutate and rng.random() < 0.7 else None
        except Exception:  # the structure is damaged already
            changed = None
        return (changed or mutated(data, good, kind.tokens, rng))[:longest]

    return change
