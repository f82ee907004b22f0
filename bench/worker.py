"""One process for each contender, so that no library's threads or allocator disturb another's.

All workers live as long as the benchmark. A worker that is not asked for anything sleeps on its pipe, so
only the contender whose turn it is runs.
"""

import multiprocessing
import os
import time
import traceback
from importlib import import_module
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

__all__ = ["Worker", "WorkerError"]

# Read by OpenMP (PyTorch), OpenBLAS (NumPy, scikit-learn), MKL and XLA (JAX) when they are loaded.
THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC")


class WorkerError(RuntimeError):
    """A contender failed; the message holds its traceback."""


class Worker:
    """A contender in a process of its own, made there as `make(*arguments)`.

    make: where its class is, as "module:Class".  threads: how many its library may use, or None for the
    library's default.
    """

    def __init__(self, make: str, threads: int | None, arguments: tuple) -> None:
        context = multiprocessing.get_context("spawn")  # JAX must not be forked
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, make, threads, arguments), daemon=True)
        self.process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.terminate()
        self.process.join()

    def wait(self) -> None:
        """Return when the contender is made. Raises WorkerError."""
        self.receive()

    def seconds(self) -> float:
        """Run one epoch and return how long it took. Raises WorkerError."""
        return self.ask("epoch")

    def score(self) -> float:
        """How well the contender does after the epochs so far. Raises WorkerError."""
        return self.ask("score")

    def ask(self, request: str) -> float:
        self.pipe.send(request)
        return self.receive()

    def receive(self) -> float:
        try:
            answer = self.pipe.recv()
        except EOFError:
            self.process.join()
            raise WorkerError(f"the worker ended with exit code {self.process.exitcode}") from None
        if isinstance(answer, str):
            raise WorkerError(answer)
        return answer


def serve(pipe: Connection, make: str, threads: int | None, arguments: tuple) -> None:
    """The worker's side: make the contender and answer requests until terminated."""
    if threads is not None:
        os.environ.update(dict.fromkeys(THREAD_SETTINGS, str(threads)))
    module, _, name = make.partition(":")
    try:
        contender = getattr(import_module(module), name)(*arguments)
        pipe.send(0.0)  # ready
        while True:
            pipe.send(answer(contender, pipe.recv()))
    except EOFError:
        return  # the benchmark is over
    except Exception:
        pipe.send(traceback.format_exc())


def answer(contender: Any, request: str) -> float:
    if request == "score":
        return contender.score()
    began = time.perf_counter()
    contender.epoch()
    return time.perf_counter() - began
