"""Ctrl-C and SIGTERM: at once where nothing is lost, in good order during training, and at once if repeated.

An exception in the middle of JAX's imports or of a compilation can crash Python, so no handler raises one.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType

__all__ = ["INTERRUPTED", "Interruption", "exit_at_signals"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = 130  # the exit code
SHOW_CURSOR = "\x1b[?25h\n"  # progress bars hide it, and leave it inside their line


def exit_at_once(signum: int, frame: FrameType | None) -> None:
    """A signal handler that ends the process, its threads too. Files are written whole or not at all."""
    streams = [stream for stream in (sys.stdout, sys.stderr) if stream is not None]  # None with `gradus ... >&-`
    with suppress(OSError, RuntimeError, ValueError):  # a reader that is gone, or a write that was under way
        for stream in streams:
            stream.flush()
    cursor = SHOW_CURSOR if any(stream.isatty() for stream in streams) else ""
    if sys.stderr is not None:  # else descriptor 2 may be that of any file
        with suppress(OSError):
            os.write(2, f"{cursor}gradus: interrupted\n".encode())
    os._exit(INTERRUPTED)


@contextmanager
def exit_at_signals() -> Iterator[None]:
    """A context or decorator in which Ctrl-C and SIGTERM end the process; one that was ignored stays ignored."""
    handled = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    previous = {number: signal.signal(number, exit_at_once) for number in handled}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


class Interruption:
    """A context in which the first signal only sets `requested`, so that results can be saved; the second ends it.

    Attributes:
        requested: True after the first signal.
    """

    def __init__(self) -> None:
        self.requested = False

    def __enter__(self) -> "Interruption":
        self.previous = {number: signal.signal(number, self.handle) for number in SIGNALS}
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)

    def handle(self, signum: int, frame: FrameType | None) -> None:
        """The signal handler."""
        if self.requested:
            exit_at_once(signum, frame)
        self.requested = True
