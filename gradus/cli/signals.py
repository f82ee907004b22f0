"""Ctrl-C and SIGTERM: at once where nothing is lost, in good order during training, and at once if repeated."""

import signal
from types import FrameType, TracebackType

__all__ = ["Interruption"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """A context in which Ctrl-C and SIGTERM raise KeyboardInterrupt, or are postponed.

    Attributes:
        postponed: True from `postpone` on. The first signal then only sets `requested`, and the second one raises.
        requested: True after a signal that was postponed.
    """

    def __init__(self) -> None:
        self.postponed = self.requested = False

    def postpone(self) -> None:
        """From now on, the first signal only sets `requested`, so that results can be saved."""
        self.postponed = True

    def __enter__(self) -> "Interruption":
        self.previous = {number: signal.signal(number, self.handle) for number in SIGNALS}
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)

    def handle(self, signum: int, frame: FrameType | None) -> None:
        """The signal handler."""
        if self.requested or not self.postponed:
            raise KeyboardInterrupt
        self.requested = True
