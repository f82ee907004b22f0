"""Libraries written in other languages, which report damage on standard error themselves."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["silent_libraries"]


@contextmanager
def silent_libraries() -> Iterator[None]:
    """A context in which nothing reaches standard error: libtiff and polars would report damage there."""
    if sys.__stderr__ is None:  # closed, so the descriptor may be that of any file
        yield
        return
    stderr = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
