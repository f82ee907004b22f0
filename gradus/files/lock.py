"""Locks of the operating system, which end with their process however that ends."""

import errno
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from gradus.errors import DataError
from gradus.files.atomic import write_atomically
from gradus.files.reading import read_regular

__all__ = ["FolderLock", "exclusive", "is_locked"]

PATIENCE = 60.0  # seconds to wait for a lock that is held for milliseconds
MAX_HOLDER = 1000  # bytes that name the process with a lock


class FolderLock:
    """The right to write to a folder, which one process at a time has.

    Args:
        folder: the folder, which may be renamed while the lock is held.
    """

    def __init__(self, folder: Path):
        self.folder, self.holder_path = folder, folder / ".writer"
        self.lock = FileLock(folder / ".lock", timeout=0, thread_local=False)
        self.identity: tuple[int, int] | None = None

    def acquire(self) -> None:
        """Lock the folder, and leave this process's number for others to read.

        Raises:
            DataError: where another process has the lock.
            OSError: where the folder cannot be written to.
        """
        try:
            self.lock.acquire()
        except Timeout:
            raise DataError(
                f"{self.folder}: {self.holder()} is writing to it; wait until that ends, or stop it"
            ) from None
        try:
            write_atomically(self.holder_path, f"process {os.getpid()} on {platform.node()}".encode())
            self.identity = self.lock_identity()
        except OSError:
            self.lock.release()
            raise

    def check(self) -> None:
        """Raise OSError where the lock is no longer that of the folder, which was moved, replaced or unlocked by hand.

        Nothing may be written then: another process may have locked what has the name now.
        """
        if self.identity is None:
            return
        self.folder.stat()
        try:
            is_ours = self.lock_identity() == self.identity
        except FileNotFoundError:
            is_ours = False
        if not is_ours:
            reason = "its lock was removed, or another folder has taken its place"
            raise OSError(errno.EINVAL, reason, str(self.folder))

    def lock_identity(self) -> tuple[int, int]:
        """The device and the inode of the lock's file."""
        status = os.stat(self.lock.lock_file)
        return status.st_dev, status.st_ino

    def release(self) -> None:
        """Let other processes write to the folder."""
        self.identity = None
        self.lock.release()

    def holder(self) -> str:
        """The process that has the lock, in words."""
        try:
            return read_regular(self.holder_path, MAX_HOLDER).decode()
        except (DataError, OSError, ValueError):  # it has just begun, or the file is not its
            return "another process"


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """A context that only one process, and in it one thread, can be in.

    Args:
        path: of the lock's file.

    Raises:
        DataError: where another process does not leave it within a minute.
    """
    try:
        with FileLock(path, timeout=PATIENCE):
            yield
    except Timeout:
        raise DataError(f"{path}: another process has held this lock for {PATIENCE:g} seconds; stop it") from None


def is_locked(path: Path) -> bool:
    """True if another process, or another object in this one, has the lock of a file."""
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
