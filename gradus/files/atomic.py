"""Atomic writes: a reader never meets half a file, and a power cut loses none that was announced as saved.

A file is on disk once it was synced, and its name once its folder was.
"""

import errno
import os
import tempfile
from pathlib import Path

__all__ = ["current_umask", "make_folder", "sync_file", "sync_folder", "write_atomically"]


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file at path by content, whole or not at all.

    The bytes go to a temporary file in the same folder, are synced to disk and read back, and only then take the
    file's name.

    Raises:
        OSError: if the folder cannot be written to, something other than a file has the name, or the disk returns
            other bytes; its file name is the path.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # /dev/null, which root could replace
            raise OSError(errno.EINVAL, "is a pipe or a device; expected the name of a file")
        replace_file(path, content)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None


def replace_file(path: Path, content: bytes) -> None:
    """The work of `write_atomically`; its errors name a temporary file, or none."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            # mkstemp creates a private file; give it the permissions of any new file
            temporary.chmod(0o666 & ~current_umask())
            os.fsync(file.fileno())
        if temporary.read_bytes() != content:
            raise OSError(errno.EIO, "the disk returned other bytes than were written; the file was not replaced")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def current_umask() -> int:
    """The permission bits that this process withholds from new files."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def make_folder(path: Path, exist_ok: bool = True) -> None:
    """Make a folder and its missing parents, and sync them to disk.

    Args:
        path: of the folder.
        exist_ok: whether it may exist already.

    Raises:
        FileExistsError: where something of that name exists and may not.
        OSError: where it cannot be made, as where a file has its name.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        path.mkdir(parents=True, exist_ok=exist_ok)
    except FileExistsError:
        if not exist_ok:
            raise
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from None
    for folder in reversed(missing):
        sync_folder(folder.parent)


def sync_file(path: Path) -> None:
    """Sync what was appended to a file to disk; its name is on disk once its folder is synced.

    Raises:
        OSError: where there is no such file, or the disk fails.
    """
    with path.open("rb+") as file:  # Windows syncs only what may be written to
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Sync a folder's entries to disk, where the system can (Windows cannot)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
